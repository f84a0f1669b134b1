import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { Api } from "@/lib/api";
import { fakeApi, problem, renderWith, unreachable } from "../../../tests/fakes";
import { DocumentForm } from "./document-form";

function setUp(overrides: Partial<Api> = {}) {
  const api = fakeApi(overrides);
  const onAdded = vi.fn();
  renderWith(api, <DocumentForm onAdded={onAdded} />);
  return { api, onAdded, user: userEvent.setup() };
}

const title = () => screen.getByLabelText("Title");
const content = () => screen.getByLabelText("Text");
const submit = () => screen.getByRole("button", { name: "Add document" });

describe("the form for a new document", () => {
  it("sends a trimmed title and the text as typed, then empties itself", async () => {
    const { api, onAdded, user } = setUp();
    await user.type(title(), " Signals ");
    await user.type(content(), "Line one ");
    await user.click(submit());
    await waitFor(() => expect(onAdded).toHaveBeenCalledOnce());
    expect(api.createDocument).toHaveBeenCalledWith({ title: "Signals", content: "Line one " });
    expect(title()).toHaveValue("");
    expect(content()).toHaveValue("");
  });

  it("ties errors to their fields, focuses the first one and sends nothing", async () => {
    const { api, user } = setUp();
    await user.click(submit());
    expect(title()).toBeInvalid();
    expect(title()).toHaveAccessibleDescription(/^Enter a title\./);
    expect(content()).toHaveAccessibleDescription(/^Enter the text of the document\./);
    expect(title()).toHaveFocus();
    expect(api.createDocument).not.toHaveBeenCalled();
  });

  it("takes an error away when its field is changed", async () => {
    const { user } = setUp();
    await user.click(submit());
    await user.type(title(), "S");
    expect(title()).not.toBeInvalid();
    expect(content()).toBeInvalid();
  });

  it("shows what the API finds wrong at the field", async () => {
    const refusal = problem(422, "Invalid.", [{ field: "title", message: "title is taken" }]);
    const { user } = setUp({ createDocument: vi.fn().mockRejectedValue(refusal) });
    await user.type(title(), "Signals");
    await user.type(content(), "Text");
    await user.click(submit());
    await waitFor(() => expect(title()).toHaveAccessibleDescription(/^Title is taken\./));
    expect(title()).toHaveFocus();
  });

  it("keeps what was typed when the API does not answer, and says so", async () => {
    const { user } = setUp({ createDocument: vi.fn().mockRejectedValue(unreachable()) });
    await user.type(title(), "Signals");
    await user.type(content(), "Text");
    await user.click(submit());
    expect(await screen.findByRole("alert")).toHaveTextContent("The API does not answer");
    expect(title()).toHaveValue("Signals");
    expect(submit()).toBeEnabled();
  });
});
