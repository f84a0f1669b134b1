import { describe, expect, it } from "vitest";
import { decodeDocument, decodeDocumentPage, decodeHealth, decodeSearchPage } from "./decode";

describe("a page of documents", () => {
  it("takes null for an empty list", () => {
    expect(decodeDocumentPage({ items: null, total: 0 })).toEqual({ items: [], total: 0 });
  });

  it("is refused without a total", () => {
    expect(() => decodeDocumentPage({ items: [] })).toThrow('"total" is not a number');
  });

  it("is refused when an item has no title", () => {
    const body = { items: [{ id: "d1" }], total: 1 };
    expect(() => decodeDocumentPage(body)).toThrow('"title" is not a text');
  });
});

describe("a page of search results", () => {
  it("keeps which parts of a snippet match", () => {
    const snippet = [{ text: "a " }, { text: "signal", match: true }];
    const body = { items: [{ id: "d1", title: "T", snippet, score: 0.5 }], total: 1 };
    expect(decodeSearchPage(body).items[0]).toEqual({
      id: "d1",
      title: "T",
      snippet: [
        { text: "a ", match: false },
        { text: "signal", match: true },
      ],
      score: 0.5,
    });
  });

  it("does without snippet and score", () => {
    const body = { items: [{ id: "d1", title: "T" }], total: 1 };
    expect(decodeSearchPage(body).items[0]).toMatchObject({ snippet: [], score: null });
  });
});

describe("a document", () => {
  it.each([null, "text", [], { id: "d1", title: "T" }])("is refused when it is %j", (body) => {
    expect(() => decodeDocument(body)).toThrow();
  });
});

describe("a health report", () => {
  it("calls what it does not know unknown", () => {
    expect(decodeHealth({ status: "ok", database: "sideways" })).toEqual({
      status: "ok",
      version: "unknown",
      commit: "unknown",
      buildDate: "unknown",
      database: "unknown",
    });
  });
});
