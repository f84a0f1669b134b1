// @vitest-environment node
import { describe, expect, it } from "vitest";
import { GET } from "./route";

describe("/healthz", () => {
  it("answers without asking anybody and is not cached", async () => {
    const response = GET();
    expect(response.status).toBe(200);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.json()).toMatchObject({
      status: "ok",
      version: expect.any(String),
      commit: expect.any(String),
    });
  });
});
