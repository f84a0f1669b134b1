"""Pages and pictures that are made from what the module registers; they are committed, and a test compares."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from docs.generator import graph, reference

_DOCS: Final = Path(__file__).parents[1]

PAGES: Final[dict[Path, Callable[[], str]]] = {
    _DOCS / "reference.md": reference.text,
    _DOCS / "graph.svg": graph.svg,
}
"""Each file, and what makes it."""
