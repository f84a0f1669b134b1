"""Write the page and its picture from the results: `uv run --group bench python -m bench.compare.show`."""

from pathlib import Path
from typing import Final

from bench.compare import page, plot
from bench.compare.results import Results

_ROOT: Final = Path(__file__).parents[2]

RESULTS: Final = _ROOT / "bench" / "results.json"
PAGE: Final = _ROOT / "docs" / "performance.md"
PICTURE: Final = _ROOT / "docs" / "performance.svg"


def main() -> None:
    """Write both anew."""
    results = Results.read(RESULTS)
    PAGE.write_text(page.text(results), "utf-8")
    PICTURE.write_text(plot.svg(results), "utf-8")


if __name__ == "__main__":
    main()
