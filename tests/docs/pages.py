"""The project's pages of Markdown, and what stands in them."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

import pipeline

ROOT: Final = Path(pipeline.__file__).parents[1]
DOCS: Final = ROOT / "docs"

EXAMPLES: Final = ROOT / "examples"

FRONT: Final = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md")]
"""The pages that are no part of the site."""

PAGES: Final = [*FRONT, *sorted(DOCS.glob("*.md"))]

_DAGGER: Final = ("call", "check", "develop", "functions", "generate", "init", "install", "login", "up", "update", "-")
"""What a command of Dagger's begins with; `core` is the engine's own."""

# Variables may stand before a program.
_COMMAND: Final = re.compile(rf"([A-Z]\w*=\S* )*(dagger ({'|'.join(_DAGGER)})|uv run pipeline |make [a-z])")

ADDRESS: Final = re.compile(r"ghcr\.io|docker\.io|github\.com|\bexample\.com|localhost:\d+|127\.0\.0\.1|--to acme\b")
"""What says in a command that something outside is needed."""

MENTION: Final = re.compile(r"dagger (call|check|up|generate|functions|login)( --help| -m \S+)?")
"""A call without a function, which nobody types."""

_PARSER: Final = MarkdownIt("commonmark").enable("table")


def tokens(page: Path) -> Iterator[Token]:
    """Everything in a page, what stands within a line too."""
    for token in _PARSER.parse(page.read_text("utf-8")):
        yield token
        yield from token.children or ()


def blocks(page: Path) -> list[str]:
    """The blocks of code."""
    return [token.content for token in tokens(page) if token.type in {"code_block", "fence"}]


def commands(page: Path) -> list[str]:
    """What a reader is told to type: the lines of blocks that begin with a program, and code in a sentence.

    Not what is typed in another folder, where another module answers.
    """
    shown = [token.content for token in tokens(page) if token.type == "code_inline"]
    here = [block for block in blocks(page) if not block.startswith("cd ")]
    typed = [line for block in here for line in lines(block)] + [" ".join(text.split()) for text in shown]
    return [line for line in typed if _COMMAND.match(line)]


def lines(block: str) -> Iterator[str]:
    """Each command on one line: without prompt and comment, with what a backslash or an open quote continues."""
    pending = ""
    for line in block.splitlines():
        pending += line.removeprefix("$ ")
        if pending.endswith("\\"):
            pending = pending.removesuffix("\\") + " "
            continue
        try:
            words = shlex.split(pending, comments=True)
        except ValueError:
            if pending.startswith("dagger "):
                pending += "\n"
                continue
            words = []
        yield shlex.join(words) if words else ""
        pending = ""
