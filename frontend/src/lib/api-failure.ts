import type { Problem } from "./problem";

/** What went wrong with a request, as far as this side can tell. */
export type ApiFailure =
  | { kind: "unreachable"; request: string; timeoutSeconds: number | null }
  | { kind: "problem"; request: string; problem: Problem }
  | { kind: "unexpected"; request: string; found: string };

export class ApiError extends Error {
  override name = "ApiError";

  constructor(readonly failure: ApiFailure) {
    super(`${failure.request} failed (${failure.kind}).`);
  }
}

export interface FailureText {
  title: string;
  asked: string;
  found: string;
  next: string;
}

export interface FailureContext {
  apiUrl: string;
  pageOrigin: string;
}

export function toFailure(error: unknown): ApiFailure {
  if (error instanceof ApiError) return error.failure;
  const found = error instanceof Error ? error.message : String(error);
  return { kind: "unexpected", request: "this page", found };
}

export function describeFailure(
  failure: ApiFailure,
  context: FailureContext,
): FailureText {
  switch (failure.kind) {
    case "unreachable":
      return describeUnreachable(failure, context);
    case "problem":
      return describeProblem(failure.request, failure.problem);
    case "unexpected":
      return {
        title: "The answer could not be understood",
        asked: failure.request,
        found: failure.found,
        next:
          `Check that ${context.apiUrl} is the address of a NeuronIP API of a` +
          " matching version, then try again.",
      };
  }
}

function describeUnreachable(
  failure: Extract<ApiFailure, { kind: "unreachable" }>,
  { apiUrl, pageOrigin }: FailureContext,
): FailureText {
  const found =
    failure.timeoutSeconds === null
      ? "No connection, or an answer this browser was not allowed to read."
      : `No answer within ${failure.timeoutSeconds} seconds.`;
  return {
    title: "The API does not answer",
    asked: failure.request,
    found,
    next:
      `Check that the API runs at ${apiUrl} and that its allowed origins` +
      ` include ${pageOrigin}, then try again.`,
  };
}

function describeProblem(request: string, problem: Problem): FailureText {
  const detail = problem.detail ?? "The API gave no further detail.";
  return {
    title:
      problem.status === 503
        ? "The API cannot serve this right now"
        : "The API refused the request",
    asked: request,
    found: `${problem.status} ${problem.title}: ${detail}`,
    next: adviceFor(problem.status),
  };
}

function adviceFor(status: number): string {
  if (status === 503) {
    return "Check that the database of the API is configured and running, then try again.";
  }
  if (status === 429) return "Wait a moment, then try again.";
  if (status >= 500) {
    return "Try again. If this goes on, look into the log of the API.";
  }
  return "Check what was asked for and correct it.";
}
