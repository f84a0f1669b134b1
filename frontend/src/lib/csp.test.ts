import { describe, expect, it } from "vitest";
import { contentSecurityPolicy, createNonce } from "./csp";

const input = { nonce: "abc", apiOrigin: "https://api.example.com", development: false };

function sourcesOf(policy: string, name: string): string[] {
  const directive = policy.split("; ").find((part) => part.startsWith(`${name} `));
  return directive?.split(" ").slice(1) ?? [];
}

describe("the content security policy", () => {
  it("lets the browser connect to this site and to the API only", () => {
    const sources = sourcesOf(contentSecurityPolicy(input), "connect-src");
    expect(sources).toEqual(["'self'", "https://api.example.com"]);
  });

  it("lets the browser connect to this site only when the API address is unusable", () => {
    const policy = contentSecurityPolicy({ ...input, apiOrigin: null });
    expect(sourcesOf(policy, "connect-src")).toEqual(["'self'"]);
  });

  it("allows neither inline code nor eval in production", () => {
    const policy = contentSecurityPolicy(input);
    expect(policy).not.toContain("unsafe");
    expect(sourcesOf(policy, "script-src")).toContain("'nonce-abc'");
  });

  it("allows eval while developing", () => {
    const policy = contentSecurityPolicy({ ...input, development: true });
    expect(sourcesOf(policy, "script-src")).toContain("'unsafe-eval'");
  });

  it("forbids framing", () => {
    expect(sourcesOf(contentSecurityPolicy(input), "frame-ancestors")).toEqual(["'none'"]);
  });

  it("gets another nonce each time", () => {
    expect(createNonce()).not.toBe(createNonce());
    expect(createNonce()).toMatch(/^[A-Za-z0-9+/]{22}==$/);
  });
});
