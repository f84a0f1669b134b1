import { ApiError } from "./api-failure";
import { DecodeError } from "./decode";

export const TIMEOUT_SECONDS = 10;

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export interface ApiCall {
  path: string;
  method?: "GET" | "POST" | "DELETE";
  body?: unknown;
  signal?: AbortSignal | undefined;
}

export interface Answer {
  request: string;
  status: number;
  ok: boolean;
  body: unknown;
  decode<T>(decoder: (body: unknown) => T): T;
}

/** Sends one call and reads its answer; throws only ApiError, or the abort of the caller. */
export async function exchange(
  baseUrl: string,
  call: ApiCall,
  fetchImpl: Fetch,
): Promise<Answer> {
  const method = call.method ?? "GET";
  const address = baseUrl + call.path;
  const request = `${method} ${address}`;
  const deadline = AbortSignal.timeout(TIMEOUT_SECONDS * 1000);
  const signal = call.signal ? AbortSignal.any([call.signal, deadline]) : deadline;
  try {
    const response = await fetchImpl(address, { ...initFor(method, call.body), signal });
    const content = await response.text();
    return toAnswer(request, response, content);
  } catch (error) {
    if (call.signal?.aborted) throw error;
    const timeoutSeconds = deadline.aborted ? TIMEOUT_SECONDS : null;
    throw new ApiError({ kind: "unreachable", request, timeoutSeconds });
  }
}

function initFor(method: string, body: unknown): RequestInit {
  const common: RequestInit = { method, cache: "no-store", credentials: "omit" };
  if (body === undefined) {
    return { ...common, headers: { Accept: "application/json" } };
  }
  return {
    ...common,
    headers: { Accept: "application/json", "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
}

function toAnswer(request: string, response: Response, content: string): Answer {
  const { status, ok } = response;
  const body = parseJson(content);
  return {
    request,
    status,
    ok,
    body,
    decode(decoder) {
      try {
        return decoder(body);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        const found = `An answer with status ${status} in which ${error.message}.`;
        throw new ApiError({ kind: "unexpected", request, found });
      }
    },
  };
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
