"""Which tags an event moves, and why."""

import json
import re

import pytest
import semver
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.tags import (
    Change,
    Decision,
    Event,
    Held,
    TagConflict,
    branch_tag,
    decide,
    event_of,
    is_floating,
    settle,
)
from pipeline.report.tags import tag_json, tag_table

COMMIT = "abc1234def5678abc1234def5678abc1234def56"
DEV = "1.4.1-dev.3+gabc1234"
GRAMMAR = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")

small = st.integers(0, 3)
versions = st.builds(
    lambda major, minor, patch, rc: str(semver.Version(major, minor, patch, f"rc.{rc}" if rc else None)),
    small,
    small,
    small,
    st.sampled_from([0, 0, 0, 1, 2]),
)
branches = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1, max_size=200)


def release(version: str, *, with_v: bool = True, force: bool = False) -> Change:
    """A version tag that was pushed."""
    ref = f"refs/tags/v{version}"
    return Change(event=Event.VERSION, ref=ref, version=version, commit=COMMIT, with_v=with_v, force=force)


def push(branch: str, version: str = DEV) -> Change:
    """A push to a branch."""
    return Change(event=Event.BRANCH, ref=f"refs/heads/{branch}", commit=COMMIT, version=version)


def holding(digests: dict[str, str]) -> Held:
    """A registry whose tags point at these."""
    return Held(tags=list(digests), digests=digests)


def moved(change: Change, *tags: str, **versions: str) -> list[str]:
    """The tags that are put, where the registry has these."""
    return [found.tag for found in decide(change, Held(tags=tags, versions=versions)) if found.moved]


@pytest.mark.parametrize(
    ("change", "held", "tags"),
    [
        (push("main"), (), "main-abc1234 edge"),
        (push("feature"), (), "feature-abc1234"),
        (Change(event=Event.PULL_REQUEST, pull_request=12, version=DEV), (), "pr-12"),
        (Change(event=Event.PULL_REQUEST, ref="refs/pull/7/merge", version=DEV), (), "pr-7"),
        (release("1.2.3"), (), "1.2.3 v1.2.3 1.2 1 v1.2 v1 latest"),
        (release("1.2.3", with_v=False), (), "1.2.3 1.2 1 latest"),
        (release("1.2.3-rc.1"), (), "1.2.3-rc.1 v1.2.3-rc.1"),
        (release("0.3.0"), (), "0.3.0 v0.3.0 0.3 v0.3 latest"),
        (release("1.2.4"), ("1.2.3", "1.3.0"), "1.2.4 v1.2.4 1.2 v1.2"),
        (release("1.2.4"), ("v2.0.0",), "1.2.4 v1.2.4 1.2 1 v1.2 v1"),
        (release("1.2.2"), ("1.2.3",), "1.2.2 v1.2.2"),
        (release("1.2.2", force=True), ("1.2.3",), "1.2.2 v1.2.2 1.2 1 v1.2 v1 latest"),
        (release("1.2.3"), ("1.3.0-rc.1", "main-abc1234", "edge"), "1.2.3 v1.2.3 1.2 1 v1.2 v1 latest"),
    ],
)
def test_an_event_moves_these_tags(change: Change, held: tuple[str, ...], tags: str) -> None:
    """Immutable ones first, floating ones last: the order in which they are put."""
    assert moved(change, *held) == tags.split()


def test_edge_does_not_go_back_when_an_old_commit_is_built_again() -> None:
    """It is judged by the version of the image that it points at."""
    assert moved(push("main", "1.4.1-dev.3"), "edge", edge="1.4.1-dev.10") == ["main-abc1234"]
    assert moved(push("main", "1.4.1-dev.11"), "edge", edge="1.4.1-dev.10") == ["main-abc1234", "edge"]


def test_a_reason_says_what_the_registry_has() -> None:
    """And a forced move says what it did."""
    held = Held(tags=["1.3.0"])
    left = {found.tag: found.reason for found in decide(release("1.2.4"), held)}
    assert left["latest"] == "the registry has 1.3.0, which is newer than 1.2.4"
    forced = {found.tag: found.reason for found in decide(release("1.2.4", force=True), held)}
    assert forced["latest"] == "forced: moved back from 1.3.0 to 1.2.4"


def test_changed_files_get_no_tag_that_promises_a_commit_or_a_release() -> None:
    """A person may still name one that promises nothing."""
    assert moved(push("main", "1.4.1-dev.3+gabc1234.dirty")) == []
    asked = Change(event=Event.MANUAL, tags=["try", "1.2", "latest"], version="1.4.1-dev.3+gabc1234.dirty")
    assert moved(asked) == ["try"]
    assert moved(Change(event=Event.MANUAL, tags=["main-abc1234", "edge"], version="1.4.1-dev.3+gabc1234.dirty")) == []


def test_a_version_whose_digest_nobody_can_read_is_not_replaced() -> None:
    """The registry lists it and does not give it: that is no reason to push another one."""
    with pytest.raises(TagConflict, match=r"1\.2\.3 never moves: it points at what could not be read"):
        settle(decide(release("1.2.3"), Held()), "sha256:a", Held(tags=["1.2.3"]))


def test_a_pre_release_takes_no_tag_from_a_release() -> None:
    """Also when it sorts after it; a person may force it."""
    asked = Change(event=Event.MANUAL, tags=["latest", "next"], version="1.4.1-dev.3")
    assert moved(asked, "1.4.0") == ["next"]


def test_branches_cannot_take_names_that_are_given_elsewhere() -> None:
    """Nor the name that another branch has with its hash."""
    other = branch_tag("a/b", COMMIT)
    for branch in ("key-abc", "1.2.3", "v1.2.3-rc.1", other.removesuffix("-abc1234").removeprefix("branch-"), "pr"):
        tag = branch_tag(branch, COMMIT)
        assert tag.startswith("branch-")
        assert tag != other


def test_a_pull_request_of_any_number_floats() -> None:
    """Seven digits look like a commit and are none."""
    assert is_floating("pr-1234567")
    assert not is_floating("main-abc1234")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (release("1.2.3+linux"), "has build metadata"),
        (Change(event=Event.VERSION, ref="refs/tags/beta", version="1.0.0"), "the tag beta is no version"),
        (Change(event=Event.VERSION, ref="refs/tags/v1.2.3", version="1.2.4"), "v1.2.3 was pushed.*stamped 1.2.4"),
        (
            Change(event=Event.VERSION, ref="refs/tags/v1.2.3", version="1.2.4-dev.0+gabc1234.dirty"),
            "v1.2.3 was pushed, and the image was built from changes that no commit holds; commit them",
        ),
        (Change(event=Event.BRANCH, ref="refs/heads/main", version=DEV), "names its commit, and '' is none"),
        (Change(event=Event.MANUAL, tags=["a b"], version=DEV), "'a b' is no tag"),
        (Change(event=Event.MANUAL, tags=["key-1"], version=DEV), "only the pipeline gives"),
        (Change(event=Event.MANUAL, tags=[f"sha256-{1:064}"], version=DEV), "only the pipeline gives"),
        (Change(event=Event.MANUAL, tags=[f"sha256-{1:064}.sig"], version=DEV), "only the pipeline gives"),
        (release(f"1.2.3-{'a' * 123}"), r"1\.2\.3-a+ makes the tag 1\.2\.3-a+ of 129 characters, and 128 are allowed"),
        (release(f"1.2.3-{'a' * 122}"), r"makes the tag v1\.2\.3-a+ of 129 characters"),
    ],
)
def test_what_makes_no_tag_is_refused(change: Change, said: str) -> None:
    """With a sentence that shows what was found."""
    with pytest.raises(ValueError, match=said):
        decide(change, Held())


def test_a_version_as_long_as_a_tag_may_be_is_taken() -> None:
    """With a v it would be one character more."""
    longest = f"1.2.3-{'a' * 122}"
    assert moved(release(longest, with_v=False)) == [longest]


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("1.2.4", "1.2.3"),
        ("v1.2.4", "1.2.3"),
        ("1.2.3", "1.2.3-rc.1"),
        ("1.2.3-rc.2", "1.2.3-rc.1"),
        ("1.2.3-rc.1", "1.2.3"),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_nobody_calls_a_release_by_another_version(tag: str, version: str, force: bool) -> None:
    """Its labels say which one it is; no force changes that."""
    asked = Change(event=Event.MANUAL, tags=["try", tag], version=version, force=force)
    with pytest.raises(ValueError, match=f"the tag {tag} was asked for, and the image is stamped {version}; leave"):
        decide(asked, Held())


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("1.2.3", "1.2.3"),
        ("v1.2.3", "1.2.3"),
        ("1.2", "1.3.0"),
        ("stable", "1.2.3"),
        ("1.2.3", DEV),
        ("1.2.3", "0.0.0-dev"),
        ("1.2.3", ""),
    ],
)
def test_a_person_names_what_is_no_other_release(tag: str, version: str) -> None:
    """Its own version, what is no whole version, and what was built between releases or says no version."""
    assert moved(Change(event=Event.MANUAL, tags=[tag], version=version)) == [tag]


def test_the_event_is_read_from_the_ref() -> None:
    """As GitHub Actions writes it; what is none of them is refused."""
    assert event_of("refs/heads/main") is Event.BRANCH
    assert event_of("refs/tags/v1") is Event.VERSION
    assert event_of("refs/pull/3/merge") is Event.PULL_REQUEST
    assert event_of("refs/heads/x", pull_request=3) is Event.PULL_REQUEST
    assert event_of("", tags=["a"]) is Event.MANUAL
    with pytest.raises(ValueError, match="--ref"):
        event_of("main")


def test_a_version_tag_with_another_digest_is_an_error_that_shows_both() -> None:
    """The same digest is success, and nothing is put."""
    decisions = decide(release("1.2.3"), Held())
    same = settle(decisions, "sha256:a", holding({"1.2.3": "sha256:a", "latest": "sha256:b"}))
    assert {found.tag: (found.moved, found.present) for found in same if found.tag in {"1.2.3", "latest"}} == {
        "1.2.3": (False, True),
        "latest": (True, False),
    }
    with pytest.raises(TagConflict, match=r"1\.2\.3 never moves: it points at sha256:b, and sha256:a was"):
        settle(decisions, "sha256:a", holding({"1.2.3": "sha256:b"}))


def test_a_commit_that_is_built_into_another_image_keeps_its_tag_and_edge_goes_on() -> None:
    """On a newer base, say: only what names a version is an error."""
    held = holding({"main-abc1234": "sha256:b", "edge": "sha256:b"})
    settled = settle(decide(push("main"), held), "sha256:a", held)
    assert [(found.tag, found.moved, found.present, found.reason) for found in settled] == [
        ("main-abc1234", False, False, "it points at sha256:b, and a tag of a commit never moves"),
        ("edge", True, False, "newest of main"),
    ]


@given(st.lists(versions, unique=True, max_size=12))
def test_no_order_of_releases_moves_a_tag_back(releases: list[str]) -> None:
    """Whatever comes when, a floating tag points at the newest release of its range."""
    registry: dict[str, str] = {}
    for version in releases:
        held = Held(tags=list(registry), versions=registry)
        registry |= {found.tag: version for found in decide(release(version), held) if found.moved}
    stable = [found for found in map(semver.Version.parse, releases) if not found.prerelease]
    for tag, version in registry.items():
        if is_floating(tag):
            wanted = [] if tag == "latest" else [int(part) for part in tag.removeprefix("v").split(".")]
            assert version == str(max(v for v in stable if [v.major, v.minor][: len(wanted)] == wanted))
        else:
            assert tag.removeprefix("v") == version


@given(versions, st.lists(versions, max_size=8))
def test_the_order_of_the_registrys_tags_does_not_matter(version: str, tags: list[str]) -> None:
    """The decision is a function of what it is given, and a second one changes nothing."""
    first = decide(release(version), Held(tags=tags))
    assert first == decide(release(version), Held(tags=[*reversed(tags)]))
    after = Held(tags=[*tags, *(found.tag for found in first if found.moved)])
    again = [found for found in decide(release(version), after) if found.moved]
    assert {found.tag for found in again} == {found.tag for found in first if found.moved}
    same = holding({found.tag: "sha256:a" for found in first if found.moved})
    assert not any(found.moved for found in settle(first, "sha256:a", same))


@given(branches, branches)
def test_two_branches_never_share_a_tag(one: str, other: str) -> None:
    """And every tag is one that the distribution specification allows, which no other rule makes."""
    tag = branch_tag(one, COMMIT)
    assert GRAMMAR.fullmatch(tag)
    assert not is_floating(tag)
    assert not tag.startswith("key-")
    assert one == other or tag != branch_tag(other, COMMIT)


def test_tables_and_json_show_every_tag() -> None:
    """What became of it, in a word, and the reason."""
    found = [
        Decision(tag="1.2.3", floating=False, moved=False, reason="there already: version", present=True),
        Decision(tag="latest", floating=True, moved=False, reason="the registry has 2.0.0"),
        Decision(tag="1.2", floating=True, moved=True, reason="newest 1.2.x"),
    ]
    assert [line.split()[:2] for line in tag_table(found).splitlines()] == [
        ["TAG", "RESULT"],
        ["1.2.3", "unchanged"],
        ["latest", "left"],
        ["1.2", "put"],
    ]
    document = json.loads(tag_json("reg/x@sha256:a", "sha256:a", found, []))
    assert document["digest"] == "sha256:a"
    assert [tag["result"] for tag in document["tags"]] == ["unchanged", "left", "put"]
