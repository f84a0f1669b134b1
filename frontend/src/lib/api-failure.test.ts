import { describe, expect, it } from "vitest";
import { describeFailure, toFailure } from "./api-failure";

const context = { apiUrl: "http://api.example.com", pageOrigin: "http://www.example.com" };
const request = "GET http://api.example.com/health";

function problem(status: number) {
  return {
    kind: "problem" as const,
    request,
    problem: { status, title: "Title", detail: "Detail.", fieldErrors: [] },
  };
}

describe("the description of a failure", () => {
  it("names the address and the origin when nothing answers", () => {
    const text = describeFailure({ kind: "unreachable", request, timeoutSeconds: null }, context);
    expect(text.asked).toBe(request);
    expect(text.next).toContain("http://api.example.com");
    expect(text.next).toContain("http://www.example.com");
  });

  it("names the time that was allowed", () => {
    const text = describeFailure({ kind: "unreachable", request, timeoutSeconds: 10 }, context);
    expect(text.found).toBe("No answer within 10 seconds.");
  });

  it("points to the database for status 503", () => {
    const text = describeFailure(problem(503), context);
    expect(text.found).toBe("503 Title: Detail.");
    expect(text.next).toContain("database");
  });

  it("points to the log for another error of the server", () => {
    expect(describeFailure(problem(500), context).next).toContain("log of the API");
  });

  it("asks for patience for status 429", () => {
    expect(describeFailure(problem(429), context).next).toContain("Wait");
  });
});

describe("an error of unknown origin", () => {
  it("becomes an unexpected failure with its message", () => {
    expect(toFailure(new Error("odd"))).toMatchObject({ kind: "unexpected", found: "odd" });
    expect(toFailure("odd")).toMatchObject({ kind: "unexpected", found: "odd" });
  });
});
