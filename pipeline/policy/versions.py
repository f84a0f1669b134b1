"""Which version, revision and time an image is stamped with."""

import dataclasses
from datetime import UTC, datetime
from typing import Final

import semver

UNSTAMPED: Final = "0.0.0-dev"
"""The version of an application whose repository is not known."""


class HistoryError(ValueError):
    """The git history cannot give a version."""


@dataclasses.dataclass(frozen=True, slots=True)
class History:
    """What git says of an application's inputs.

    `tag` is the highest version tag among the ancestors of `revision` ("" when there is none) and `distance` the number
    of commits since it (or since the beginning). `head_tags` are the tags that point at HEAD itself.
    """

    revision: str
    time: int
    tag: str = ""
    distance: int = 0
    head_tags: tuple[str, ...] = ()
    dirty: bool = False
    shallow: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Stamp:
    """What goes into labels, binaries and file times: version, revision, and seconds since 1970 (UTC)."""

    version: str = UNSTAMPED
    revision: str = ""
    time: int = 0

    @property
    def created(self) -> str:
        """The time as RFC 3339, as `org.opencontainers.image.created` wants it."""
        return datetime.fromtimestamp(self.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp(history: History, release: str = "", tag: str = "") -> Stamp:
    """Decide the stamp of an application from the history of its inputs.

    What it is released as, `1.2.3` or `v1.2.3`, is the version, else a version tag on HEAD is: the one that is
    published, `tag`, where it is among them, else the highest. Otherwise the version is
    the next patch of the nearest tag, as a pre-release: `1.4.1-dev.3+gabc1234`, three commits after v1.4.0. It sorts
    after 1.4.0 and before 1.4.1 (SemVer 2.0, section 11), where `1.4.0-3-gabc1234`, as git-describe writes it, would
    sort before 1.4.0. What was built from changed files says so in its build metadata: `+gabc1234.dirty`.

    Raises:
        HistoryError: the clone is shallow, so tags and commits that decide the version are missing; or something is to
            be released that no commit holds.
        ValueError: it is to be released as what is no version.
    """
    if history.shallow:
        raise HistoryError(
            "the version comes from git's history, and this clone is shallow; "
            "run `git fetch --unshallow --tags` (in GitHub Actions: fetch-depth: 0), or clone without --depth"
        )
    if release and history.dirty:
        raise HistoryError(
            f"{release} was to be released, and the checkout has changes that no commit holds; commit them, or put "
            "them away with `git stash`"
        )
    if release:
        return Stamp(str(release_of(release)), history.revision, history.time)
    tagged = {name: known for name in history.head_tags if (known := parse_tag(name))}
    released = tagged.get(tag) or max(tagged.values(), default=None)
    if released and not history.dirty:
        return Stamp(str(released), history.revision, history.time)
    base = released or parse_tag(history.tag)
    version = _development(base, 0 if released else history.distance)
    build = f"g{history.revision[:7]}" + (".dirty" if history.dirty else "")
    return Stamp(f"{version}+{build}", history.revision, history.time)


def is_dirty(version: str) -> bool:
    """Whether the version of an image says that it was built from changes that no commit holds."""
    return "dirty" in version.partition("+")[2].split(".")


def parse_tag(tag: str) -> semver.Version | None:
    """Read `v1.2.3` or `1.2.3` as a version; None for whatever else a tag may say."""
    try:
        return semver.Version.parse(tag.removeprefix("v"))
    except ValueError:
        return None


def parse_history(text: str) -> list[History]:
    """Read what the git probe printed: a line a path, in the order asked for, its fields separated by tabs."""
    # Not splitlines() and split(): git allows characters in tags that Python takes for line ends and spaces.
    return [_history(*line.split("\t")) for line in text.split("\n") if line]


def release_of(text: str) -> semver.Version:
    """Read what somebody wants to release: `1.2.3`, `v1.2.3` or `v1.2.3-rc.1`.

    Raises:
        ValueError: it is no version, or has build metadata, which no image tag can hold.
    """
    version = parse_tag(text)
    if not version:
        raise ValueError(f"{text!r} is no version; releases are named v1.2.3 or v1.2.3-rc.1 (semver.org)")
    if version.build:
        raise ValueError(f"the version {version} has build metadata, which no image tag can hold; leave +... away")
    return version


def _history(revision: str, time: str, tag: str, distance: str, head_tags: str, dirty: str, shallow: str) -> History:
    return History(
        revision=revision,
        time=int(time),
        tag=tag,
        distance=int(distance),
        head_tags=tuple(filter(None, head_tags.split(" "))),
        dirty=bool(dirty),
        shallow=shallow == "true",
    )


def _development(base: semver.Version | None, distance: int) -> str:
    if base is None:
        return f"{UNSTAMPED}.{distance}"
    if base.prerelease:
        return f"{base.replace(build=None)}.dev.{distance}"
    return f"{base.bump_patch()}-dev.{distance}"
