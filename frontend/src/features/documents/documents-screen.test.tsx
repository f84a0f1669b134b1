import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Api } from "@/lib/api";
import { fakeApi, problem, renderWith, summary, unreachable } from "../../../tests/fakes";
import { DocumentsScreen } from "./documents-screen";

const push = vi.hoisted(() => vi.fn());
vi.mock("next/navigation", () => ({ useRouter: () => ({ push }) }));

function setUp(overrides: Partial<Api> = {}, page = 1) {
  const api = fakeApi(overrides);
  renderWith(api, <DocumentsScreen page={page} />);
  return { api, user: userEvent.setup() };
}

const oneDocument = () => vi.fn().mockResolvedValue({ items: [summary()], total: 1 });

describe("the documents", () => {
  beforeEach(() => push.mockReset());

  it("are announced as loading, then listed", async () => {
    setUp({ listDocuments: oneDocument() });
    expect(screen.getByText("Loading the documents")).toBeInTheDocument();
    const link = await screen.findByRole("link", { name: "Signals" });
    expect(link).toHaveAttribute("href", "/documents/d1");
    expect(screen.getByRole("heading", { name: "1 document" })).toBeInTheDocument();
  });

  it("invite to add the first one when there are none", async () => {
    setUp();
    expect(await screen.findByText("No documents yet")).toBeInTheDocument();
  });

  it("lead back when the page is past the end", async () => {
    setUp({ listDocuments: vi.fn().mockResolvedValue({ items: [], total: 47 }) }, 9);
    const link = await screen.findByRole("link", { name: "page 3" });
    expect(link).toHaveAttribute("href", "/documents?page=3");
  });

  it("are split into pages", async () => {
    const listDocuments = vi.fn().mockResolvedValue({ items: [summary()], total: 47 });
    setUp({ listDocuments }, 2);
    const pages = await screen.findByRole("navigation", { name: "Pages of documents" });
    expect(within(pages).getByText("Page 2 of 3")).toBeInTheDocument();
    expect(within(pages).getByRole("link", { name: "Next" })).toHaveAttribute(
      "href",
      "/documents?page=3",
    );
    expect(listDocuments.mock.calls[0]?.[0]).toEqual({ limit: 20, offset: 20 });
  });

  it("can be loaded again after the API did not answer", async () => {
    const listDocuments = vi
      .fn()
      .mockRejectedValueOnce(unreachable())
      .mockResolvedValue({ items: [summary()], total: 1 });
    const { user } = setUp({ listDocuments });
    expect(await screen.findByText("The API does not answer")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("link", { name: "Signals" })).toBeInTheDocument();
  });

  it("are missing, and the reason is told, while the API has no database", async () => {
    setUp({ listDocuments: vi.fn().mockRejectedValue(problem(503, "No database is configured.")) });
    expect(await screen.findByText(/No database is configured\./)).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Add document" })).toBeEnabled();
  });
});

describe("adding a document", () => {
  it("says so where the reader sees it and shows the first page", async () => {
    const scroll = vi.spyOn(Element.prototype, "scrollIntoView");
    const { api, user } = setUp({}, 2);
    await user.type(screen.getByLabelText("Title"), "Signals");
    await user.type(screen.getByLabelText("Text"), "Text");
    await user.click(screen.getByRole("button", { name: "Add document" }));
    expect(await screen.findByText("Added “Signals”.")).toBeInTheDocument();
    expect(scroll).toHaveBeenCalled();
    expect(api.listDocuments).toHaveBeenCalledTimes(2);
    expect(push).toHaveBeenCalledWith("/documents");
  });
});

describe("deleting a document", () => {
  beforeEach(() => push.mockReset());

  async function openDialog(overrides: Partial<Api> = {}, page = 1) {
    const { api, user } = setUp({ listDocuments: oneDocument(), ...overrides }, page);
    await user.click(await screen.findByRole("button", { name: "Delete “Signals”" }));
    const dialog = screen.getByRole("dialog", { name: "Delete this document?" });
    return { api, user, dialog };
  }

  it("asks first and keeps the document when told so", async () => {
    const { api, user, dialog } = await openDialog();
    await user.click(within(dialog).getByRole("button", { name: "Keep it" }));
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
    expect(api.deleteDocument).not.toHaveBeenCalled();
  });

  it("deletes when confirmed, says so and loads the list again", async () => {
    const close = vi.spyOn(HTMLDialogElement.prototype, "close");
    const { api, user, dialog } = await openDialog();
    await user.click(within(dialog).getByRole("button", { name: "Delete" }));
    expect(close).toHaveBeenCalledOnce();
    expect(await screen.findByText("Deleted “Signals”.")).toBeInTheDocument();
    expect(api.deleteDocument).toHaveBeenCalledWith("d1");
    await waitFor(() => expect(api.listDocuments).toHaveBeenCalledTimes(2));
    expect(screen.getByRole("region", { name: "Stored documents" })).toHaveFocus();
    expect(push).not.toHaveBeenCalled();
  });

  it("leaves a page whose last document is gone", async () => {
    const { user, dialog } = await openDialog({}, 3);
    await user.click(within(dialog).getByRole("button", { name: "Delete" }));
    await waitFor(() => expect(push).toHaveBeenCalledWith("/documents?page=2"));
  });

  it("is done when the document is already gone", async () => {
    const gone = vi.fn().mockRejectedValue(problem(404, "No such document."));
    const { user, dialog } = await openDialog({ deleteDocument: gone });
    await user.click(within(dialog).getByRole("button", { name: "Delete" }));
    expect(await screen.findByText("Deleted “Signals”.")).toBeInTheDocument();
  });

  it("stays open and tells when it fails", async () => {
    const failing = vi.fn().mockRejectedValue(unreachable());
    const { user, dialog } = await openDialog({ deleteDocument: failing });
    await user.click(within(dialog).getByRole("button", { name: "Delete" }));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent("The API does not answer");
  });
});
