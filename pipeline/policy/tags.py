"""Tags: which of them an event moves, and why.

A tag that names a version or a commit is immutable. One that floats (`1.2`, `1`, `latest`, `edge`, `pr-123`) moves, but
never to an older version than the one that the registry has for it.
"""

import dataclasses
import enum
import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import semver

from pipeline.policy.holdings import FALLBACK, JOURNAL
from pipeline.policy.versions import UNSTAMPED, is_dirty, parse_tag

_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
"""What the distribution specification allows (Pulling manifests)."""

_FLOATING: Final = re.compile(r"v?(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*))?")
_COMMIT: Final = re.compile(r".+-[0-9a-f]{7}")
PULL_REQUEST: Final = re.compile(r"pr-[0-9]+")

# A branch of such a name would get a tag that another rule gives, or another branch.
_TAKEN: Final = re.compile(r"key-.*|pr|v?[0-9]+\.[0-9]+\.[0-9]+.*|.*-[0-9a-f]{8}")

_KEY: Final = "content key of these inputs"

_LONGEST: Final = 60
"""Characters of a branch's name that a tag holds."""


class Event(enum.Enum):
    """What happened."""

    BRANCH = "branch"
    PULL_REQUEST = "pull request"
    VERSION = "version"
    MANUAL = "manual"


class TagConflict(ValueError):
    """A tag that never moves points at another image."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change:
    """What is published: the event and its ref (`refs/heads/main`, `refs/tags/v1.2.3`), commit, and stamped version.

    Where no event is given, the ref, the number or the tags say which it is. `tags` are those that a person asks for.
    `key` is the content key, a tag too; "" where there is none. `force` lets floating tags move back. Without
    `floating` only tags are meant that never move: a release puts the others last.
    """

    event: Event | None = None
    ref: str = ""
    commit: str = ""
    pull_request: int = 0
    version: str = ""
    default_branch: str = "main"
    tags: Sequence[str] = ()
    with_v: bool = True
    key: str = ""
    force: bool = False
    floating: bool = True

    @property
    def kind(self) -> Event:
        """The event.

        Raises:
            ValueError: nothing says which.
        """
        return self.event or event_of(self.ref, self.pull_request, self.tags)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Held:
    """What a registry has: its tags, and for some the digest and the version that they point at."""

    tags: Collection[str] = ()
    digests: Mapping[str, str] = dataclasses.field(default_factory=dict)
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether a tag is put, and why. `present` says that it points at this image already."""

    tag: str
    floating: bool
    moved: bool
    reason: str
    present: bool = False


def event_of(ref: str, pull_request: int = 0, tags: Sequence[str] = ()) -> Event:
    """Which event a ref, a pull request's number or a person's tags mean.

    Raises:
        ValueError: they mean none.
    """
    if tags:
        return Event.MANUAL
    if pull_request or re.fullmatch(r"refs/pull/[0-9]+/\w+", ref):
        return Event.PULL_REQUEST
    if ref.startswith("refs/tags/"):
        return Event.VERSION
    if ref.startswith("refs/heads/"):
        return Event.BRANCH
    raise ValueError(f"the ref {ref!r} is neither refs/heads/..., refs/tags/... nor refs/pull/...; give it with --ref")


def decide(change: Change, held: Held) -> list[Decision]:
    """Every tag that the event speaks of: the content key, those that never move, and those that float.

    Raises:
        ValueError: the event makes no tag, or says another version than the image is stamped with.
    """
    names = _names(change)
    found = [_decision(tag, names[tag], change, held) for tag in sorted(names, key=is_floating)]
    key = [Decision(tag=change.key, floating=True, moved=True, reason=_KEY)] if change.key else []
    return [*key, *(one for one in found if change.floating or not one.floating)]


def settle(decisions: Sequence[Decision], digest: str, held: Held) -> list[Decision]:
    """Leave out what the registry has already, by the digest that is published.

    A commit may be built again into another image, on a newer base: its tag stays where it is.

    Raises:
        TagConflict: a tag of a whole version points at another image.
    """
    return [_settled(decision, digest, held) for decision in decisions]


def is_floating(tag: str) -> bool:
    """Whether a tag may point at another image tomorrow: one that names a whole version or a commit may not."""
    return not parse_tag(tag) and (bool(PULL_REQUEST.fullmatch(tag)) or not _COMMIT.fullmatch(tag))


def branch_tag(branch: str, commit: str) -> str:
    """`main-abc1234` of a branch; what no tag can hold is replaced, and a hash keeps apart what then looks the same."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", branch).strip("-.")[:_LONGEST]
    if safe != branch or _TAKEN.fullmatch(branch):
        safe = f"branch-{safe}-{hashlib.sha256(branch.encode()).hexdigest()[:8]}"
    return f"{safe}-{commit[:7]}"


def _names(change: Change) -> dict[str, str]:
    """The tags of an event, each with what it is for."""
    if change.kind is Event.MANUAL:
        return {_allowed(tag, change.version): "asked for" for tag in change.tags}
    if change.kind is Event.PULL_REQUEST:
        number = change.pull_request or int(change.ref.split("/")[2])
        return {f"pr-{number}": f"pull request {number}"}
    if change.kind is Event.VERSION:
        return _version_names(change)
    branch = change.ref.removeprefix("refs/heads/")
    if not re.fullmatch(r"[0-9a-f]{7,64}", change.commit):
        raise ValueError(f"the tag of a branch names its commit, and {change.commit!r} is none; give it with --commit")
    commit = {branch_tag(branch, change.commit): f"commit of {branch}"}
    return commit | ({"edge": f"newest of {branch}"} if branch == change.default_branch else {})


def _version_names(change: Change) -> dict[str, str]:
    tag = change.ref.removeprefix("refs/tags/")
    version = parse_tag(tag)
    if not version:
        raise ValueError(f"the tag {tag} is no version; tags of releases are v1.2.3 or v1.2.3-rc.1 (semver.org)")
    if version.build:
        raise ValueError(f"the version {version} has build metadata, which no image tag can hold; leave +... away")
    if is_dirty(change.version):
        raise ValueError(
            f"the tag {tag} was pushed, and the image was built from changes that no commit holds; commit them, or put "
            "them away with `git stash`"
        )
    if str(version) != change.version:
        raise ValueError(
            f"the tag {tag} was pushed, and the image is stamped {change.version}; publish the commit that is tagged"
        )
    names = {str(version): "version"}
    if not version.prerelease:
        names |= {f"{version.major}.{version.minor}": f"newest {version.major}.{version.minor}.x"}
        # 0.x promises nothing from one minor version to the next (SemVer 2.0, 4).
        names |= {str(version.major): f"newest {version.major}.x"} if version.major else {}
    doubled = {f"v{name}": text for name, text in names.items()} if change.with_v else {}
    if long := [name for name in (names | doubled) if not _TAG.fullmatch(name)]:
        raise ValueError(
            f"the version {version} makes the tag {long[0]} of {len(long[0])} characters, and 128 are allowed; "
            "tag the release with a shorter version"
        )
    return names | doubled | ({} if version.prerelease else {"latest": "newest release"})


def _allowed(tag: str, version: str) -> str:
    if not _TAG.fullmatch(tag):
        raise ValueError(f"{tag!r} is no tag: letters, digits, '_', '.' and '-', 128 at most, no '.' or '-' first")
    if tag.startswith("key-") or tag == JOURNAL or FALLBACK.match(tag):
        raise ValueError(f"{tag} is a name that only the pipeline gives; choose another tag")
    named, stamped = parse_tag(tag), parse_tag(version)
    # What is no release, such as 1.4.1-dev.3+gabc1234, has no name of its own that a tag could contradict.
    released = stamped and not stamped.build and version != UNSTAMPED
    if named and released and named != stamped:
        raise ValueError(
            f"the tag {tag} was asked for, and the image is stamped {version}; leave the tag away, or publish the "
            f"commit that {tag} names"
        )
    return tag


def _decision(tag: str, purpose: str, change: Change, held: Held) -> Decision:
    floating = is_floating(tag)
    if is_dirty(change.version) and (change.kind is not Event.MANUAL or _promises(tag)):
        reason = "the image was built from changes that no commit holds"
        return Decision(tag=tag, floating=floating, moved=False, reason=reason)
    newest, own = _newest(tag, held) if floating else None, parse_tag(change.version)
    stays = _held_back(tag, newest, own) if newest else ""
    if stays and not change.force:
        return Decision(tag=tag, floating=floating, moved=False, reason=stays)
    forced = f"forced: moved back from {newest} to {own or 'an image that says no version'}"
    return Decision(tag=tag, floating=floating, moved=True, reason=forced if stays else purpose)


def _held_back(tag: str, newest: semver.Version, own: semver.Version | None) -> str:
    """Why a floating tag does not move to an image; "" where it does."""
    if not own:
        return f"the registry has {newest}, and the image says no version"
    if newest.compare(own) > 0:
        return f"the registry has {newest}, which is newer than {own}"
    if own.prerelease and not newest.prerelease and names_releases(tag):
        return f"the registry has the release {newest}, and {own} is none"
    return ""


def _promises(tag: str) -> bool:
    """Whether people read a release or a commit in a tag."""
    return not is_floating(tag) or names_releases(tag) or tag == "edge"


def names_releases(tag: str) -> bool:
    """Whether people follow a tag from release to release."""
    return tag == "latest" or bool(_FLOATING.fullmatch(tag))


def _newest(tag: str, held: Held) -> semver.Version | None:
    """The newest version that a floating tag could point at, by the registry's tags and by what it points at now."""
    found = [parse_tag(held.versions.get(tag, ""))] if names_releases(tag) or tag == "edge" else []
    if names_releases(tag):
        shape = _FLOATING.fullmatch(tag)
        wanted = [int(part) for part in shape.groups() if part] if shape else []
        known = [version for name in held.tags if (version := parse_tag(name)) and not version.prerelease]
        found += [version for version in known if [version.major, version.minor][: len(wanted)] == wanted]
    return max((version for version in found if version), default=None)


def _settled(decision: Decision, digest: str, held: Held) -> Decision:
    if not decision.moved or decision.tag not in held.tags:
        return decision
    found = held.digests.get(decision.tag, "what could not be read")
    if found == digest:
        return dataclasses.replace(decision, moved=False, present=True, reason=f"there already: {decision.reason}")
    if parse_tag(decision.tag):
        raise TagConflict(
            f"the tag {decision.tag} never moves: it points at {found}, and {digest} was to be published; "
            "publish under another version, or build the commit that it was made from"
        )
    if not decision.floating:
        reason = f"it points at {found}, and a tag of a commit never moves"
        return dataclasses.replace(decision, moved=False, reason=reason)
    return decision
