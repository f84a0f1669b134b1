import { describe, expect, it } from "vitest";
import { countOf, formatTime, shortCommit } from "./format";

describe("formatting", () => {
  it("counts in singular and plural", () => {
    expect(countOf(1, "document", "documents")).toBe("1 document");
    expect(countOf(1200, "document", "documents")).toBe("1,200 documents");
  });

  it("shows a time that cannot be read as it came", () => {
    expect(formatTime("yesterday")).toBe("yesterday");
    expect(formatTime("")).toBe("unknown");
    expect(formatTime("2025-05-02T09:30:00Z")).toContain("2025");
  });

  it("shortens full commit hashes only", () => {
    expect(shortCommit("0123456789abcdef0123456789abcdef01234567")).toBe("0123456789ab");
    expect(shortCommit("unknown")).toBe("unknown");
  });
});
