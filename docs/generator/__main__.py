"""Write what is made from the module itself: `uv run python -m docs.generator`."""

from docs.generator import PAGES

for path, text in PAGES.items():
    path.write_text(text(), "utf-8")
