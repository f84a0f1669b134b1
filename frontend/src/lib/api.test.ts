import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createApi } from "./api";
import { ApiError, type ApiFailure } from "./api-failure";
import type { Fetch } from "./transport";

const URL_OF_API = "http://api.example.com";

function answering(status: number, body: unknown) {
  const content = body === undefined ? null : JSON.stringify(body);
  return vi.fn<Fetch>(async () => new Response(content, { status }));
}

async function failureOf(promise: Promise<unknown>): Promise<ApiFailure> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ApiError) return error.failure;
  throw new Error(`expected an ApiError, found ${String(error)}`);
}

describe("what the client asks", () => {
  it("lists documents from an offset", async () => {
    const fetch = answering(200, { items: [], total: 0 });
    await createApi(URL_OF_API, fetch).listDocuments({ limit: 20, offset: 40 });
    const [address, init] = fetch.mock.calls[0] ?? [];
    expect(address).toBe(`${URL_OF_API}/api/v1/documents?limit=20&offset=40`);
    expect(init).toMatchObject({ method: "GET", credentials: "omit", cache: "no-store" });
  });

  it("escapes the words of a search", async () => {
    const fetch = answering(200, { items: [], total: 0 });
    await createApi(URL_OF_API, fetch).search("a&b=c d", { limit: 20, offset: 0 });
    expect(fetch.mock.calls[0]?.[0]).toBe(
      `${URL_OF_API}/api/v1/search?q=a%26b%3Dc+d&limit=20&offset=0`,
    );
  });

  it("sends a new document as JSON", async () => {
    const fetch = answering(201, { id: "d1", title: "T", content: "C" });
    await createApi(URL_OF_API, fetch).createDocument({ title: "T", content: "C" });
    const init = fetch.mock.calls[0]?.[1];
    expect(init).toMatchObject({ method: "POST", body: '{"title":"T","content":"C"}' });
    expect(init?.headers).toMatchObject({ "Content-Type": "application/json" });
  });

  it("deletes by an escaped id and expects no content", async () => {
    const fetch = answering(204, undefined);
    await createApi(URL_OF_API, fetch).deleteDocument("../x");
    expect(fetch.mock.calls[0]?.[0]).toBe(`${URL_OF_API}/api/v1/documents/..%2Fx`);
  });
});

describe("what the client makes of an answer", () => {
  it("reports a problem with its detail", async () => {
    const fetch = answering(503, { title: "Service Unavailable", detail: "No database." });
    const failure = await failureOf(createApi(URL_OF_API, fetch).getDocument("d1"));
    expect(failure).toMatchObject({
      kind: "problem",
      request: `GET ${URL_OF_API}/api/v1/documents/d1`,
      problem: { status: 503, detail: "No database." },
    });
  });

  it("reports an answer that is not JSON as unexpected", async () => {
    const fetch: Fetch = async () => new Response("<html>", { status: 200 });
    const failure = await failureOf(createApi(URL_OF_API, fetch).getDocument("d1"));
    expect(failure).toMatchObject({ kind: "unexpected", found: expect.stringContaining("200") });
  });

  it("reports an API that does not answer as unreachable", async () => {
    const fetch: Fetch = () => Promise.reject(new TypeError("Failed to fetch"));
    const failure = await failureOf(createApi(URL_OF_API, fetch).health());
    expect(failure).toEqual({
      kind: "unreachable",
      request: `GET ${URL_OF_API}/health`,
      timeoutSeconds: null,
    });
  });

  it("takes a health report that comes with status 503", async () => {
    const fetch = answering(503, { status: "degraded", database: "down" });
    await expect(createApi(URL_OF_API, fetch).health()).resolves.toMatchObject({
      database: "down",
    });
  });

  it("lets the abort of the caller through", async () => {
    const caller = new AbortController();
    const fetch: Fetch = async () => {
      caller.abort();
      throw new DOMException("aborted", "AbortError");
    };
    const answer = createApi(URL_OF_API, fetch).getDocument("d1", caller.signal);
    await expect(answer).rejects.toThrow("aborted");
  });
});

describe("an API that hangs", () => {
  beforeEach(() => {
    vi.spyOn(AbortSignal, "timeout").mockImplementation(() => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new DOMException("late", "TimeoutError")), 1);
      return controller.signal;
    });
  });
  afterEach(() => vi.restoreAllMocks());

  it("is given up after the time allowed", async () => {
    const fetch: Fetch = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
      });
    const failure = await failureOf(createApi(URL_OF_API, fetch).health());
    expect(failure).toMatchObject({ kind: "unreachable", timeoutSeconds: 10 });
  });
});
