import { lengthOf } from "./document-form";

export const QUERY_LIMIT = 500;

/** What keeps a query from being sent, as a sentence, or null when nothing does. */
export function queryFault(query: string): string | null {
  if (query.trim() === "") return "Enter one or more words to search for.";
  const length = lengthOf(query.trim());
  if (length <= QUERY_LIMIT) return null;
  return `The query has ${length} characters, and at most ${QUERY_LIMIT} are allowed. Shorten it.`;
}
