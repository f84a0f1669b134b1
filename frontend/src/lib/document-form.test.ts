import { describe, expect, it } from "vitest";
import { assignFieldErrors, lengthOf, validateDocument } from "./document-form";

describe("validating a document", () => {
  it("accepts both fields at their limits", () => {
    const longest = { title: "t".repeat(200), content: "c".repeat(100_000) };
    expect(validateDocument(longest)).toEqual({});
  });

  it("asks for what is missing, blanks included", () => {
    expect(validateDocument({ title: "  ", content: "" })).toEqual({
      title: "Enter a title.",
      content: "Enter the text of the document.",
    });
  });

  it("says how long a title is and may be", () => {
    const errors = validateDocument({ title: "t".repeat(201), content: "c" });
    expect(errors).toEqual({
      title: "The title has 201 characters, and at most 200 are allowed. Shorten it.",
    });
  });

  it("counts an emoji as one character", () => {
    expect(lengthOf("a😀é")).toBe(3);
    expect(validateDocument({ title: "😀".repeat(200), content: "c" })).toEqual({});
  });
});

describe("errors found by the API", () => {
  it("go to their fields, as sentences, the first one each", () => {
    const found = [
      { field: "title", message: "title is taken" },
      { field: "title", message: "second" },
      { field: "content", message: "Too long!" },
    ];
    expect(assignFieldErrors(found)).toEqual({
      errors: { title: "Title is taken.", content: "Too long!" },
      others: [],
    });
  });

  it("are kept when the form has no such field", () => {
    const found = [{ field: "owner", message: "owner is missing" }];
    expect(assignFieldErrors(found)).toEqual({ errors: {}, others: ["Owner is missing."] });
  });
});
