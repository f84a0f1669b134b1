"""Commits: what git's log says of them, and what their messages mean (Conventional Commits 1.0)."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Final

LOG_OPTIONS: Final = (
    "--no-merges",
    "--topo-order",
    "--no-show-signature",
    "--encoding=UTF-8",
    "--format=tformat:%H%x00%aN%x00%aE%x00%s%x00%b%x00",
)
"""Options of `git log` for `parse_log`: fields end with the one byte that no message can hold."""

_FIELDS: Final = 5

REVERT: Final = "revert"

_BREAKING: Final = ("BREAKING CHANGE", "BREAKING-CHANGE")
_HEADER: Final = re.compile(
    r"(?P<type>BREAKING[ -]CHANGE|[A-Za-z][A-Za-z0-9_-]*)(?:\((?P<scope>[^()]*)\))?(?P<mark>!)?:\s+(?P<text>\S.*)"
)
_PULL_REQUEST: Final = re.compile(r"\(#([1-9][0-9]{0,8})\)$")
_REVERTED: Final = re.compile(r'Revert "(.*)"')
_HASHES: Final = re.compile(r"(?:This reverts commit|^Refs?:) ([0-9a-f]{7,64}(?:, *[0-9a-f]{7,64})*)", re.MULTILINE)

# GitHub lists the messages of a squashed branch as `* fix: ...`, and rules off what it adds itself.
_NOTE: Final = re.compile(r"(?:[*-] )?BREAKING[ -]CHANGE: *(.*)")
_FOOTER: Final = re.compile(r"(?:[*-] )?[A-Za-z][A-Za-z0-9-]*(?:\([^()]*\))?!?(?:: | #)|-{3,}$")


@dataclasses.dataclass(frozen=True, slots=True)
class Commit:
    """A commit as git's log has it; the e-mail address is that of its author."""

    hash: str
    subject: str
    body: str = ""
    author: str = ""
    email: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a commit says: `type(scope)!: text (#12)`. The type is "" where the message is an ordinary sentence.

    The text of a revert is that of what was taken back. The note says what a breaking change breaks.
    """

    commit: Commit
    type: str
    scope: str
    text: str
    breaking: bool
    note: str
    pull_request: int


def parse_log(text: str) -> list[Commit]:
    """Read what `git log` printed with LOG_OPTIONS, newest first.

    Raises:
        ValueError: it is no such log.
    """
    *fields, rest = text.split("\0")
    if rest.strip("\n") or len(fields) % _FIELDS:
        raise ValueError("git printed a log that ends within a commit; run this again")
    rows = [fields[start : start + _FIELDS] for start in range(0, len(fields), _FIELDS)]
    return [Commit(name.lstrip("\n"), subject, body, author, email) for name, author, email, subject, body in rows]


def parse(commit: Commit) -> Message:
    """Read a commit's message; one that keeps no convention is a sentence without a type."""
    subject, number = _without_number(commit.subject)
    reverted = _REVERTED.fullmatch(subject)
    header = None if reverted else _HEADER.fullmatch(subject)
    kind = header["type"] if header else ""
    note = _note(commit.body)
    message = Message(
        commit=commit,
        type=REVERT if reverted else kind.lower(),
        scope=(header["scope"] or "").strip() if header else "",
        text=header["text"] if header else subject,
        breaking=bool(note or (header and header["mark"]) or kind in _BREAKING),
        note=note,
        pull_request=number,
    )
    return _of_reverted(message, reverted[1] if reverted else message.text) if message.type == REVERT else message


def messages(commits: Sequence[Commit]) -> list[Message]:
    """What commits say, in their order, newest first; one that a later one takes back is left out with that one."""
    undone: set[int] = set()
    found = []
    for place, commit in enumerate(commits):
        if place in undone:
            continue
        message = parse(commit)
        targets = set()
        if message.type == REVERT:
            targets = _targets(message, {at: old for at, old in enumerate(commits) if at > place and at not in undone})
        undone |= targets
        if not targets:
            found.append(message)
    return found


def _without_number(subject: str) -> tuple[str, int]:
    """A title without the pull requests that it ends with, and the last of them: the one that was merged."""
    text, number = subject.strip(), 0
    while match := _PULL_REQUEST.search(text):
        number = number or int(match[1])
        text = text[: match.start()].rstrip()
    return text, number


def _of_reverted(message: Message, title: str) -> Message:
    """The revert with scope and text of what it takes back."""
    text, _ = _without_number(title)
    header = _HEADER.fullmatch(text)
    if not header:
        return dataclasses.replace(message, text=text)
    return dataclasses.replace(message, text=header["text"], scope=message.scope or (header["scope"] or "").strip())


def _targets(revert: Message, older: Mapping[int, Commit]) -> set[int]:
    """Which of the commits before it a revert takes back: those that it names, else the last one with its title."""
    names = tuple(name for match in _HASHES.finditer(revert.commit.body) for name in re.split(", *", match[1]))
    if named := {at for at, commit in older.items() if commit.hash.startswith(names)}:
        return named
    subject, _ = _without_number(revert.commit.subject)
    quoted = _REVERTED.fullmatch(subject)
    title, _ = _without_number(quoted[1] if quoted else subject.partition(":")[2])
    return set([at for at, commit in older.items() if _without_number(commit.subject)[0] == title][:1])


def _note(body: str) -> str:
    """What follows `BREAKING CHANGE:`, up to the next footer, on one line."""
    notes: list[str] = []
    within = False
    for line in re.split(r"\r?\n", body):
        if start := _NOTE.match(line):
            notes.append(start[1])
            within = True
        elif _FOOTER.match(line):
            within = False
        elif within:
            notes.append(line)
    return " ".join(" ".join(notes).split())
