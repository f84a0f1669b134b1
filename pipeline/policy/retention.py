"""Retention: which tags of a repository stay, and what may be deleted with those that do not.

What nobody understands stays, and so does all that a tag which stays leads to: its platforms, and what refers to any of
them. A registry deletes a digest with every tag that points at it, so no such digest is ever deleted.
"""

import dataclasses
import datetime as dt
import graphlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

from pipeline.policy.holdings import JOURNAL, Kind, State, Thing
from pipeline.policy.tags import PULL_REQUEST, names_releases
from pipeline.policy.versions import parse_tag

_KEY: Final = re.compile(r"key-[0-9a-f]+")

# Seven digits may be a date or a build's number, and somebody else's.
_COMMIT: Final = re.compile(r".+-(?![0-9]{7})[0-9a-f]{7}")

# Images of which no commit is known are stamped with it.
_NO_TIME: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Policy:
    """For how many days from its date an image keeps its tags, by their kind; None is for good.

    Raises:
        ValueError: `now` has no time zone, or days are negative.
    """

    keys_days: int = 30
    pull_requests_days: int = 14
    commits_days: int | None = 90
    now: dt.datetime

    def __post_init__(self) -> None:
        """Refuse what would make everything old."""
        if self.now.tzinfo is None:
            raise ValueError(f"the time {self.now} has no time zone, and ages are counted from it; give it in UTC")
        if min(self.keys_days, self.pull_requests_days, self.commits_days or 0) < 0:
            raise ValueError("tags were to be kept for a negative number of days; give 0 or more")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a tag stays, and why."""

    tag: str
    kept: bool
    reason: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """What becomes of a repository.

    `digests` go, in this order, each with its tags; then the journal. `images` and `size` (bytes) are what is free
    afterwards. A tag goes with what it points at, and never alone: that would free nothing.
    """

    verdicts: Sequence[Verdict]
    digests: Sequence[str]
    journal: str
    images: int
    size: int


Links = Callable[[str], Collection[str]]
"""What a digest leads to."""


def plan(state: State, policy: Policy) -> Plan:
    """Decide on every tag, and on what may be deleted."""
    links, fallbacks, journal = _links(state), state.fallbacks, state.journal
    plain = {tag: _judged(tag, state, policy) for tag in sorted(state.tags) if tag not in fallbacks}
    left = _reach((state.tags[tag] for tag, verdict in plain.items() if not verdict.kept), links)
    # What an image that is not known here needs is not known either.
    strangers = [tag for tag, subject in fallbacks.items() if subject not in left]
    staying = [tag for tag, verdict in plain.items() if verdict.kept] + strangers
    kept = _reach((state.tags[tag] for tag in staying), links)
    doomed = (left - kept - {journal}) & state.things.keys()
    judged = plain | {tag: _about(tag, subject, kept, left) for tag, subject in fallbacks.items()}
    verdicts = [_explained(judged[tag], state, judged, kept) for tag in sorted(judged)]
    return Plan(
        verdicts=verdicts,
        digests=_ordered(doomed, state, links),
        journal="" if journal in kept else journal,
        images=len(_tops(doomed, state)),
        size=_size(doomed, state),
    )


def _judged(tag: str, state: State, policy: Policy) -> Verdict:
    """What its name and its date say of a tag."""
    thing = state.things.get(state.tags[tag])
    if tag == JOURNAL and state.journal:
        return Verdict(tag=tag, kept=False, reason="the list of a prune that was stopped")
    if not thing:
        return Verdict(tag=tag, kept=True, reason="it points at nothing that is here")
    days = _days(tag, policy)
    return Verdict(tag=tag, kept=True, reason=days) if isinstance(days, str) else _aged(tag, thing, days, policy)


def _days(tag: str, policy: Policy) -> int | str:
    """For how many days a tag is kept, or why for good."""
    if parse_tag(tag):
        return "a version"
    if names_releases(tag) or tag == "edge":
        return "people follow it from image to image"
    rules = ((_KEY, policy.keys_days), (PULL_REQUEST, policy.pull_requests_days), (_COMMIT, policy.commits_days))
    found = [days for shape, days in rules if shape.fullmatch(tag)]
    if not found:
        return "not a name that the pipeline gives"
    return "commits are kept for good" if found[0] is None else found[0]


def _aged(tag: str, thing: Thing, days: int, policy: Policy) -> Verdict:
    try:
        made = dt.datetime.fromisoformat(thing.created)
    except ValueError:
        made = _NO_TIME
    if made.tzinfo is None or made <= _NO_TIME:
        return Verdict(tag=tag, kept=True, reason="its age is not known")
    kept = policy.now - made <= dt.timedelta(days=days)
    said = f"made on {made.date()}, {'not ' if kept else ''}more than {days} days ago"
    return Verdict(tag=tag, kept=kept, reason=said)


def _about(tag: str, subject: str, kept: Collection[str], left: Collection[str]) -> Verdict:
    """What becomes of a tag that is kept for what refers to a digest."""
    if subject in kept:
        return Verdict(tag=tag, kept=True, reason="what it speaks of stays")
    if subject in left:
        return Verdict(tag=tag, kept=False, reason="what it speaks of goes")
    return Verdict(tag=tag, kept=True, reason="no tag leads to what it speaks of")


def _explained(found: Verdict, state: State, judged: Mapping[str, Verdict], kept: Collection[str]) -> Verdict:
    """Keep a tag whose image stays, and say who needs that."""
    digest = state.tags[found.tag]
    if found.kept or digest not in kept:
        return found
    others = (tag for tag in sorted(judged) if judged[tag].kept and state.tags[tag] == digest)
    reason = f"{found.reason}; but {next(others, 'something that is kept')} needs its image"
    return dataclasses.replace(found, kept=True, reason=reason)


def _links(state: State) -> Links:
    lists: dict[str, list[str]] = {}
    for tag, subject in state.fallbacks.items():
        lists.setdefault(subject, []).append(state.tags[tag])

    def found(digest: str) -> list[str]:
        return [*_children(digest, state), *lists.get(digest, ()), *state.referrers.get(digest, ())]

    return found


def _children(digest: str, state: State) -> Sequence[str]:
    return state.things[digest].children if digest in state.things else ()


def _reach(starts: Iterable[str], links: Links) -> set[str]:
    """Digests, and all that they lead to."""
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        if (digest := waiting.pop()) not in found:
            found.add(digest)
            waiting += links(digest)
    return found


def _ordered(doomed: Collection[str], state: State, links: Links) -> list[str]:
    """Whatever points at something, or is referred to, before that: no tag ever leads to something incomplete."""

    def ordered(links: Links) -> list[str]:
        graph = {digest: [after for after in links(digest) if after in doomed] for digest in sorted(doomed)}
        return list(graphlib.TopologicalSorter(graph).static_order())[::-1]

    try:
        return ordered(links)
    except graphlib.CycleError:
        # An index may refer to what it holds. It cannot hold itself: digests do not allow it.
        return ordered(lambda digest: _children(digest, state))


def _tops(doomed: Collection[str], state: State) -> set[str]:
    """Images as people count them: not their platforms, nor what refers to them."""
    images = {digest for digest in doomed if state.things[digest].kind is not Kind.JOURNAL}
    parts = {child for digest in images for child in _children(digest, state)}
    about = {digest for found in state.referrers.values() for digest in found}
    return images - parts - about - {state.tags[tag] for tag in state.fallbacks}


def _size(doomed: Collection[str], state: State) -> int:
    """Bytes of what goes, and of the blobs that nothing else of the repository uses."""
    staying = {blob for digest, thing in state.things.items() if digest not in doomed for blob in thing.blobs}
    blobs = {blob: size for digest in doomed for blob, size in state.things[digest].blobs.items()}
    free = sum(size for blob, size in blobs.items() if blob not in staying)
    return free + sum(state.things[digest].size for digest in doomed)
