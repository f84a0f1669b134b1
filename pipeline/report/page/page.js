"use strict";
// Without this script every finding is shown, and details open by hand.
(() => {
  const filter = document.getElementById("filter");
  if (filter) {
    const by = (name) => document.getElementById(`filter-${name}`);
    const boxes = [...filter.querySelectorAll("input[type=checkbox]")];
    const rows = [...document.getElementById("rows").rows].map((row) => [row, row.textContent.toLowerCase()]);
    const apply = () => {
      const words = by("text").value.toLowerCase().split(/\s+/).filter(Boolean);
      const severity = Number(by("severity").value);
      const app = by("app").value;
      const standings = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
      let shown = 0;
      for (const [row, text] of rows) {
        const fits =
          standings.has(row.dataset.standing) &&
          Number(row.dataset.severity) >= severity &&
          (!app || row.dataset.app === app) &&
          words.every((word) => text.includes(word));
        row.hidden = !fits;
        shown += fits;
      }
      by("count").value = `${shown} of ${rows.length} findings`;
      by("none").hidden = shown > 0;
      by("all").disabled = shown === rows.length;
    };
    by("all").addEventListener("click", () => {
      by("text").value = "";
      by("severity").value = "0";
      by("app").value = "";
      for (const box of boxes) box.checked = true;
      apply();
    });
    filter.addEventListener("input", apply);
    filter.hidden = false;
    apply();
  }

  const closed = [];
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open], .quiet)")) {
      details.open = true;
      closed.push(details);
    }
  });
  addEventListener("afterprint", () => {
    for (const details of closed.splice(0)) details.open = false;
  });
})();
