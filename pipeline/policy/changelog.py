"""Changelogs: the text of a version, from commits and from what people wrote (Keep a Changelog 1.1)."""

import dataclasses
import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Final, Self

import semver

from pipeline.policy.commits import Commit, messages
from pipeline.policy.entries import BREAKING, Entry, entries, mentioned
from pipeline.policy.sites import Site
from pipeline.policy.versions import parse_tag

FILE: Final = "CHANGELOG.md"

NOTHING: Final = "Nothing that users notice has changed."

_HEAD: Final = """\
# Changelog

All notable changes are written here, as [Keep a Changelog](https://keepachangelog.com/en/1.1.0/) describes it. Versions
follow [Semantic Versioning](https://semver.org/spec/v2.0.0.html)."""

_UNRELEASED: Final = "unreleased"
_ORDER: Final = ("", BREAKING.lower(), "added", "changed", "deprecated", "removed", "fixed", "security")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_NAME: Final = re.compile(r"#+ +\[?([^\]\s]+)")
_REFERENCE: Final = re.compile(r"\[([^\]]+)\]:[ \t]+\S+[ \t]*")
_ITEM: Final = re.compile(r"[-*+] |[ \t]+\S")


class ChangelogError(ValueError):
    """A changelog says something else than it should, or nothing."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Part:
    """A heading as it stands, "" for what is before the first one, and the text below it."""

    heading: str
    body: str

    @property
    def name(self) -> str:
        """What a section is of: `1.3.0`, `unreleased`."""
        match = _NAME.match(self.heading)
        return match[1].casefold() if match else ""

    @property
    def version(self) -> semver.Version | None:
        """The version that a section is of."""
        return parse_tag(self.name)

    @property
    def key(self) -> str:
        """A heading of a group, whatever its spelling: `⚠ BREAKING CHANGES` is `breaking`."""
        words = re.sub(r"[\W_]+", "", self.heading).casefold()
        return BREAKING.lower() if words.startswith(BREAKING.lower()) else words

    @property
    def text(self) -> str:
        """The whole of it, as it stands."""
        return f"{self.heading}\n{self.body}"


@dataclasses.dataclass(frozen=True, slots=True)
class _Document:
    """A changelog: what is above its sections, these, and the addresses at its end."""

    head: str
    sections: Sequence[_Part]
    references: Sequence[str]

    @classmethod
    def read(cls, text: str) -> Self:
        """Take a text apart."""
        lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
        end = len(lines)
        while end and (not lines[end - 1].strip() or _REFERENCE.fullmatch(lines[end - 1])):
            end -= 1
        head, *sections = _parts("\n".join(lines[:end]), "##")
        return cls(head.body.strip("\n") or _HEAD, sections, [line for line in lines[end:] if line.strip()])

    def find(self, version: semver.Version) -> _Part | None:
        """The section of a version."""
        return next((part for part in self.sections if part.version == version), None)

    def unreleased(self) -> list[_Part]:
        """What people wrote since the last version."""
        return [part for part in self.sections if part.name == _UNRELEASED]

    def candidates(self, version: semver.Version) -> list[_Part]:
        """The sections of pre-releases that a release follows, oldest first."""
        found = [p for p in self.sections if p.version and p.version.prerelease and not version.prerelease]
        return [part for part in reversed(found) if part.version and part.version.finalize_version() == version]


def section(
    version: semver.Version, date: dt.date, commits: Sequence[Commit], written: Iterable[str] = (), url: str = ""
) -> str:
    """The section of a version: what people wrote, word by word, and below it, under the same headings, the commits.

    A commit whose words or pull request a person mentions is not repeated.

    Args:
        version: the version.
        date: of the release.
        commits: since the version before, newest first.
        written: what stands under `Unreleased`, without that heading.
        url: the repository's page, for links.
    """
    return f"## [{version}] - {date.isoformat()}\n\n{_merged(written, _entries(commits, url))}"


def released(
    text: str, version: semver.Version, date: dt.date, commits: Sequence[Commit], url: str = "", previous: str = ""
) -> str:
    """A CHANGELOG.md with the section of a version; `Unreleased` is empty then, and stays on top.

    The sections of its candidates go into that of a release: who reads of 1.3.0 comes from 1.2.x. With the
    repository's page the addresses at the end compare each version with the one before, whose tag is `previous`. A
    section that is there and holds all of it leaves the text as it is.

    Raises:
        ChangelogError: the version has a section in which something is missing.
    """
    document = _Document.read(text)
    if found := document.find(version):
        _refuse_missing(document, found, _entries(commits, url))
        return text
    unreleased, candidates = document.unreleased(), document.candidates(version)
    written = [part.body for part in (*candidates, *unreleased)]
    rest = [part.text for part in document.sections if part not in (*candidates, *unreleased)]
    heading = unreleased[0].heading if unreleased else "## [Unreleased]"
    parts = [document.head, heading, section(version, date, commits, written, url), "\n".join(rest)]
    gone = [part.name for part in candidates] + ([_UNRELEASED, str(version)] if url else [])
    kept = [line for line in document.references if line[1:].partition("]")[0].casefold() not in gone]
    parts.append("\n".join([*_references(version, url, previous), *kept]))
    out = "\n\n".join(part.strip("\n") for part in parts if part.strip("\n")) + "\n"
    return out.replace("\n", "\r\n") if "\r\n" in text else out


def has(text: str, version: semver.Version) -> bool:
    """Whether a changelog has a section of a version."""
    return _Document.read(text).find(version) is not None


def notes(text: str, version: semver.Version) -> str:
    """What a changelog says of a version, without its heading.

    Raises:
        ChangelogError: it has no section of that version.
    """
    found = _Document.read(text).find(version)
    if not found:
        raise ChangelogError(f"{FILE} has no section for {version}; `pipeline bump` writes one")
    return found.body.strip("\n") + "\n"


def _refuse_missing(document: _Document, found: _Part, wanted: Sequence[Entry]) -> None:
    missing = [entry.line for entry in wanted if not mentioned(entry, found.body)]
    missing += [part.heading for part in document.unreleased() if _merged([part.body], []) != NOTHING]
    if missing:
        raise ChangelogError(
            f"{FILE} has a section for {found.version} already, and this is not in it: {missing[0]!r}; put it there "
            f"by hand, or take the section away, so that it is written anew"
        )


def _entries(commits: Sequence[Commit], url: str) -> list[Entry]:
    """The lines of commits, oldest first, as people tell it."""
    return entries(reversed(messages(commits)), Site(url))


def _merged(written: Iterable[str], found: Sequence[Entry]) -> str:
    """What people wrote, with the lines that they did not write of below it."""
    groups: dict[str, _Part] = {}
    for body in written:
        for part in _parts(body, "###"):
            _add(groups, part)
    said = "\n".join(part.text for part in groups.values())
    keys = list(groups)
    for entry in found:
        if not mentioned(entry, said):
            _add(groups, _Part(f"### {entry.title}", entry.line))
    # Headings that people wrote stay in their order.
    for key in sorted(groups.keys() - {*keys}, key=_rank):
        keys.insert(next((at for at, there in enumerate(keys) if _rank(there) > _rank(key)), len(keys)), key)
    return "\n\n".join(groups[key].text.strip("\n") for key in keys) or NOTHING


def _add(groups: dict[str, _Part], part: _Part) -> None:
    """Put a text below those of its heading; an item goes on with the list before it."""
    body = part.body.strip("\n")
    if not body.strip() or body == NOTHING:
        return
    there = groups.get(part.key)
    if not there:
        groups[part.key] = _Part(part.heading, f"\n{body}")
        return
    last = there.body.rsplit("\n", 1)[-1]
    between = "\n" if _ITEM.match(last) and _ITEM.match(body) else "\n\n"
    groups[part.key] = _Part(there.heading, f"{there.body}{between}{body}")


def _rank(key: str) -> int:
    """Where a heading belongs: text without one first, then breaking changes, then as Keep a Changelog lists them."""
    return _ORDER.index(key) if key in _ORDER else len(_ORDER)


def _references(version: semver.Version, url: str, previous: str) -> list[str]:
    site = Site(url)
    if not url:
        return []
    return [
        f"[Unreleased]: {site.comparison(f'v{version}', 'HEAD')}",
        f"[{version}]: {site.comparison(previous, f'v{version}')}",
    ]


def _parts(text: str, marker: str) -> list[_Part]:
    """A text at its headings of one level, those in blocks of code left out; first what is before them all."""
    found: list[tuple[str, list[str]]] = [("", [])]
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.fullmatch(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not mark[2].strip():
            fence = ""
        if not fence and line.startswith(f"{marker} "):
            found.append((line, []))
        else:
            found[-1][1].append(line)
    return [_Part(heading, "\n".join(lines)) for heading, lines in found]
