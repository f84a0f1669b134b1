import { describe, expect, it } from "vitest";
import { documentsHref, pageCount, parsePage, positions, searchHref, sliceOf } from "./paging";

describe("the page number in an address", () => {
  it.each([
    ["3", 3],
    [["4", "5"], 4],
  ])("is read from %j", (value, page) => {
    expect(parsePage(value)).toBe(page);
  });

  it.each([undefined, "", "0", "-1", "1.5", "1e3", "99999999999", "x"])(
    "is the first page for %j",
    (value) => {
      expect(parsePage(value)).toBe(1);
    },
  );

  it("never asks the API for an offset that it refuses", () => {
    expect(sliceOf(parsePage("50000")).offset).toBeLessThanOrEqual(1_000_000);
    expect(parsePage("50001")).toBe(1);
  });
});

describe("pages", () => {
  it("are counted, and there is always one", () => {
    expect([0, 1, 20, 21].map(pageCount)).toEqual([1, 1, 1, 2]);
  });

  it("know their first and last position", () => {
    expect(positions(1, 47)).toEqual([1, 20]);
    expect(positions(3, 47)).toEqual([41, 47]);
  });

  it("have addresses, the first one the plain address", () => {
    expect(documentsHref(1)).toBe("/documents");
    expect(documentsHref(2)).toBe("/documents?page=2");
    expect(searchHref("a b", 1)).toBe("/?q=a+b");
    expect(searchHref("a&b", 2)).toBe("/?q=a%26b&page=2");
  });
});
