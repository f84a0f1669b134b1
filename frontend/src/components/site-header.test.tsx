import { render, screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { fakeApi, HEALTHY, renderWith } from "../../tests/fakes";
import { Backend, RequireApi } from "./backend";
import { SiteHeader } from "./site-header";

const pathname = vi.hoisted(() => vi.fn(() => "/"));
vi.mock("next/navigation", () => ({ usePathname: pathname }));

describe("the header", () => {
  it.each([
    ["/", "Search"],
    ["/documents", "Documents"],
    ["/documents/d1", "Documents"],
    ["/status", "Status"],
  ])("marks the section of %s", (path, section) => {
    pathname.mockReturnValue(path);
    renderWith(fakeApi(), <SiteHeader />);
    const current = screen.getAllByRole("link").filter((link) => link.ariaCurrent === "page");
    expect(current.map((link) => link.textContent)).toEqual([section]);
  });

  it("shows that the API has no database", async () => {
    const health = vi.fn().mockResolvedValue({ ...HEALTHY, database: "unconfigured" });
    renderWith(fakeApi({ health }), <SiteHeader />);
    expect(await screen.findByText("No database")).toBeInTheDocument();
  });
});

describe("a page that needs the API", () => {
  it("is replaced by the reason when the address is unusable", () => {
    render(
      <Backend address={{ ok: false, message: "NEXT_PUBLIC_API_URL is wrong." }}>
        <SiteHeader />
        <RequireApi>
          <p>content</p>
        </RequireApi>
      </Backend>,
    );
    expect(screen.getByRole("alert")).toHaveTextContent("NEXT_PUBLIC_API_URL is wrong.");
    expect(screen.getByText("API not set")).toBeInTheDocument();
    expect(screen.queryByText("content")).not.toBeInTheDocument();
  });
});
