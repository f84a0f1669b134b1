import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Api } from "@/lib/api";
import { fakeApi, renderWith, unreachable } from "../../../tests/fakes";
import { SearchScreen } from "./search-screen";

const push = vi.hoisted(() => vi.fn());
vi.mock("next/navigation", () => ({ useRouter: () => ({ push }) }));

function setUp(query: string, overrides: Partial<Api> = {}) {
  const api = fakeApi(overrides);
  renderWith(api, <SearchScreen query={query} page={1} />);
  return { api, user: userEvent.setup() };
}

const box = () => screen.getByRole("searchbox", { name: "Words to search for" });
const submit = () => screen.getByRole("button", { name: "Search" });

describe("the search form", () => {
  beforeEach(() => push.mockReset());

  it("goes to the results of the trimmed words", async () => {
    const { user } = setUp("");
    await user.type(box(), " moving signal {Enter}");
    expect(push).toHaveBeenCalledWith("/?q=moving+signal");
  });

  it("asks for words when there are none", async () => {
    const { user } = setUp("");
    await user.click(submit());
    expect(box()).toHaveAccessibleDescription("Enter one or more words to search for.");
    expect(box()).toHaveFocus();
    expect(push).not.toHaveBeenCalled();
  });

  it("does not send a query that is too long", () => {
    const { api } = setUp("x".repeat(501));
    expect(box()).toHaveAccessibleDescription(/501 characters/);
    expect(api.search).not.toHaveBeenCalled();
  });
});

describe("the results", () => {
  it("mark the words that match and link to their documents", async () => {
    const snippet = [
      { text: "How a ", match: false },
      { text: "signal", match: true },
    ];
    const items = [{ id: "d1", title: "Signals", snippet, score: 0.5 }];
    const { api } = setUp("signal", { search: vi.fn().mockResolvedValue({ items, total: 1 }) });
    expect(await screen.findByText("1 document found")).toBeInTheDocument();
    expect(screen.getByText("signal").tagName).toBe("MARK");
    expect(screen.getByRole("link", { name: "Signals" })).toHaveAttribute("href", "/documents/d1");
    expect(api.search).toHaveBeenCalledWith(
      "signal",
      { limit: 20, offset: 0 },
      expect.any(AbortSignal),
    );
  });

  it("say when nothing matches", async () => {
    setUp("zebra");
    expect(await screen.findByText("No document matches “zebra”")).toBeInTheDocument();
  });

  it("give way to the reason when the API does not answer", async () => {
    setUp("signal", { search: vi.fn().mockRejectedValue(unreachable()) });
    expect(await screen.findByRole("alert")).toHaveTextContent("The API does not answer");
  });
});

describe("before anything is searched for", () => {
  it("the page says that the API does not answer", async () => {
    setUp("", { health: vi.fn().mockRejectedValue(unreachable()) });
    expect(await screen.findByRole("alert")).toHaveTextContent("The API does not answer");
    expect(box()).toBeEnabled();
  });

  it("the page says what to do", () => {
    setUp("");
    expect(screen.getByText("Nothing searched for yet")).toBeInTheDocument();
  });
});
