"""The geometry of the charts: bars in percent of the width, so that they fit any screen."""

import dataclasses
import math
from collections.abc import Sequence

from pipeline.policy.sizes import Layer
from pipeline.policy.text import line
from pipeline.report.table import megabytes


@dataclasses.dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar: where it begins and how long it is, in percent; `tone` picks its colour."""

    start: str
    width: str
    tone: str
    title: str


def width(value: float, most: float) -> str:
    """The length of a bar in percent of the longest."""
    share = value / most if most > 0 and math.isfinite(value) and math.isfinite(most) else 0.0
    return f"{min(max(share, 0.0), 1.0) * 100:.3f}%"


def longest(values: Sequence[float]) -> float:
    """The largest figure, or 0."""
    return max([0.0, *filter(math.isfinite, values)])


def stacked(layers: Sequence[Layer], most: int) -> list[Segment]:
    """The layers of an image side by side, lowest first; neighbours of one origin differ in shade."""
    segments: list[Segment] = []
    start = 0
    count = {"base": 0, "app": 0}
    for layer in layers:
        origin = "base" if layer.base else "app"
        title = f"{line(layer.content) or 'no file'}: {megabytes(layer.unpacked)}, {origin}"
        tone = f"{origin} shade{count[origin] % 2}"
        count[origin] += 1
        segments.append(Segment(width(start, most), width(layer.unpacked, most), tone, title))
        start += layer.unpacked
    return segments
