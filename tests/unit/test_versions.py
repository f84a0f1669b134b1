"""Versions, revisions and times that images are stamped with."""

import dataclasses

import pytest
import semver
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.versions import UNSTAMPED, History, HistoryError, Stamp, parse_history, parse_tag, stamp

REVISION = "abc1234def5678901234567890123456789012ab"

numbers = st.integers(min_value=0, max_value=10**6)
releases = st.builds(semver.Version, numbers, numbers, numbers)
candidates = st.builds(semver.Version, numbers, numbers, numbers, st.sampled_from(["rc.1", "alpha", "beta.2.x"]))
revisions = st.text("0123456789abcdef", min_size=40, max_size=40)
histories = st.builds(
    History,
    revision=revisions,
    time=st.integers(min_value=0, max_value=2**33),
    tag=st.text() | releases.map("v{}".format),
    distance=st.integers(min_value=0, max_value=10**6),
    head_tags=st.lists(st.text() | releases.map("v{}".format)).map(tuple),
    dirty=st.booleans(),
)


def history(**changed: object) -> History:
    """Three commits after v1.4.0, with changes by name."""
    return dataclasses.replace(History(REVISION, 1_700_000_000, tag="v1.4.0", distance=3), **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "version"),
    [
        ({}, "1.4.1-dev.3+gabc1234"),
        ({"dirty": True}, "1.4.1-dev.3+gabc1234.dirty"),
        ({"tag": "", "distance": 12}, "0.0.0-dev.12+gabc1234"),
        ({"tag": "v2.0.0-rc.1"}, "2.0.0-rc.1.dev.3+gabc1234"),
        ({"tag": "1.4.0"}, "1.4.1-dev.3+gabc1234"),
        ({"head_tags": ("v1.5.0",)}, "1.5.0"),
        ({"head_tags": ("latest", "v1.5.0", "v1.10.0", "nightly")}, "1.10.0"),
        ({"head_tags": ("v2.0.0-rc.2",)}, "2.0.0-rc.2"),
        ({"head_tags": ("v1.5.0",), "dirty": True}, "1.5.1-dev.0+gabc1234.dirty"),
        ({"head_tags": ("nightly",)}, "1.4.1-dev.3+gabc1234"),
    ],
)
def test_a_history_has_one_version(changed: dict[str, object], version: str) -> None:
    """A tag on HEAD is the version; else it is the next patch of the nearest tag, as a pre-release."""
    assert stamp(history(**changed)) == Stamp(version, REVISION, 1_700_000_000)


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("v1.2.3-rc.1", "1.2.3-rc.1"),
        ("v1.2.3", "1.2.3"),
        ("", "1.2.3"),
        ("v1.2.2", "1.2.3"),
        ("nightly", "1.2.3"),
    ],
)
def test_of_several_tags_on_a_commit_the_one_that_is_published_is_the_version(tag: str, version: str) -> None:
    """The last candidate often becomes the release as it is; one that is not on HEAD decides nothing."""
    assert stamp(history(head_tags=("nightly", "v1.2.3", "v1.2.3-rc.1")), tag=tag).version == version


def test_the_time_is_written_as_the_labels_want_it() -> None:
    """RFC 3339 in UTC, whatever the time zone of the machine."""
    assert Stamp(time=0).created == "1970-01-01T00:00:00Z"
    assert stamp(history()).created == "2023-11-14T22:13:20Z"


def test_an_unknown_history_has_a_version_that_says_so() -> None:
    """Without a repository nothing is made up."""
    assert Stamp() == Stamp(UNSTAMPED, "", 0)
    assert semver.Version.parse(UNSTAMPED) < semver.Version(0, 0, 0)


def test_a_shallow_clone_is_an_error_that_says_what_to_do() -> None:
    """A version made from half a history would be a wrong one."""
    with pytest.raises(HistoryError, match=r"shallow; run `git fetch --unshallow --tags`.*fetch-depth: 0"):
        stamp(history(shallow=True))


@given(releases, st.integers(min_value=0, max_value=10**6), st.booleans())
def test_a_version_after_a_release_sorts_between_it_and_the_next_patch(
    base: semver.Version, distance: int, dirty: bool
) -> None:
    """SemVer precedence, which git-describe's own form breaks."""
    found = semver.Version.parse(stamp(history(tag=f"v{base}", distance=distance, dirty=dirty)).version)
    assert base < found < base.bump_patch()


@given(candidates, st.integers(min_value=0, max_value=10**6))
def test_a_version_after_a_candidate_sorts_between_it_and_its_release(base: semver.Version, distance: int) -> None:
    """What follows 2.0.0-rc.1 is no 2.0.0 yet."""
    found = semver.Version.parse(stamp(history(tag=f"v{base}", distance=distance)).version)
    assert base < found < base.finalize_version()


@given(releases, numbers, numbers)
def test_versions_sort_as_the_commits_do(base: semver.Version, one: int, other: int) -> None:
    """Of two commits after the same tag, the later one has the higher version: numbers, not strings."""
    versions = [semver.Version.parse(stamp(history(tag=str(base), distance=d)).version) for d in (one, other)]
    assert (versions[0].compare(versions[1]) > 0) == (one > other)


@given(histories)
def test_whatever_the_tags_say_the_version_is_semantic_and_always_the_same(found: History) -> None:
    """No tag is refused and none crashes: a repository may hold any."""
    result = stamp(found)
    assert str(semver.Version.parse(result.version)) == result.version
    assert result == stamp(dataclasses.replace(found))


@given(histories)
def test_a_dirty_tree_never_has_the_version_of_a_clean_one(found: History) -> None:
    """What was built from changed files cannot be taken for a release."""
    dirty = stamp(dataclasses.replace(found, dirty=True)).version
    assert dirty.endswith(".dirty")
    assert dirty != stamp(dataclasses.replace(found, dirty=False)).version


@given(releases | candidates)
def test_a_tag_is_read_with_and_without_its_v(version: semver.Version) -> None:
    """Both customs are common."""
    assert parse_tag(f"v{version}") == parse_tag(str(version)) == version


@given(st.text())
def test_a_tag_that_is_no_version_is_none(tag: str) -> None:
    """No text makes the parser raise."""
    found = parse_tag(f"release {tag}")
    assert found is None


def test_the_lines_of_the_git_probe_are_histories() -> None:
    """One line a path, in order; empty fields are what is not there."""
    text = f"{REVISION}\t5\tv1.0.0\t2\tv1.1.0 nightly \tdirty\tfalse\n{REVISION}\t6\t\t9\t\t\ttrue\n"
    assert parse_history(text) == [
        History(REVISION, 5, "v1.0.0", 2, ("v1.1.0", "nightly"), dirty=True),
        History(REVISION, 6, distance=9, shallow=True),
    ]


def test_a_tag_may_hold_whatever_git_allows() -> None:
    """Git refuses ASCII control characters and spaces in names of tags, and nothing beyond ASCII."""
    text = f"{REVISION}\t5\t\t2\tv1.1.0 odd\u2028tag\u00a0name \t\tfalse\n"
    assert parse_history(text) == [History(REVISION, 5, "", 2, ("v1.1.0", "odd\u2028tag\u00a0name"))]
