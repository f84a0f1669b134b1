"""Words and figures as every report writes them."""

import math
from collections.abc import Sequence
from typing import Final

from pipeline.policy.text import line

_KILO: Final = 1000
_MEGA: Final = 1_000_000


def cut(text: str, most: int) -> str:
    """The start of a text that is longer than `most` characters."""
    return text if len(text) <= most else f"{text[: most - 4].rstrip()} ..."


def plural(count: int, noun: str) -> str:
    """A number of things."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(names: Sequence[str], most: int = 6) -> str:
    """Names as a sentence has them: a, b and c; those beyond `most` are counted."""
    shown = [line(name) for name in names[:most]]
    if more := len(names) - len(shown):
        shown.append(f"{more} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def seconds(value: float, digits: int = 1) -> str:
    """A time, with one decimal unless more are wanted."""
    return f"{value:.{digits}f} s" if math.isfinite(value) else "-"


def percent(value: float) -> str:
    """A share from 0 to 1, with one decimal; what is not all is never rounded up to it."""
    if not math.isfinite(value):
        return "-"
    return f"{math.floor(value * _KILO) / 10:.1f}%" if 0 < value < 1 else f"{value * 100:.1f}%"


def change(before: int, now: int) -> str:
    """How much more, or less, and in percent."""
    more = now - before
    if not more:
        return "same"
    said = f"{more / _MEGA:+.1f} MB" if abs(more) >= _MEGA / 20 else f"{more / _KILO:+.1f} kB"
    return f"{said} ({more / before * 100:+.1f}%)" if before else said
