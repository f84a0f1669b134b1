import { act, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Backend } from "@/components/backend";
import type { Api } from "@/lib/api";
import { fakeApi, HEALTHY, renderWith, unreachable } from "../../../tests/fakes";
import { StatusScreen } from "./status-screen";

const build = { version: "2.0.0", commit: "abc123" };

async function setUp(overrides: Partial<Api> = {}, checksFromServer = false) {
  const api = fakeApi(overrides);
  renderWith(api, <StatusScreen build={build} checksFromServer={checksFromServer} />);
  await settle();
  return api;
}

const settle = () => act(() => vi.advanceTimersByTimeAsync(0));
const card = (name: string) => within(screen.getByRole("region", { name }));

describe("the status page", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("shows the versions, commits and the state of the database", async () => {
    await setUp();
    expect(card("API").getByText("1.2.3")).toBeInTheDocument();
    expect(card("API").getByText("4f2a9c1be07d")).toBeInTheDocument();
    expect(card("Database").getByText("Up")).toBeInTheDocument();
    expect(card("Front end").getByText("2.0.0")).toBeInTheDocument();
    expect(card("Front end").getByText("abc123")).toBeInTheDocument();
  });

  it("checks again every 15 seconds and shows what changed", async () => {
    const health = vi.fn<Api["health"]>().mockResolvedValueOnce(HEALTHY);
    health.mockResolvedValue({ ...HEALTHY, database: "down" });
    await setUp({ health });
    await act(() => vi.advanceTimersByTimeAsync(15_000));
    expect(health).toHaveBeenCalledTimes(2);
    expect(card("Database").getByText("Down")).toBeInTheDocument();
    expect(screen.getByText("The API works without its database")).toBeInTheDocument();
  });

  it("does not check while nobody looks", async () => {
    const api = await setUp();
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    await act(() => vi.advanceTimersByTimeAsync(60_000));
    expect(api.health).toHaveBeenCalledTimes(1);
    hidden.mockReturnValue(false);
    act(() => void document.dispatchEvent(new Event("visibilitychange")));
    expect(api.health).toHaveBeenCalledTimes(2);
  });

  it("keeps showing the front end when the API does not answer", async () => {
    await setUp({ health: vi.fn().mockRejectedValue(unreachable()) });
    expect(screen.getByRole("alert")).toHaveTextContent("The API does not answer");
    expect(card("API").getByText("Unreachable")).toBeInTheDocument();
    expect(card("Front end").getByText("2.0.0")).toBeInTheDocument();
  });

  it("adds how the API looks from the server when that is set up", async () => {
    const reply = { state: "reachable", version: "1.2.3", database: "up" };
    vi.stubGlobal("fetch", async () => Response.json(reply));
    await setUp({}, true);
    await settle();
    expect(card("API").getByText("1.2.3, database up")).toBeInTheDocument();
  });

  it("says why the address of the API is unusable", () => {
    render(
      <Backend address={{ ok: false, message: "NEXT_PUBLIC_API_URL is wrong." }}>
        <StatusScreen build={build} checksFromServer={false} />
      </Backend>,
    );
    expect(screen.getByRole("alert")).toHaveTextContent("NEXT_PUBLIC_API_URL is wrong.");
    expect(card("API").getByText("Not set")).toBeInTheDocument();
  });
});
