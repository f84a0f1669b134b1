"""Tables for a terminal."""

from collections.abc import Sequence

from pipeline.policy.text import clean


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
