// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import { GET } from "./route";

async function check(address: string): Promise<unknown> {
  vi.stubEnv("API_INTERNAL_URL", address);
  return (await GET()).json();
}

describe("/status/server-check", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.unstubAllGlobals();
  });

  it("says when no internal address is set", async () => {
    expect(await check("")).toEqual({ state: "not-configured" });
  });

  it("says when the internal address is unusable, without repeating it", async () => {
    expect(await check("ftp://internal.example.com")).toEqual({ state: "misconfigured" });
  });

  it("reports what the API says", async () => {
    const health = { status: "ok", version: "1.2.3", database: "up" };
    vi.stubGlobal("fetch", async () => Response.json(health));
    expect(await check("http://api.example.com")).toEqual({
      state: "reachable",
      version: "1.2.3",
      database: "up",
    });
  });

  it("reports an API that does not answer and logs what was asked", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("refused")));
    expect(await check("http://api.example.com")).toEqual({ state: "unreachable" });
    expect(log).toHaveBeenCalledWith(expect.stringContaining("GET http://api.example.com/health"));
  });
});
