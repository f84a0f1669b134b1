import { describe, expect, it } from "vitest";
import { parseProblem } from "./problem";

describe("a problem", () => {
  it("is read with its field errors", () => {
    const body = {
      title: "Unprocessable Content",
      detail: "Two fields are wrong.",
      errors: [
        { field: "title", message: "is empty" },
        { field: "content", detail: "is too long" },
      ],
    };
    expect(parseProblem(422, body)).toEqual({
      status: 422,
      title: "Unprocessable Content",
      detail: "Two fields are wrong.",
      fieldErrors: [
        { field: "title", message: "is empty" },
        { field: "content", message: "is too long" },
      ],
    });
  });

  it.each([undefined, null, "Bad Gateway", [], { title: 7, errors: "none" }])(
    "is made from the status alone when the body is %j",
    (body) => {
      expect(parseProblem(502, body)).toEqual({
        status: 502,
        title: "HTTP status 502",
        detail: null,
        fieldErrors: [],
      });
    },
  );

  it("leaves out errors that say nothing", () => {
    const body = { errors: [null, {}, { field: "title" }, { message: "odd" }] };
    expect(parseProblem(422, body).fieldErrors).toEqual([{ field: "", message: "odd" }]);
  });
});
