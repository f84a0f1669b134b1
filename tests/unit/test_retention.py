"""Which tags of a repository stay, and what may be deleted."""

import dataclasses

import pytest

from pipeline.policy.holdings import JOURNAL, Kind, State, Thing
from pipeline.policy.retention import Plan, Policy, plan
from pipeline.report.prune import prune_table

from .repositories import NOW, ago, fallback, name, removed

POLICY = Policy(now=NOW)
FOR_GOOD = Policy(now=NOW, commits_days=None)


def image(days: float, *children: int) -> Thing:
    """An index that was made so many days ago, of 10 bytes."""
    return Thing(kind=Kind.INDEX, created=ago(days), children=[name(child) for child in children], size=10)


def part(*blobs: str) -> Thing:
    """A manifest of one byte, whose blobs have 100 each."""
    return Thing(size=1, blobs=dict.fromkeys(blobs, 100))


def numbers(found: Plan) -> list[int]:
    """The digests that go."""
    return [int(digest.partition(":")[2], 16) for digest in found.digests]


@pytest.mark.parametrize(
    ("tag", "created", "policy", "kept", "reason"),
    [
        ("1.2.3", ago(999), POLICY, True, "a version"),
        ("v1.2.3-rc.1", ago(999), POLICY, True, "a version"),
        ("1.2.3-abc1234", ago(999), POLICY, True, "a version"),
        ("1.2", ago(999), POLICY, True, "people follow it from image to image"),
        ("v1", ago(999), POLICY, True, "people follow it from image to image"),
        ("latest", ago(999), POLICY, True, "people follow it from image to image"),
        ("edge", ago(999), POLICY, True, "people follow it from image to image"),
        ("stable", ago(999), POLICY, True, "not a name that the pipeline gives"),
        ("nightly-2024011", ago(999), POLICY, True, "not a name that the pipeline gives"),
        ("key-chain", ago(999), POLICY, True, "not a name that the pipeline gives"),
        (f"{fallback(9)}.sig", ago(999), POLICY, True, "not a name that the pipeline gives"),
        ("key-ab12", ago(30), POLICY, True, "made on 2026-03-01, not more than 30 days ago"),
        ("key-ab12", ago(30.1), POLICY, False, "made on 2026-03-01, more than 30 days ago"),
        ("pr-7", ago(14), POLICY, True, "made on 2026-03-17, not more than 14 days ago"),
        ("pr-1234567", ago(15), POLICY, False, "made on 2026-03-16, more than 14 days ago"),
        ("main-abc1234", ago(90), POLICY, True, "made on 2025-12-31, not more than 90 days ago"),
        ("main-abc1234", ago(91), POLICY, False, "made on 2025-12-30, more than 90 days ago"),
        ("main-abc1234", ago(999), FOR_GOOD, True, "commits are kept for good"),
        ("pr-7", ago(-3), POLICY, True, "made on 2026-04-03, not more than 14 days ago"),
        ("pr-7", "", POLICY, True, "its age is not known"),
        ("pr-7", "yesterday", POLICY, True, "its age is not known"),
        ("pr-7", "2020-01-01T00:00:00", POLICY, True, "its age is not known"),
        ("pr-7", "1970-01-01T00:00:00Z", POLICY, True, "its age is not known"),
        (JOURNAL, ago(999), POLICY, True, "not a name that the pipeline gives"),
    ],
)
def test_a_tag_is_judged_by_its_name_and_its_date(
    tag: str, created: str, policy: Policy, kept: bool, reason: str
) -> None:
    """What nobody understands stays, whatever its age."""
    found = plan(State(tags={tag: name(1)}, things={name(1): Thing(created=created)}), policy)
    assert [(verdict.kept, verdict.reason) for verdict in found.verdicts] == [(kept, reason)]
    assert numbers(found) == ([] if kept else [1])


def test_a_policy_that_makes_everything_old_is_refused() -> None:
    """With a sentence."""
    with pytest.raises(ValueError, match="has no time zone"):
        Policy(now=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="a negative number of days"):
        Policy(now=NOW, keys_days=-1)


def test_an_old_image_goes_before_its_parts_and_they_before_what_refers_to_them() -> None:
    """Index 1 has the platforms 2 and 3; 4 is an SBOM of 2, 5 its signature, 6 and 7 are lists of referrers."""
    things = {name(1): image(99, 2, 3), name(6): image(0, 4), name(7): image(0, 5)}
    things |= {name(number): part() for number in (2, 3, 4, 5)}
    tags = {"pr-1": name(1), fallback(2): name(6), fallback(4): name(7)}
    referrers = {name(2): [name(4)], name(4): [name(5)]}
    found = plan(State(tags=tags, things=things, referrers=referrers), POLICY)
    order = numbers(found)
    assert sorted(order) == [1, 2, 3, 4, 5, 6, 7]
    for first, then in [(1, 2), (1, 3), (2, 6), (6, 4), (4, 7), (7, 5)]:
        assert order.index(first) < order.index(then)
    assert removed(found) == sorted(tags)
    assert found.images == 1


def test_a_platform_that_a_kept_image_shares_stays_with_all_that_refers_to_it() -> None:
    """Index 1 goes and 2 stays; both have the platform 3 with the SBOM 4."""
    things = {name(1): image(99, 3), name(2): image(99, 3), name(3): part(), name(4): part(), name(5): image(0, 4)}
    tags = {"pr-1": name(1), "1.0.0": name(2), fallback(3): name(5)}
    found = plan(State(tags=tags, things=things), POLICY)
    assert numbers(found) == [1]
    assert {verdict.tag: verdict.reason for verdict in found.verdicts}[fallback(3)] == "what it speaks of stays"


def test_an_old_tag_of_a_kept_image_stays() -> None:
    """To take it away would free nothing, and somebody may have deployed by it."""
    state = State(tags={"pr-1": name(1), "1.0.0": name(1)}, things={name(1): image(99)})
    found = plan(state, POLICY)
    assert (found.verdicts[1].kept, found.digests) == (True, [])
    assert found.verdicts[1].reason == "made on 2025-12-22, more than 14 days ago; but 1.0.0 needs its image"
    assert prune_table(found, dry_run=True).splitlines()[-1] == "would free nothing"


def test_what_refers_to_an_image_that_no_tag_names_stays() -> None:
    """Somebody may be about to give it one."""
    state = State(tags={fallback(1): name(2)}, things={name(2): image(0, 3), name(3): part()})
    found = plan(state, POLICY)
    assert [verdict.reason for verdict in found.verdicts] == ["no tag leads to what it speaks of"]
    assert found.digests == []


def test_a_tag_that_points_at_nothing_stays() -> None:
    """It is not understood."""
    found = plan(State(tags={"pr-1": ""}, things={}), POLICY)
    assert found.verdicts[0].reason == "it points at nothing that is here"


def test_an_index_that_refers_to_what_it_holds_goes_first() -> None:
    """Else it would be there without it."""
    state = State(
        tags={"pr-1": name(1), "pr-2": name(2)},
        things={name(1): Thing(created=ago(99)), name(2): image(99, 1)},
        referrers={name(1): [name(2)]},
    )
    assert numbers(plan(state, POLICY)) == [2, 1]


def test_the_table_ends_with_what_is_free() -> None:
    """Manifests, and blobs that nothing else uses, each once."""
    things = {name(1): image(99, 2, 3), name(4): image(1, 5)}
    things |= {name(2): part("base", "a", "both"), name(3): part("base", "b", "both"), name(5): part("base")}
    found = plan(State(tags={"pr-1": name(1), "pr-20": name(4), "odd": name(4)}, things=things), POLICY)
    assert (found.images, found.size) == (1, 312)
    assert prune_table(dataclasses.replace(found, images=3, size=120_400_000), dry_run=True) == (
        "TAG    RESULT    REASON\n"
        "odd    kept      not a name that the pipeline gives\n"
        "pr-20  kept      made on 2026-03-30, not more than 14 days ago\n"
        "pr-1   would go  made on 2025-12-22, more than 14 days ago\n"
        "would free 3 images, 120.4 MB\n"
    )
    done = prune_table(found, dry_run=False).splitlines()
    assert done[-2:] == [
        "pr-1   removed  made on 2025-12-22, more than 14 days ago",
        "freed 1 image, 0.0 MB",
    ]
