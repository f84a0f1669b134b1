"""Plan: what a release will do, step by step, by what there is already."""

import dataclasses
import enum
import fnmatch
import json
from collections.abc import Sequence
from typing import Final

from pipeline.policy.releases import latest
from pipeline.policy.tags import Change, Decision, Event, Held, TagConflict, decide, settle
from pipeline.policy.versions import release_of

BRANCHES: Final = ("main", "release/*")
"""Branches whose commits may be released."""

_GIT_TAG: Final = "git tag"


class State(enum.StrEnum):
    """Where a step stands."""

    DONE = "done"
    TO_DO = "to do"
    LEFT = "left"
    REFUSED = "refused"
    UNKNOWN = "not asked"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that a release does, to what, and why. `found` is what was there: a commit, a digest, or nothing."""

    step: str
    of: str
    state: State
    text: str
    found: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """Every step of a release, in their order, and what it is of: version, commit, and repository on GitHub."""

    version: str
    commit: str
    repository: str
    steps: Sequence[Step]

    @property
    def refused(self) -> list[Step]:
        """What has to be put in order first."""
        return [step for step in self.steps if step.state is State.REFUSED]

    @property
    def left(self) -> list[Step]:
        """What is still to do."""
        return [step for step in self.steps if step.state is State.TO_DO]

    @property
    def tagged(self) -> bool:
        """Whether the tag is on GitHub: no release makes it."""
        return any(step.step == _GIT_TAG and step.state is State.DONE for step in self.steps)

    @property
    def json(self) -> str:
        """As a file, for `release --plan`."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be released: a version, with these files, as a release of `owner/name` on GitHub."""

    version: str
    repository: str
    assets: Sequence[str] = ()
    branches: Sequence[str] = BRANCHES
    with_v: bool = True
    force: bool = False

    @property
    def number(self) -> str:
        """The version without a v."""
        return str(release_of(self.version))

    @property
    def tag(self) -> str:
        """The git tag."""
        return f"v{self.number}"

    @property
    def change(self) -> Change:
        """The event that makes the tags of images."""
        ref = f"refs/tags/{self.tag}"
        return Change(event=Event.VERSION, ref=ref, version=self.number, with_v=self.with_v, force=self.force)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Checkout:
    """What git says: the commit that is checked out, what the release's tag points at, and who holds the commit."""

    commit: str
    tagged: str = ""
    branches: Sequence[str] = ()
    dirty: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """A repository for the image of an application, and what it has; None where nobody asked."""

    app: str
    repository: str
    held: Held | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Hosted:
    """What GitHub has: the commit of the tag, the release and its whole assets, and all published versions."""

    tagged: str = ""
    draft: bool = False
    published: bool = False
    assets: Sequence[str] = ()
    versions: Sequence[str] = ()


def plan(wanted: Wanted, checkout: Checkout, places: Sequence[Place], hosted: Hosted | None) -> Plan:
    """Decide on every step. `hosted` is None where nobody asked GitHub.

    Raises:
        ValueError: what is to be released is no version.
    """
    steps = [_commit(wanted, checkout), _tag(wanted, checkout, hosted)]
    decided = [(place, *_decided(wanted.change, place)) for place in places]
    steps += [_conflict(place, error) for place, _, error in decided if error]
    steps += [step for place, found, _ in decided for step in _images(wanted, place, found)]
    steps += _release(wanted, hosted)
    steps += [_named(place, one) for place, found, _ in decided for one in found if one.floating]
    return Plan(version=wanted.tag, commit=checkout.commit, repository=wanted.repository, steps=steps)


def read(text: str) -> Plan:
    """Read a plan that was written as JSON.

    Raises:
        ValueError: it is none.
    """
    try:
        content = json.loads(text)
        steps = [Step(**{**step, "state": State(step["state"])}) for step in content["steps"]]
        return Plan(**{**content, "steps": steps})
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"this is no plan of a release ({error}); make one with `pipeline plan --json`") from None


def drift(before: Plan, now: Plan) -> list[str]:
    """What has changed since a plan was made, in sentences.

    What was to do and is done is its own progress. It also replaces assets of a draft, which are not there meanwhile.
    """
    heads = [(before.version, now.version), (before.commit, now.commit), (before.repository, now.repository)]
    found = [f"it is of {old}, and {new} is to be released" for old, new in heads if old != new]
    was, is_now = ({(one.step, one.of): one for one in each.steps} for each in (before, now))
    for key in dict.fromkeys([*was, *is_now]):
        old, new = was.get(key), is_now.get(key)
        if not (old and new and (_same(old, new) or _progress(old, new, now))):
            found.append(f"{' '.join(key)} was {_said(old)} and is {_said(new)}")
    return found


def _same(old: Step, new: Step) -> bool:
    """Whether a step would do the same; of one that is done it does not matter how."""
    alike = (old.state, old.found) == (new.state, new.found)
    return alike and (old.state is State.DONE or old.text == new.text)


def _progress(old: Step, new: Step, now: Plan) -> bool:
    """Whether a step went on as the release itself makes it go on."""
    change, done = (old.state, new.state), (State.TO_DO, State.DONE)
    draft = {(step.step, step.state) for step in now.steps} >= {("release", State.DONE), ("publish", State.TO_DO)}
    return change == done or (draft and new.step == "asset" and change[::-1] == done)


def _commit(wanted: Wanted, checkout: Checkout) -> Step:
    made = {"step": "commit", "of": checkout.commit[:12] or "none", "found": checkout.commit}
    if not checkout.commit:
        return Step(**made, state=State.REFUSED, text="there is no commit yet; make one")
    if checkout.dirty:
        return Step(**made, state=State.REFUSED, text="files are changed that no commit holds; commit them first")
    allowed = [one for one in checkout.branches if any(fnmatch.fnmatchcase(one, like) for like in wanted.branches)]
    if not allowed:
        held = ", ".join(checkout.branches) or "no branch"
        text = f"it is on {held}, and releases are made from {', '.join(wanted.branches)}; merge it first"
        return Step(**made, state=State.REFUSED, text=text)
    return Step(**made, state=State.DONE, text=f"on {allowed[0]}, nothing changed")


def _tag(wanted: Wanted, checkout: Checkout, hosted: Hosted | None) -> Step:
    made = {"step": _GIT_TAG, "of": wanted.tag}
    known = {"here": checkout.tagged, "on GitHub": hosted.tagged if hosted else ""}
    for where, commit in known.items():
        if commit and commit != checkout.commit:
            text = f"{where} it is at {commit[:12]}, and {checkout.commit[:12]} is checked out; check out the tag"
            return Step(**made, state=State.REFUSED, text=text, found=commit)
    if hosted is None:
        said = "here" if checkout.tagged else "not here"
        return Step(**made, state=State.UNKNOWN, text=f"{said}; GitHub was not asked", found=checkout.tagged)
    if hosted.tagged:
        return Step(**made, state=State.DONE, text="on GitHub, at this commit", found=hosted.tagged)
    push = f"push it first: git push origin {wanted.tag}"
    text = (
        f"not on GitHub yet; {push}" if checkout.tagged else "there is none yet; make one with `pipeline bump --push`"
    )
    return Step(**made, state=State.TO_DO, text=text)


def _decided(change: Change, place: Place) -> tuple[list[Decision], str]:
    """The tags of an image, and why they cannot be put, "" where they can.

    What a registry has under the version counts as the image: only its build knows better.
    """
    held = place.held or Held()
    decisions = decide(change, held)
    own = [held.digests[one.tag] for one in decisions if not one.floating and one.tag in held.digests]
    try:
        return settle(decisions, own[0] if own else "", held), ""
    except TagConflict as error:
        return decisions, str(error)


def _conflict(place: Place, text: str) -> Step:
    return Step(step="image", of=place.repository, state=State.REFUSED, text=text)


def _images(wanted: Wanted, place: Place, decisions: Sequence[Decision]) -> list[Step]:
    """The image and the tags that never move."""
    if place.held is None:
        text = "the registry was not asked"
        return [Step(step="image", of=place.repository, state=State.UNKNOWN, text=text)]
    found = place.held.digests.get(wanted.number, "")
    text = f"{wanted.number} is there" if found else "found by its content key, or built, tested and scanned"
    state = State.DONE if found else State.TO_DO
    image = Step(step="image", of=place.repository, state=state, text=text, found=found)
    return [image, *(_named(place, one) for one in decisions if not one.floating)]


def _named(place: Place, decision: Decision) -> Step:
    of = f"{place.repository}:{decision.tag}"
    if place.held is None:
        return Step(step="tag", of=of, state=State.UNKNOWN, text=decision.reason)
    state = State.DONE if decision.present else State.TO_DO if decision.moved else State.LEFT
    return Step(step="tag", of=of, state=state, text=decision.reason, found=place.held.digests.get(decision.tag, ""))


def _release(wanted: Wanted, hosted: Hosted | None) -> list[Step]:
    """The release on GitHub: its draft, its assets, and that it is published."""
    if hosted is None:
        return [Step(step="release", of=wanted.tag, state=State.UNKNOWN, text="GitHub was not asked")]
    there = hosted.draft or hosted.published
    draft = "published already" if hosted.published else "goes on with the draft" if hosted.draft else "begins a draft"
    assets = [
        Step(
            step="asset",
            of=name,
            state=State.DONE if name in hosted.assets else State.TO_DO,
            text="there" if name in hosted.assets else "made and uploaded",
        )
        for name in wanted.assets
    ]
    newest = latest(release_of(wanted.version), hosted.versions)
    text = (
        "the latest release"
        if newest == "true"
        else "not the latest release: a pre-release, or a newer one is published"
    )
    return [
        Step(step="release", of=wanted.tag, state=State.DONE if there else State.TO_DO, text=draft),
        *assets,
        Step(step="publish", of=wanted.tag, state=State.DONE if hosted.published else State.TO_DO, text=text),
    ]


def _said(step: Step | None) -> str:
    if not step:
        return "no part of it"
    return f"{step.state} ({step.found or step.text})"
