import type { ApiFailure } from "./api-failure";
import type { DatabaseState, Health } from "./api-types";

export interface Summary {
  tone: "good" | "bad" | "warn" | "idle";
  text: string;
}

/** The API alone, whatever the state of its database. */
export function summarizeApi(health: Health | null, failure: ApiFailure | null): Summary {
  if (failure?.kind === "unreachable") return { tone: "bad", text: "Unreachable" };
  if (failure !== null) return { tone: "bad", text: "Failing" };
  if (health === null) return { tone: "idle", text: "Being checked" };
  return { tone: "good", text: "Up" };
}

/** The API and its database in the few words that fit into the header. */
export function summarizeAll(health: Health | null, failure: ApiFailure | null): Summary {
  if (health?.database === "down") return { tone: "warn", text: "Database down" };
  if (health?.database === "unconfigured") return { tone: "warn", text: "No database" };
  const { tone, text } = summarizeApi(health, failure);
  return { tone, text: `API ${text.toLowerCase()}` };
}

const DATABASE: Record<DatabaseState, Summary> = {
  up: { tone: "good", text: "Up" },
  down: { tone: "bad", text: "Down" },
  unconfigured: { tone: "warn", text: "Not configured" },
  unknown: { tone: "idle", text: "Unknown" },
};

export function summarizeDatabase(health: Pick<Health, "database"> | null): Summary {
  return DATABASE[health?.database ?? "unknown"];
}

export function describeDocuments(health: Health | null): string {
  switch (health?.database) {
    case "up":
      return "can be read and stored";
    case "down":
    case "unconfigured":
      return "not available";
    default:
      return "unknown";
  }
}

/** What a reader can do about the database, or null when there is nothing to do. */
export function databaseAdvice(health: Health | null): string | null {
  switch (health?.database) {
    case "down":
      return (
        "The API was asked for its health and does not reach its database." +
        " Check that PostgreSQL runs and that the API has the right address and password."
      );
    case "unconfigured":
      return (
        "The API was asked for its health and has no database address." +
        " Configure the database of the API and start it again."
      );
    default:
      return null;
  }
}
