"""Bumps: the version that comes after those that there are, by what commits say or a person asks for."""

import dataclasses
import enum
import re
from collections.abc import Iterable, Sequence
from typing import Final

import semver

from pipeline.policy.commits import REVERT, Commit, Message, messages
from pipeline.policy.versions import parse_tag

CANDIDATE: Final = "rc"
"""What pre-releases are called: `1.3.0-rc.1`."""

FIRST: Final = semver.Version(0, 1, 0)
"""The version of what was never released."""

_PATCHES: Final = ("fix", "perf", REVERT)
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


class Bump(enum.Enum):
    """Which part of the version is raised; a pre-release is one of the version that the commits ask for."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"
    PRERELEASE = "prerelease"


class BumpError(ValueError):
    """There is no next version, or not this one."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Asked:
    """What a person asks for: a part to raise, or a version, or neither; only commits on the paths count, if any."""

    bump: Bump | None = None
    version: semver.Version | None = None
    identifier: str = CANDIDATE
    paths: Sequence[str] = ()


def decided(asked: Asked, tags: Iterable[str], reachable: Iterable[str], commits: Sequence[Commit]) -> semver.Version:
    """The version that was asked for, if it can be the next one, or else the next one.

    Raises:
        BumpError: there is none, or not this one.
    """
    if asked.version:
        check_version(asked.version, tags, reachable)
        return asked.version
    return next_version(tags, commits, asked.bump, asked.identifier, reachable)


def latest(tags: Iterable[str]) -> str:
    """The tag of the highest release; "" where there is none. What came after it is not released yet."""
    return _highest((version, tag) for version, tag in _named(tags) if not version.prerelease)


def before(tags: Iterable[str], version: semver.Version) -> str:
    """The tag of the version that another one is compared with; "" where it is the first.

    A release is compared with a release, whatever candidates it had, and a candidate with what came right before it.
    """
    lower = [(other, tag) for other, tag in _named(tags) if other < version]
    return _highest((other, tag) for other, tag in lower if version.prerelease or not other.prerelease)


def tag_of(tags: Iterable[str], version: semver.Version) -> str:
    """The tag that names a version, with or without a v; "" where there is none."""
    return _highest((other, tag) for other, tag in _named(tags) if other == version)


def next_version(
    tags: Iterable[str],
    commits: Sequence[Commit],
    bump: Bump | None = None,
    identifier: str = CANDIDATE,
    reachable: Iterable[str] | None = None,
) -> semver.Version:
    """Decide the next version.

    A breaking change raises the major part, `feat` the minor, `fix`, `perf` and the revert of something released the
    patch. In 0.x a breaking change raises the minor part, and the others the same as later: 1.0.0 promises stability,
    which is for a person to say. Pre-releases that no release has followed lead to theirs, unless commits ask for more.

    Args:
        tags: of the whole repository; those that are no versions do not count.
        commits: since the highest release among the reachable tags, newest first.
        bump: what a person asks for, whatever the commits say.
        identifier: what pre-releases are called.
        reachable: the tags of the ancestors of what is released; default: all.

    Raises:
        BumpError: nothing is to be released, or the version exists already or would go backwards.
    """
    known = list(tags)
    held = known if reachable is None else list(reachable)
    target = _target(_versions(held), commits, bump)
    version = _candidate(target, identifier, known) if bump is Bump.PRERELEASE else target
    check_version(version, known, held)
    return version


def check_version(version: semver.Version, tags: Iterable[str], reachable: Iterable[str] | None = None) -> None:
    """Refuse a version that cannot be the next one.

    Raises:
        BumpError: it exists, it is the candidate of a release that exists, or its commit contains a higher one.
    """
    known = list(tags)
    versions = _versions(known)
    if version in versions:
        raise BumpError(f"{version} exists already, and a version is never made twice; choose a higher one")
    if version.prerelease and (release := version.finalize_version()) in versions:
        raise BumpError(f"{version} would come before {release}, which exists already; choose a higher one")
    highest = max(_versions(known if reachable is None else reachable), default=None)
    if highest and version < highest:
        raise BumpError(
            f"{version} would go backwards: what is checked out contains {highest}; choose a higher one, or check out "
            f"a branch without {highest}"
        )


def level(found: Iterable[Message]) -> Bump | None:
    """What messages ask for; None where they change nothing that users notice."""
    asked = {_level(message) for message in found}
    return next((bump for bump in (Bump.MAJOR, Bump.MINOR, Bump.PATCH) if bump in asked), None)


def _level(message: Message) -> Bump | None:
    if message.breaking:
        return Bump.MAJOR
    if message.type == "feat":
        return Bump.MINOR
    return Bump.PATCH if message.type in _PATCHES else None


def _target(held: Sequence[semver.Version], commits: Sequence[Commit], bump: Bump | None) -> semver.Version:
    """The release that is next, or that the next pre-release leads to."""
    release = max((version for version in held if not version.prerelease), default=None)
    pending = [v.finalize_version() for v in held if v.prerelease and (release is None or v > release)]
    asked = bump if bump is not Bump.PRERELEASE else None
    if release and not commits and not pending:
        raise BumpError(f"nothing has changed since {release}; commit something first, or name a version yourself")
    if release is None:
        wanted = _raised(semver.Version(0), asked) if asked else FIRST
    elif step := asked or _cautious(level(messages(commits)), release):
        wanted = _raised(release, step)
    elif not pending:
        raise BumpError(
            f"commits since {release}: {len(commits)}, and none is a feat, fix, perf or revert, or breaking; say which "
            "part of the version is raised: major, minor or patch"
        )
    else:
        wanted = release
    return max([wanted, *pending])


def _cautious(step: Bump | None, release: semver.Version) -> Bump | None:
    """What commits ask for, where 0.x stays 0.x."""
    return Bump.MINOR if step is Bump.MAJOR and not release.major else step


def _raised(release: semver.Version, step: Bump) -> semver.Version:
    if step is Bump.MAJOR:
        return release.bump_major()
    return release.bump_minor() if step is Bump.MINOR else release.bump_patch()


def _candidate(target: semver.Version, identifier: str, tags: Iterable[str]) -> semver.Version:
    """The first number of that identifier that is free, after all that were used."""
    try:
        first = semver.Version.parse(f"{target}-{identifier}.1")
    except ValueError:
        raise BumpError(
            f"a pre-release cannot be called {identifier!r}; use letters, digits and hyphens, as in rc or beta"
        ) from None
    beginning = f"{identifier}."
    rests = [
        (version.prerelease or "").removeprefix(beginning)
        for version in _versions(tags)
        if version.finalize_version() == target and (version.prerelease or "").startswith(beginning)
    ]
    used = [int(rest) for rest in rests if _NUMBER.fullmatch(rest)]
    return first.replace(prerelease=f"{beginning}{max(used, default=0) + 1}")


def _versions(tags: Iterable[str]) -> list[semver.Version]:
    return [version for version, _ in _named(tags)]


def _named(tags: Iterable[str]) -> list[tuple[semver.Version, str]]:
    """The tags that name versions."""
    return [(version, tag) for tag in tags if (version := parse_tag(tag))]


def _highest(named: Iterable[tuple[semver.Version, str]]) -> str:
    return max(named, default=(None, ""))[1]
