import type { DatabaseState } from "./api-types";

/** How the API looks from the server of the front end, as opposed to a browser. */
export type ServerCheck =
  | { state: "not-configured" }
  | { state: "misconfigured" }
  | { state: "unreachable" }
  | { state: "reachable"; version: string; database: DatabaseState };

export function describeServerCheck(check: ServerCheck | null): string {
  switch (check?.state) {
    case "reachable":
      return `${check.version}, database ${check.database}`;
    case "unreachable":
      return "no usable answer";
    case "misconfigured":
      return "API_INTERNAL_URL is not usable";
    case "not-configured":
      return "API_INTERNAL_URL is not set";
    default:
      return "being checked";
  }
}
