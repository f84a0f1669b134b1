import { describe, expect, it } from "vitest";
import { internalApiAddress, publicApiAddress } from "./settings";

const at = (value: string) => publicApiAddress({ NEXT_PUBLIC_API_URL: value });

describe("the public address of the API", () => {
  it("is the local default when nothing is set", () => {
    expect(publicApiAddress({})).toMatchObject({ ok: true, url: "http://localhost:8082" });
  });

  it("is the local default when the variable is empty", () => {
    expect(at(" ")).toMatchObject({ ok: true, url: "http://localhost:8082" });
  });

  it("keeps a path, without the slash at its end", () => {
    expect(at("https://example.com/neuronip/")).toEqual({
      ok: true,
      url: "https://example.com/neuronip",
      origin: "https://example.com",
    });
  });

  it.each([
    ["ftp://example.com", 'it starts with "ftp:"'],
    ["javascript:alert(1)", 'it starts with "javascript:"'],
    ["example.com", "it is not a complete URL"],
    ["https://example.com/?q=1", 'it carries a "?" or a "#" part'],
    ["https://example.com/#top", 'it carries a "?" or a "#" part'],
    ["http://[::1]:8082", "its host is neither"],
  ])("refuses %s and says why", (value, reason) => {
    const address = at(value);
    expect(address).toMatchObject({ ok: false });
    expect(address.ok ? "" : address.message).toContain(reason);
    expect(address.ok ? "" : address.message).toContain("NEXT_PUBLIC_API_URL");
  });

  it.each(["http://a;script-src", "http://a'b", "http://a,b", "http://*"])(
    "refuses %s, whose host would change the content security policy",
    (value) => {
      expect(at(value).ok).toBe(false);
    },
  );

  it("does not repeat a password", () => {
    const address = at("https://admin:secret@example.com");
    expect(address.ok ? "" : address.message).toContain("not shown here");
    expect(JSON.stringify(address)).not.toContain("secret");
  });
});

describe("the internal address of the API", () => {
  it("is absent unless it is set", () => {
    expect(internalApiAddress({})).toBeNull();
    expect(internalApiAddress({ API_INTERNAL_URL: "" })).toBeNull();
  });

  it("is named in the message about a bad value", () => {
    const address = internalApiAddress({ API_INTERNAL_URL: "nonsense" });
    const message: unknown = expect.stringContaining("API_INTERNAL_URL");
    expect(address).toMatchObject({ ok: false, message });
  });
});
