"""The picture of the page: seconds by case, and by contender."""

from collections.abc import Sequence
from io import StringIO
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.compare import tables
from bench.compare.cases import Kind
from bench.compare.results import Results
from bench.compare.tables import Row, by_seconds, in_seconds

_INK: Final = "#1f2328"
_GREY: Final = "#8c959f"
_BLUE: Final = "#0550ae"
_PALE: Final = "#a5c8f2"
_PAPER: Final = "#ffffff"
"""Of the other pictures: on a light page of its own, so that it reads the same on a dark one."""

_HALF: Final = 0.38
"""Height of a bar, where a case has 1."""


def svg(results: Results) -> str:
    """The picture; the same results give the same bytes."""
    groups = [
        ("Both platforms", tables.rows(results, tables.of_kind(Kind.COLD, Kind.WARM, platforms=2), by_seconds)),
        ("A fresh machine", tables.rows(results, tables.of_kind(Kind.FRESH, platforms=2), by_seconds)),
    ]
    drawn = [(title, rows) for title, rows in groups if rows]
    # The salt makes its ids; text stays text, which is found and read aloud.
    with mpl.rc_context({"svg.hashsalt": "performance", "svg.fonttype": "none", "text.color": _INK}):
        out = StringIO()
        _figure(drawn).savefig(out, format="svg", facecolor=_PAPER, metadata={"Date": None, "Creator": None})
    # Without blanks at line ends, which editors take away.
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _figure(drawn: Sequence[tuple[str, Sequence[Row]]]) -> Figure:
    heights = [len(rows) for _, rows in drawn]
    figure = Figure(figsize=(9, 1.4 + 0.75 * sum(heights)), facecolor=_PAPER, layout="constrained")
    places = figure.subplots(len(drawn), 1, squeeze=False, sharex=True, gridspec_kw={"height_ratios": heights})
    for (title, rows), (axes,) in zip(drawn, places, strict=True):
        _draw(axes, title, rows)
    places[-1][0].set_xlabel("seconds, the middle of all rounds; the lines lead from the least to the most")
    places[0][0].legend(loc="lower right", frameon=False)
    return figure


def _draw(axes: Axes, title: str, rows: Sequence[Row]) -> None:
    """Bars of both, the module's with the fixed cost of a call set apart."""
    upper = [place - _HALF / 2 for place in range(len(rows))]
    lower = [place + _HALF / 2 for place in range(len(rows))]
    fixed = [row.module.median - row.over for row in rows]
    axes.barh(upper, [row.buildkit.median for row in rows], _HALF, color=_GREY, label="BuildKit")
    axes.barh(lower, fixed, _HALF, color=_PALE, label="module: fixed cost of a call")
    axes.barh(lower, [row.over for row in rows], _HALF, left=fixed, color=_BLUE, label="module: over that")
    for places, found in ((upper, [row.buildkit for row in rows]), (lower, [row.module for row in rows])):
        for place, one in zip(places, found, strict=True):
            axes.plot([one.least, one.most], [place, place], color=_INK, linewidth=1)
            axes.annotate(
                in_seconds(one.median), (one.most, place), xytext=(4, 0), textcoords="offset points", va="center"
            )
    axes.set_yticks(range(len(rows)), [row.case.title for row in rows])
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.set_title(title, loc="left", fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
