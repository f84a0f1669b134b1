// @vitest-environment node
import { NextRequest } from "next/server";
import { afterEach, describe, expect, it, vi } from "vitest";
import { proxy } from "./proxy";

const POLICY = "content-security-policy";

function policyFor(address: string): string {
  vi.stubEnv("NEXT_PUBLIC_API_URL", address);
  const response = proxy(new NextRequest("http://www.example.com/"));
  return response.headers.get(POLICY) ?? "";
}

describe("the proxy", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("reads the address of the API for each request", () => {
    expect(policyFor("https://one.example.com/api")).toContain(" https://one.example.com;");
    expect(policyFor("https://two.example.com")).toContain(" https://two.example.com;");
  });

  it("keeps a bad address out of the policy", () => {
    expect(policyFor("http://x;script-src")).toContain("connect-src 'self';");
  });

  it("hands the same nonce to the renderer and to the browser", () => {
    const response = proxy(new NextRequest("http://www.example.com/"));
    const forRenderer = response.headers.get(`x-middleware-request-${POLICY}`);
    expect(forRenderer).toBe(response.headers.get(POLICY));
  });
});
