"""Waivers: findings that somebody decided to live with, for a reason and until a day."""

import dataclasses
import datetime as dt
import functools
import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final, TypeGuard
from urllib.parse import parse_qsl, unquote

import yaml

from pipeline.policy.findings import Finding, Kind

SECTIONS: Final = {
    "vulnerabilities": Kind.VULNERABILITY,
    "misconfigurations": Kind.MISCONFIGURATION,
    "secrets": Kind.SECRET,
    "licenses": Kind.LICENSE,
    "files": Kind.FILE,
}
"""The sections of the file. All but `files` are Trivy's, which skips a section that it does not know."""

# Where an id names a rule, and no advisory, check or licence.
_NARROW: Final = ("secrets", "files")

_NAMES: Final = ", ".join(SECTIONS)

_OLD: Final = "AVD-"
"""Trivy's checks were called AVD-DS-0002 once; it still knows the old names."""

KEYS: Final = ("id", "statement", "expired_at", "paths", "purls")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Waiver:
    """One entry of `.trivyignore.yaml`. `paths` and `purls` narrow it down; without them it holds everywhere.

    The path "/" is what lies in no file, such as a secret in the environment of an image.

    It holds until `expires`, the first moment at which it does not, as Trivy reads `expired_at`.
    """

    kind: Kind
    id: str
    statement: str
    expires: dt.datetime
    paths: Sequence[str] = ()
    purls: Sequence[str] = ()

    @property
    def name(self) -> str:
        """What it is called in a sentence: the id, and what narrows it down."""
        scope = ", ".join((*self.paths, *self.purls))
        return f"{self.id} for {scope}" if scope else self.id

    def expired(self, now: dt.datetime) -> bool:
        """Whether it no longer holds."""
        return now >= self.expires

    def matches(self, finding: Finding) -> bool:
        """Whether a finding is one that it speaks of, expired or not.

        The rules are Trivy's (guide/configuration/filtering) but for two: a finding without a package URL is none of
        those that `purls` names, and a slash at the start of a path is optional, since Trivy writes it for secrets and
        not for packages.
        """
        return (
            self.kind is finding.kind
            and self.id in {finding.id, f"{_OLD}{finding.id}" if self.kind is Kind.MISCONFIGURATION else ""}
            and (not self.paths or any(_glob(path).fullmatch(finding.path.lstrip("/")) for path in self.paths))
            and (not self.purls or any(_covers(purl, finding.purl) for purl in self.purls))
        )


def parse_waivers(text: str) -> list[Waiver]:
    """Read a `.trivyignore.yaml`: Trivy's format, in which a reason and an end are required here.

    Raises:
        ValueError: it is none, or an entry cannot mean what its author wanted; the text names the entry.
    """
    content = _load(text)
    if content is None:
        return []
    if not isinstance(content, dict):
        raise ValueError(f"the waivers must be a mapping of sections: {_NAMES}")  # noqa: TRY004 - a wrong value of a file
    waivers: list[Waiver] = []
    for section, entries in content.items():
        if section not in SECTIONS:
            raise ValueError(f"the waivers have a section {section!r}; the sections are {_NAMES}")
        if not isinstance(entries, list | None):
            raise ValueError(f"the section {section} of the waivers must be a list of entries")  # noqa: TRY004
        for number, entry in enumerate(entries or [], 1):
            waiver = _waiver(section, number, entry)
            if any(_same(waiver, other) for other in waivers):
                raise ValueError(f"the waiver of {waiver.name} stands twice in {section}; leave one of them")
            waivers.append(waiver)
    return waivers


class _Loader(yaml.SafeLoader):
    """Leaves dates as they are written, so that a wrong one is refused with its entry; refuses equal keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Read a mapping; PyYAML would keep the last of two equal keys and say nothing."""
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} stands twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def _load(text: str) -> object:
    """Read YAML, with an error that names the line."""
    try:
        content: object = _Loader(text).get_single_data()
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ValueError(f"the waivers are no YAML: {where}{what}") from error
    return content


def _waiver(section: str, number: int, entry: object) -> Waiver:
    """Read one entry."""
    where = f"waiver {number} of {section}"
    if not isinstance(entry, dict):
        raise ValueError(f"{where} is no mapping; it needs {', '.join(KEYS[:3])}")  # noqa: TRY004
    if _is_text(entry.get("id")):
        where += f" ({entry['id']})"
    if unknown := [str(key) for key in entry if key not in KEYS]:
        raise ValueError(f"{where} has a key {unknown[0]!r} that nobody reads; the keys are {', '.join(KEYS)}")
    waiver = Waiver(
        kind=SECTIONS[section],
        id=_text(where, entry, "id"),
        statement=" ".join(_text(where, entry, "statement").split()),
        expires=_moment(where, _text(where, entry, "expired_at")),
        paths=_texts(where, entry, "paths", needed=section in _NARROW),
        purls=_texts(where, entry, "purls"),
    )
    if waiver.purls and waiver.kind is not Kind.VULNERABILITY:
        raise ValueError(f"{where} has purls, which only vulnerabilities know; use paths")
    for purl in waiver.purls:
        if not re.match("pkg:[^/]+/[^@?#]", purl):
            raise ValueError(f"{where} has {purl!r} in purls, which is no package URL like pkg:npm/minimist@1.2.5")
    for path in waiver.paths:
        try:
            _glob(path)
        except ValueError as error:
            raise ValueError(
                f"{where} has {path!r} in paths, which is no pattern; look at its brackets and braces"
            ) from error
    return waiver


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip())


def _text(where: str, entry: Mapping[Any, Any], key: str) -> str:
    value = entry.get(key)
    if _is_text(value):
        return value.strip()
    if value is None or isinstance(value, str):
        raise ValueError(f"{where} has no {key}; a waiver needs {', '.join(KEYS[:2])} and {KEYS[2]}")
    raise ValueError(f"{where} has {value!r} as {key}, which is no text")


def _texts(where: str, entry: Mapping[Any, Any], key: str, *, needed: bool = False) -> Sequence[str]:
    if key not in entry and needed:
        raise ValueError(f"{where} has no {key}; name the files, since a rule alone would cover every file for ever")
    if key not in entry:
        return ()
    values = entry[key]
    if not isinstance(values, list) or not values or not all(map(_is_text, values)):
        hint = "" if needed else ", or leave it out to waive it everywhere"
        raise ValueError(f"{where} has {values!r} as {key}; give a list of texts{hint}")
    return tuple(values)


def _moment(where: str, written: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(written)
        # Close to the year 1 or 9999 an offset leaves the calendar.
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{where} has {written!r} as expired_at, which is no date like 2026-12-31") from error


def _same(one: Waiver, other: Waiver) -> bool:
    """Whether two waivers speak of the same findings, as far as one can read it."""
    first, second = ((waiver.kind, waiver.id, set(waiver.paths), set(waiver.purls)) for waiver in (one, other))
    return first == second


def _covers(wanted: str, purl: str) -> bool:
    """Whether a package URL names a package: what it leaves out (version, qualifiers, subpath) may be anything."""
    base, version, qualifiers, subpath = _split(wanted)
    found_base, found_version, found_qualifiers, found_subpath = _split(purl)
    return (
        base == found_base
        and version in {"", found_version}
        and qualifiers.items() <= found_qualifiers.items()
        and subpath in {"", found_subpath}
    )


def _split(purl: str) -> tuple[str, str, Mapping[str, str], str]:
    """Take a package URL apart from the right, as its specification (ECMA-427) says."""
    rest, _, subpath = purl.partition("#")
    rest, _, query = rest.partition("?")
    base, _, version = rest.rpartition("@") if "@" in rest.rpartition("/")[2] else (rest, "", "")
    return unquote(base), unquote(version), dict(parse_qsl(query)), unquote(subpath)


_TOKEN: Final = re.compile(
    r"\\(?P<escaped>.)|\[(?P<negated>[!^]?)(?P<items>(?:\\.|[^\]\\])+)\]"
    r"|(?P<folders>(?<![^/{,])\*\*/)|(?P<below>/\*\*(?![^},]))|(?P<all>(?<![^/{,])\*\*(?![^},]))"
    r"|(?P<some>\*+)|(?P<one>\?)|(?P<brace>[{},])|(?P<text>[^\\\[])",
    re.DOTALL,
)
_WILD: Final = {"folders": "(?:[^/]+/)*", "below": "(?:/.*)?", "all": ".*", "some": "[^/]*", "one": "[^/]"}
_BRACE: Final = {"{": "(?:", ",": "|", "}": ")"}


@functools.lru_cache
def _glob(pattern: str) -> re.Pattern[str]:
    """Translate a pattern of Trivy's, whose language is that of Go's doublestar."""
    pattern = pattern.lstrip("/")
    regex, at, depth = "", 0, 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            raise ValueError(pattern)
        at = token.end()
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth < 0:
            raise ValueError(pattern)
        regex += _translated(token, depth)
    if depth:
        raise ValueError(pattern)
    return re.compile(regex, re.DOTALL)


def _translated(token: re.Match[str], depth: int) -> str:
    name = token.lastgroup or ""
    if name in _WILD:
        return _WILD[name]
    if name == "items":
        items = re.sub(r"\\?(.)(?:(-)\\?(.))?", _range, token["items"], flags=re.DOTALL)
        return f"(?!/)[{'^' if token['negated'] else ''}{items}]"
    if name == "brace" and (depth or token[0] != ","):
        return _BRACE[token[0]]
    return re.escape(token["escaped"] or token[0])


def _range(item: re.Match[str]) -> str:
    first, last = item[1], item[3] or item[1]
    if first > last:
        raise ValueError(item[0])
    return f"{re.escape(first)}-{re.escape(last)}"
