import { ApiError } from "./api-failure";
import type {
  DocumentSummary,
  Health,
  NewDocument,
  Page,
  SearchHit,
  StoredDocument,
} from "./api-types";
import {
  decodeDocument,
  decodeDocumentPage,
  decodeHealth,
  decodeSearchPage,
} from "./decode";
import { type ApiCall, exchange, type Fetch } from "./transport";
import { isRecord, parseProblem } from "./problem";

export interface Slice {
  limit: number;
  offset: number;
}

export interface Api {
  url: string;
  listDocuments(slice: Slice, signal?: AbortSignal): Promise<Page<DocumentSummary>>;
  getDocument(id: string, signal?: AbortSignal): Promise<StoredDocument>;
  createDocument(document: NewDocument): Promise<StoredDocument>;
  deleteDocument(id: string): Promise<void>;
  search(query: string, slice: Slice, signal?: AbortSignal): Promise<Page<SearchHit>>;
  health(signal?: AbortSignal): Promise<Health>;
}

const DOCUMENTS = "/api/v1/documents";

export function createApi(url: string, fetchImpl: Fetch = browserFetch): Api {
  const ask = <T>(call: ApiCall, decode: (body: unknown) => T) =>
    request(url, call, decode, fetchImpl);
  return {
    url,
    listDocuments: (slice, signal) =>
      ask({ path: `${DOCUMENTS}?${sliceQuery(slice)}`, signal }, decodeDocumentPage),
    getDocument: (id, signal) => ask({ path: documentPath(id), signal }, decodeDocument),
    createDocument: ({ title, content }) =>
      ask({ method: "POST", path: DOCUMENTS, body: { title, content } }, decodeDocument),
    deleteDocument: (id) =>
      ask({ method: "DELETE", path: documentPath(id) }, () => undefined),
    search: (query, slice, signal) => {
      const terms = new URLSearchParams({ q: query });
      return ask(
        { path: `/api/v1/search?${terms}&${sliceQuery(slice)}`, signal },
        decodeSearchPage,
      );
    },
    health: (signal) => askHealth(url, signal, fetchImpl),
  };
}

async function request<T>(
  url: string,
  call: ApiCall,
  decode: (body: unknown) => T,
  fetchImpl: Fetch,
): Promise<T> {
  const answer = await exchange(url, call, fetchImpl);
  if (!answer.ok) {
    const problem = parseProblem(answer.status, answer.body);
    throw new ApiError({ kind: "problem", request: answer.request, problem });
  }
  return answer.decode(decode);
}

/**
 * A health report counts whatever the status of its answer: an API without a
 * database may say so with 503, and that is news, not a failure.
 */
async function askHealth(
  url: string,
  signal: AbortSignal | undefined,
  fetchImpl: Fetch,
): Promise<Health> {
  const answer = await exchange(url, { path: "/health", signal }, fetchImpl);
  const isReport = isRecord(answer.body) && "database" in answer.body;
  if (answer.ok || isReport) return answer.decode(decodeHealth);
  const problem = parseProblem(answer.status, answer.body);
  throw new ApiError({ kind: "problem", request: answer.request, problem });
}

// The browser refuses a `fetch` that was detached from its window.
const browserFetch: Fetch = (input, init) => fetch(input, init);

function documentPath(id: string): string {
  return `${DOCUMENTS}/${encodeURIComponent(id)}`;
}

function sliceQuery({ limit, offset }: Slice): string {
  return new URLSearchParams({
    limit: String(limit),
    offset: String(offset),
  }).toString();
}
