import type {
  DatabaseState,
  DocumentSummary,
  Health,
  Page,
  SearchHit,
  SnippetPart,
  StoredDocument,
} from "./api-types";
import { isRecord } from "./problem";

/** An answer that does not have the promised shape. */
export class DecodeError extends Error {
  override name = "DecodeError";
}

type Members = Record<string, unknown>;

export function decodeDocument(body: unknown): StoredDocument {
  const members = record(body, "a document");
  return {
    id: requiredText(members, "id"),
    title: requiredText(members, "title"),
    content: requiredText(members, "content"),
    createdAt: optionalText(members, "created_at"),
    updatedAt: optionalText(members, "updated_at"),
  };
}

export function decodeDocumentPage(body: unknown): Page<DocumentSummary> {
  return decodePage(body, (members) => ({
    id: requiredText(members, "id"),
    title: requiredText(members, "title"),
    excerpt: optionalText(members, "excerpt"),
    createdAt: optionalText(members, "created_at"),
    updatedAt: optionalText(members, "updated_at"),
  }));
}

export function decodeSearchPage(body: unknown): Page<SearchHit> {
  return decodePage(body, (members) => ({
    id: requiredText(members, "id"),
    title: requiredText(members, "title"),
    snippet: decodeSnippet(members["snippet"]),
    score: typeof members["score"] === "number" ? members["score"] : null,
  }));
}

export function decodeHealth(body: unknown): Health {
  const members = record(body, "a health report");
  return {
    status: requiredText(members, "status"),
    version: optionalText(members, "version") || "unknown",
    commit: optionalText(members, "commit") || "unknown",
    buildDate: optionalText(members, "build_date") || "unknown",
    database: databaseState(members["database"]),
  };
}

function decodePage<T>(body: unknown, item: (members: Members) => T): Page<T> {
  const members = record(body, "a page of items");
  const total = members["total"];
  if (typeof total !== "number") {
    throw new DecodeError('"total" is not a number');
  }
  return { items: list(members["items"]).map((entry) => item(record(entry, "an item"))), total };
}

function decodeSnippet(value: unknown): SnippetPart[] {
  return list(value).map((entry) => {
    const members = record(entry, "a part of a snippet");
    return {
      text: optionalText(members, "text"),
      match: members["match"] === true,
    };
  });
}

function databaseState(value: unknown): DatabaseState {
  return value === "up" || value === "down" || value === "unconfigured"
    ? value
    : "unknown";
}

function record(value: unknown, what: string): Members {
  if (!isRecord(value)) throw new DecodeError(`${what} is not a JSON object`);
  return value;
}

// An empty list is `null` in the JSON of several servers.
function list(value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new DecodeError("a list is not a JSON array");
  return value;
}

function requiredText(members: Members, name: string): string {
  const value = members[name];
  if (typeof value !== "string") {
    throw new DecodeError(`"${name}" is not a text`);
  }
  return value;
}

function optionalText(members: Members, name: string): string {
  const value = members[name];
  return typeof value === "string" ? value : "";
}
