"""Tables for a terminal."""

import re
from collections.abc import Sequence
from typing import Final

# Control characters, ANSI escapes and bidirectional overrides could move the cursor, forge a line, or turn one round.
_ESCAPES: Final = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


def clean(text: str) -> str:
    """Take escape sequences and control characters out of what a tool printed; newlines and tabs stay."""
    return _ESCAPES.sub("", text)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Align the rows under the header, two spaces between columns; columns in `right` are right-aligned."""
    cells = [[" ".join(clean(cell).split()) or "-" for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = (
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    )
    return "\n".join(line.rstrip() for line in lines) + "\n"


def megabytes(size: int) -> str:
    """A size in bytes as MB (10^6 bytes), with one decimal."""
    return f"{size / 1_000_000:.1f} MB"
