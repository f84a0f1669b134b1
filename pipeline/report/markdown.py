"""Markdown as GitHub reads it, in which nothing that a tool printed is more than text."""

import re
from collections.abc import Sequence
from typing import Final

from pipeline.policy.markdown import BREAK, is_page, unlinked
from pipeline.policy.text import line, whole

# A reference to a character reaches the page as that character and is no syntax before; a backslash would do for most
# of them, but not for a pipe in a table.
_SYNTAX: Final = {ord(sign): f"&#{ord(sign)};" for sign in "\\`*_[]<>&|~#$"}

_BLOCKS: Final = re.compile(r"^([-+=]|\d+(?=[.)](?:\s|$)))")
_PLAIN: Final = re.compile(r"[^`|\\]+")


def escape(text: str) -> str:
    """A text on one line that is read as it stands: no link, mention, tag, heading, list or end of a cell."""
    return _BLOCKS.sub(rf"\1{BREAK}", unlinked(text)).translate(_SYNTAX)


def code(text: str) -> str:
    """A name in the type of code; one that could end it is escaped instead."""
    shown = line(text)
    if not shown:
        return ""
    return f"`{shown}`" if _PLAIN.fullmatch(shown) else escape(shown)


def link(text: str, url: str) -> str:
    """A name that leads to a page, where the address is a plain one of the web."""
    return f"[{escape(text)}]({url})" if text.strip() and is_page(url) else escape(text)


def fenced(text: str, indent: str = "") -> str:
    """Lines as they were printed, in a block that nothing in them ends."""
    shown = whole(text)
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", shown))])
    return "\n".join(f"{indent}{part}" for part in (fence, *re.split(r"\r?\n", shown), fence))


def rows(header: Sequence[str], cells: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """The lines of a table: the head, which is two lines in one string, and a line a row.

    Cells are Markdown already, on one line.
    """
    rule = ["---:" if number in right else "---" for number in range(len(header))]
    return [f"{_row(header)}\n{_row(rule)}", *map(_row, cells)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
