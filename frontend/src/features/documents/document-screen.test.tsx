import { screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { fakeApi, problem, renderWith, storedDocument } from "../../../tests/fakes";
import { DocumentScreen } from "./document-screen";

vi.mock("next/navigation", () => ({ useRouter: () => ({ push: vi.fn() }) }));

describe("a document", () => {
  it("is shown as text, whatever it contains", async () => {
    const content = "<b>not bold</b>";
    const getDocument = vi.fn().mockResolvedValue(storedDocument({ content }));
    renderWith(fakeApi({ getDocument }), <DocumentScreen id="d1" />);
    expect(await screen.findByRole("heading", { level: 1, name: "Signals" })).toBeInTheDocument();
    expect(screen.getByText(content)).toBeInTheDocument();
  });

  it("that the API does not have is called missing, not a failure", async () => {
    const getDocument = vi.fn().mockRejectedValue(problem(404, "No such document."));
    renderWith(fakeApi({ getDocument }), <DocumentScreen id="d9" />);
    expect(await screen.findByText("No such document")).toBeInTheDocument();
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });
});
