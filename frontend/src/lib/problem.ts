export interface FieldError {
  field: string;
  message: string;
}

export interface Problem {
  status: number;
  title: string;
  detail: string | null;
  fieldErrors: FieldError[];
}

/**
 * Reads an RFC 9457 problem. A proxy in front of the API may answer with
 * anything, so each member that is missing or odd is left out, not fatal.
 */
export function parseProblem(status: number, body: unknown): Problem {
  const members = isRecord(body) ? body : {};
  return {
    status,
    title: text(members["title"]) ?? `HTTP status ${status}`,
    detail: text(members["detail"]),
    fieldErrors: fieldErrors(members["errors"]),
  };
}

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).flatMap((entry) => {
    const message = text(entry["message"]) ?? text(entry["detail"]);
    return message === null
      ? []
      : [{ field: text(entry["field"]) ?? "", message }];
  });
}

function text(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
