"""The picture of the graph: a box an object, and an arrow wherever a function of one returns another."""

import dataclasses
import html
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from docs.generator import module
from docs.generator.module import Function, Object

_SIGNS: Final = 25
"""Characters in a line of a box."""

_WIDTH: Final = 204
_LINE: Final = 18
_PAD: Final = 12
_GAP: Final = 26
_BETWEEN: Final = 52
"""Pixels: of a box, a line in it, its margin; between boxes of a column, and between columns."""

_STYLE: Final = """\
text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2328; white-space: pre }
.name { font-weight: bold; font-size: 13px }
.made { fill: #0550ae }
.copy { fill: #6e7781; font-style: italic }
.box { fill: #f6f8fa; stroke: #afb8c1 }
.page { fill: #ffffff; stroke: #d0d7de }
.arrow { fill: none; stroke: #0550ae; stroke-width: 1.3 }"""

_HEAD: Final = """\
<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0 0L8 4L0 8z" fill="#0550ae"/>
</marker>"""
"""The head of an arrow."""

_SAID: Final = "Blue: functions that lead to another object. Black: what comes out. Grey: a changed copy."


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Line:
    """A line of a box; `to` is the object that an arrow leads to from it."""

    text: str
    style: str
    to: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Box:
    """An object as it is drawn."""

    name: str
    lines: Sequence[_Line]
    left: int
    top: int

    @property
    def height(self) -> int:
        """From its upper to its lower edge."""
        return 2 * _PAD + _LINE * (len(self.lines) + 1) - 4

    @property
    def title(self) -> int:
        """The height at which arrows arrive."""
        return self.top + _PAD + 6

    def middle(self, number: int) -> int:
        """The height at which an arrow leaves a line."""
        return self.title + _LINE * (number + 1)


def svg() -> str:
    """The whole picture."""
    boxes = {box.name: box for box in _placed(_columns())}
    width = max(box.left for box in boxes.values()) + _WIDTH + _PAD
    height = max(box.top + box.height for box in boxes.values()) + _PAD + _LINE
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title said">',
        '<title id="title">The objects of the module, and which function of each leads to which other</title>',
        f'<desc id="said">{_SAID}</desc>',
        f"<style>\n{_STYLE}\n</style>",
        _HEAD,
        f'<rect class="page" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="6"/>',
        *(part for box in boxes.values() for part in _drawn(box)),
        *(part for box in boxes.values() for part in _arrows(box, boxes)),
        f'<text class="copy" x="{_PAD}" y="{height - _PAD}">{_SAID}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _columns() -> list[list[Object]]:
    """The objects that a call can reach, by the number of functions that it takes."""
    known = {found.name: found for found in module.objects()}
    columns, placed = [[known[module.ROOT]]], {module.ROOT}
    while columns[-1]:
        led = dict.fromkeys(maker.returns.name for found in columns[-1] for maker in found.makers)
        columns.append([known[name] for name in led if name not in placed])
        placed |= set(led)
    return columns[:-1]


def _placed(columns: Sequence[Sequence[Object]]) -> Iterator[_Box]:
    for number, column in enumerate(columns):
        top = _PAD
        for found in column:
            left = _PAD + number * (_WIDTH + _BETWEEN)
            box = _Box(name=found.name, lines=_lines(found), left=left, top=top)
            top += box.height + _GAP
            yield box


def _lines(found: Object) -> list[_Line]:
    """What leads on, then what comes out, then what changes the object."""
    lines = []
    for name in dict.fromkeys(maker.returns.name for maker in found.makers):
        first, *rest = _wrapped([maker for maker in found.makers if maker.returns.name == name])
        lines += [_Line(text=first, style="made", to=name), *(_Line(text=text, style="made") for text in rest)]
    lines += [_Line(text=text, style="verb") for text in _wrapped(found.verbs)]
    return lines + [_Line(text=text, style="copy") for text in _wrapped(found.copies)]


def _wrapped(functions: Sequence[Function]) -> list[str]:
    # A name with a hyphen is one word.
    return textwrap.wrap("  ".join(f.name for f in functions), _SIGNS, break_on_hyphens=False, break_long_words=False)


def _drawn(box: _Box) -> Iterator[str]:
    place = f'x="{box.left}" y="{box.top}" width="{_WIDTH}" height="{box.height}"'
    yield f'<rect class="box" {place} rx="6"/>'
    yield f'<text class="name" x="{box.left + _PAD}" y="{box.title + 4}">{html.escape(box.name)}</text>'
    for number, line in enumerate(box.lines):
        at = f'x="{box.left + _PAD}" y="{box.middle(number) + 4}"'
        yield f'<text class="{line.style}" {at}>{html.escape(line.text)}</text>'


def _arrows(box: _Box, boxes: Mapping[str, _Box]) -> Iterator[str]:
    """From the right of a line to the left of a box further right, else around to the right of a box below."""
    for number, line in enumerate(box.lines):
        if not line.to:
            continue
        target, from_x, from_y = boxes[line.to], box.left + _WIDTH, box.middle(number)
        ahead = target.left > box.left
        to_x = target.left if ahead else target.left + _WIDTH
        bend = _BETWEEN // 2
        second = to_x - bend if ahead else to_x + bend
        curve = f"M{from_x} {from_y}C{from_x + bend} {from_y} {second} {target.title} {to_x} {target.title}"
        yield f'<path class="arrow" d="{curve}" marker-end="url(#head)"/>'
