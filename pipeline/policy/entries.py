"""Entries: the lines of a changelog that commits make, and whether a person wrote of them already."""

import dataclasses
import re
from collections.abc import Iterable
from typing import Final

from pipeline.policy.commits import REVERT, Message
from pipeline.policy.markdown import escape, link
from pipeline.policy.sites import Site

BREAKING: Final = "Breaking"

# What users notice; other types are of those who write the code.
_TITLES: Final = {"feat": "Added", "fix": "Fixed", "perf": "Changed", REVERT: "Changed"}

_WORDS: Final = 3
"""A text of fewer words stands in many another one by chance."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line under a heading, and what it is of: the words of the commit, and its pull request (0: none)."""

    title: str
    line: str
    text: str
    pull_request: int


def entries(found: Iterable[Message], site: Site) -> list[Entry]:
    """The lines of messages, in the order given; messages that users need not know of have none."""
    lines = {}
    for message in found:
        title = BREAKING if message.breaking else _TITLES.get(message.type, "")
        if title:
            line = _line(message, site)
            entry = Entry(title=title, line=line, text=message.text, pull_request=message.pull_request)
            lines[title, line] = entry
    return list(lines.values())


def mentioned(entry: Entry, written: str) -> bool:
    """Whether a text speaks of it: by the line itself, the pull request's number, or the words of the commit."""
    lines = written.split("\n")
    if entry.line in lines:
        return True
    number = rf"(?<![\w&])#{entry.pull_request}\b|/pull/{entry.pull_request}\b"
    if entry.pull_request and re.search(number, written):
        return True
    words = _words(entry.text)
    if len(words.split()) < _WORDS:
        return bool(words.strip()) and words in map(_words, lines)
    return words in _words(written)


def _line(message: Message, site: Site) -> str:
    scope = f"**{escape(message.scope)}:** " if message.scope else ""
    text = escape(f"Reverted: {message.text}" if message.type == REVERT else message.text)
    note = "" if message.note in {"", message.text} else f". {escape(message.note)}"
    about = ", ".join(filter(None, (_source(message, site), _author(message, site))))
    return f"- {scope}{text}{note}{f' ({about})' if about else ''}"


def _source(message: Message, site: Site) -> str:
    """The pull request, else, where there are pages, the commit."""
    if number := message.pull_request:
        return f"[#{number}]({site.pull_request(number)})" if site.url else f"#{number}"
    name = message.commit.hash
    return f"[{name[:7]}]({site.commit(name)})" if site.url and re.fullmatch("[0-9a-f]{7,64}", name) else ""


def _author(message: Message, site: Site) -> str:
    return link(message.commit.author, site.author(message.commit.email)) if site.url else ""


def _words(text: str) -> str:
    """The words of a text, between blanks, so that no word is found in another one."""
    return " ".join(["", *re.findall(r"\w+", text.casefold()), ""])
