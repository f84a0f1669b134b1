import { describe, expect, it } from "vitest";
import type { DatabaseState } from "./api-types";
import { databaseAdvice, summarizeAll, summarizeApi } from "./health-summary";
import { describeServerCheck } from "./server-check";

const report = (database: DatabaseState) => ({
  status: "ok",
  version: "1.2.3",
  commit: "abc",
  buildDate: "unknown",
  database,
});
const unreachable = { kind: "unreachable", request: "GET /health", timeoutSeconds: 10 } as const;

describe("the state in the header", () => {
  it.each([
    ["up", "API up"],
    ["down", "Database down"],
    ["unconfigured", "No database"],
    ["unknown", "API up"],
  ] as const)("of a database that is %s is %s", (database, text) => {
    expect(summarizeAll(report(database), null).text).toBe(text);
  });

  it("says that the API is unreachable, failing or being checked", () => {
    const failing = { kind: "unexpected", request: "GET /health", found: "odd" } as const;
    expect(summarizeAll(null, unreachable).text).toBe("API unreachable");
    expect(summarizeAll(null, failing).text).toBe("API failing");
    expect(summarizeAll(null, null).text).toBe("API being checked");
  });
});

describe("the state of the API", () => {
  it("is up even when its database is down", () => {
    expect(summarizeApi(report("down"), null)).toEqual({ tone: "good", text: "Up" });
  });
});

describe("the advice about the database", () => {
  it("is given only when something is wrong", () => {
    expect(databaseAdvice(report("up"))).toBeNull();
    expect(databaseAdvice(null)).toBeNull();
    expect(databaseAdvice(report("down"))).toContain("PostgreSQL");
    expect(databaseAdvice(report("unconfigured"))).toContain("start it again");
  });
});

describe("the check from the server", () => {
  it("is described in a few words", () => {
    const reachable = { state: "reachable", version: "1.2.3", database: "up" } as const;
    expect(describeServerCheck(reachable)).toBe("1.2.3, database up");
    expect(describeServerCheck({ state: "unreachable" })).toBe("no usable answer");
    expect(describeServerCheck({ state: "misconfigured" })).toContain("not usable");
    expect(describeServerCheck(null)).toBe("being checked");
  });
});
