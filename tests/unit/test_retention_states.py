"""Whatever a repository holds, pruning takes nothing from a tag that stays, and can be stopped anywhere."""

import dataclasses
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.holdings import JOURNAL, Kind, State, Thing
from pipeline.policy.retention import Plan, Policy, plan

from .repositories import NOW, ago, fallback, name, removed

NOTE = "sha256:note"
TAGS = ["1.0.0", "latest", "stable", "pr-1", "pr-2", "key-ab", "key-cd", "main-abc1234", "main-abc1235"]
MOST = 8


@st.composite
def repositories(draw: st.DrawFn, *, missing: bool) -> State:
    """Any repository: indexes of indexes, shared parts, whatever refers to whatever, a prune that was stopped."""
    count = draw(st.integers(1, MOST))
    things = {}
    for number in range(count):
        below = [*range(number), *([MOST, MOST + 1] if missing else [])]
        children = draw(st.lists(st.sampled_from(below), max_size=3, unique=True)) if below else []
        kind = Kind.INDEX if children else draw(st.sampled_from([Kind.INDEX, Kind.MANIFEST]))
        created = draw(st.sampled_from(["", ago(1), ago(20), ago(40), ago(999)]))
        things[name(number)] = Thing(kind=kind, created=created, children=[name(child) for child in children])
    digests = st.sampled_from(sorted(things))
    referrers = draw(st.dictionaries(digests, st.lists(digests, max_size=2), max_size=4))
    names = st.sampled_from([*TAGS, *(fallback(number) for number in range(count + missing))])
    tags = draw(st.dictionaries(names, digests, max_size=10))
    if draw(st.booleans()):
        things[NOTE] = Thing(kind=Kind.JOURNAL, children=draw(st.lists(digests, max_size=4, unique=True)))
        tags[JOURNAL] = NOTE
    return State(tags=tags, things=things, referrers=referrers)


policies = st.builds(
    Policy,
    keys_days=st.sampled_from([0, 30]),
    pull_requests_days=st.sampled_from([0, 30]),
    commits_days=st.sampled_from([None, 0, 30]),
    now=st.just(NOW),
)


def reach(state: State, *starts: str, referrers: bool = True) -> set[str]:
    """What is there of all that digests lead to."""
    found: set[str] = set()
    waiting = [digest for digest in starts if digest in state.things]
    while waiting:
        digest = waiting.pop()
        if digest in found:
            continue
        found.add(digest)
        lists = [state.tags[tag] for tag, subject in state.fallbacks.items() if subject == digest]
        about = [*state.referrers.get(digest, ()), *lists] if referrers else []
        waiting += [one for one in (*state.things[digest].children, *about) if one in state.things]
    return found


def seen(state: State) -> State:
    """What a registry shows of it."""
    found = reach(state, *state.tags.values())
    things = {digest: thing for digest, thing in state.things.items() if digest in found}
    return State(tags=state.tags, things=things, referrers={d: r for d, r in state.referrers.items() if d in found})


def without(state: State, digest: str) -> State:
    """A registry deletes a digest, and all tags that point at it."""
    return dataclasses.replace(
        state,
        tags={tag: one for tag, one in state.tags.items() if one != digest},
        things={one: thing for one, thing in state.things.items() if one != digest},
    )


def carried_out(state: State, found: Plan) -> Iterator[State]:
    """The repository after each step."""
    journal, digests = found.journal, list(found.digests)
    if not {*digests} <= {*(state.things[journal].children if journal else ())}:
        note = Thing(kind=Kind.JOURNAL, children=[*digests, *([journal] if journal else [])])
        digests = [*([journal] if journal else []), *digests]
        journal = f"{NOTE}-{len(state.things)}"
        state = dataclasses.replace(
            state, tags={**state.tags, JOURNAL: journal}, things={**state.things, journal: note}
        )
        yield state
    for digest in (*digests, *([journal] if journal else [])):
        state = without(state, digest)
        yield state


@given(repositories(missing=True), policies)
def test_a_kept_tag_never_loses_anything(state: State, policy: Policy) -> None:
    """At no moment: it points where it pointed, with every platform, and whatever refers to any of them."""
    found = plan(seen(state), policy)
    kept = {verdict.tag for verdict in found.verdicts if verdict.kept} - {JOURNAL}
    for after in carried_out(state, found):
        for tag in kept:
            assert after.tags[tag] == state.tags[tag]
            assert reach(after, after.tags[tag]) == reach(state, state.tags[tag])


@given(repositories(missing=True), policies)
def test_no_tag_ever_leads_to_something_incomplete(state: State, policy: Policy) -> None:
    """Nor one that is about to go."""
    for after in carried_out(state, plan(seen(state), policy)):
        for tag in after.tags.keys() - {JOURNAL}:
            whole = reach(state, state.tags[tag], referrers=False)
            assert reach(after, after.tags[tag], referrers=False) == whole


@given(repositories(missing=True), policies)
def test_what_goes_is_what_was_said(state: State, policy: Policy) -> None:
    """Every tag that is removed is gone, and nothing that no removed tag led to."""
    found = plan(seen(state), policy)
    *_, after = [state, *carried_out(state, found)]
    gone = state.tags.keys() - after.tags.keys()
    assert gone == {*removed(found)}
    led = reach(state, *(state.tags[tag] for tag in removed(found)))
    assert state.things.keys() - after.things.keys() <= led
    assert state.things.keys() - after.things.keys() == {*found.digests, *filter(None, [found.journal])}


@given(repositories(missing=False), policies)
def test_stopped_anywhere_and_planned_again_it_ends_the_same(state: State, policy: Policy) -> None:
    """Also when the second one is stopped as well, at the same place."""
    steps = [state, *carried_out(state, plan(seen(state), policy))]
    for number, stopped in enumerate(steps):
        second = [stopped, *carried_out(stopped, plan(seen(stopped), policy))]
        third = second[min(number, len(second) - 1)]
        *_, after = [third, *carried_out(third, plan(seen(third), policy))]
        assert after.things == steps[-1].things
        assert after.tags == steps[-1].tags
