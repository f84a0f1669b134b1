import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(cleanup);

// As long as a test may take on a full machine, not the second that is the default.
configure({ asyncUtilTimeout: 30_000 });

// jsdom does no layout, so it cannot scroll, and it knows the dialog element, but
// neither opens nor closes it. Some tests run without a browser at all.
if (typeof HTMLDialogElement !== "undefined") {
  Element.prototype.scrollIntoView = () => undefined;
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function close() {
    this.open = false;
    this.dispatchEvent(new Event("close"));
  };
}
