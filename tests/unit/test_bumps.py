"""Which version is next."""

import pytest
import semver
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.policy.bumps import Asked, Bump, BumpError, before, check_version, decided, latest, next_version, tag_of
from pipeline.policy.commits import Commit
from pipeline.policy.versions import parse_tag

FEAT, FIX, PERF = ("feat: a", "fix: a", "perf: a")
BREAKING, CHORE, SENTENCE = ("fix!: a", "chore: a", "Say more")

small = st.integers(min_value=0, max_value=3)
releases = st.builds(semver.Version, small, small, small)
candidates = st.builds(semver.Version, small, small, small, st.sampled_from(["rc.1", "rc.2", "rc.10", "beta.1", "x"]))
tag_lists = st.lists(st.one_of(releases, candidates).map("v{}".format) | releases.map(str) | st.text(max_size=8))
commit_lists = st.lists(
    st.sampled_from([FEAT, FIX, PERF, BREAKING, CHORE, SENTENCE]).map(lambda subject: Commit("a" * 40, subject)),
)
bumps = st.none() | st.sampled_from(Bump)


def commits(*subjects: str) -> list[Commit]:
    """Commits with these titles."""
    return [Commit(f"{number:040x}", subject) for number, subject in enumerate(subjects)]


def following(tags: list[str], *subjects: str, bump: Bump | None = None) -> str:
    """The next version."""
    return str(next_version(tags, commits(*subjects), bump))


@pytest.mark.parametrize(
    ("tags", "subjects", "version"),
    [
        (["v1.2.3"], [FIX], "1.2.4"),
        (["v1.2.3"], [PERF, CHORE], "1.2.4"),
        (["v1.2.3"], [FIX, FEAT, CHORE], "1.3.0"),
        (["v1.2.3"], [FEAT, BREAKING], "2.0.0"),
        (["v1.2.3"], ['Revert "feat: of an older version"'], "1.2.4"),
        (["v1.2.3", "v1.10.0", "v1.9.0"], [FIX], "1.10.1"),
        (["1.2.3", "nightly", "v9", "2026.01.15", "v1.2", "release-3.0.0"], [FIX], "1.2.4"),
        (["v1.2.3+linux"], [FIX], "1.2.4"),
    ],
)
def test_commits_since_the_highest_release_say_what_is_next(tags: list[str], subjects: list[str], version: str) -> None:
    """The greatest of what they ask for; tags that are no versions do not count."""
    assert following(tags, *subjects) == version


@pytest.mark.parametrize(("subject", "version"), [(FIX, "0.3.5"), (FEAT, "0.4.0"), (BREAKING, "0.4.0")])
def test_0_x_stays_0_x(subject: str, version: str) -> None:
    """What breaks raises the minor part, as caret ranges expect; 1.0.0 is for a person to say."""
    assert following(["v0.3.4"], subject) == version
    assert following(["v0.3.4"], subject, bump=Bump.MAJOR) == "1.0.0"


@pytest.mark.parametrize(
    ("bump", "version"),
    [(None, "0.1.0"), (Bump.PRERELEASE, "0.1.0-rc.1"), (Bump.MAJOR, "1.0.0"), (Bump.PATCH, "0.0.1")],
)
def test_what_was_never_released_begins_at_0_1_0(bump: Bump | None, version: str) -> None:
    """Whatever its commits say."""
    assert following([], BREAKING, SENTENCE, bump=bump) == version
    assert following(["nightly"], bump=bump) == version


@pytest.mark.parametrize(
    ("bump", "version"),
    [(Bump.MAJOR, "2.0.0"), (Bump.MINOR, "1.3.0"), (Bump.PATCH, "1.2.4"), (Bump.PRERELEASE, "1.3.0-rc.1")],
)
def test_a_person_has_the_last_word(bump: Bump, version: str) -> None:
    """Whatever the commits say; a pre-release is of the version that they ask for."""
    assert following(["v1.2.3"], FEAT, bump=bump) == version


@pytest.mark.parametrize(
    ("tags", "subjects", "bump", "version"),
    [
        (["v1.2.3", "v1.3.0-rc.1"], [FEAT], Bump.PRERELEASE, "1.3.0-rc.2"),
        (["v1.2.3", "v1.3.0-rc.9"], [CHORE], Bump.PRERELEASE, "1.3.0-rc.10"),
        (["v1.2.3", "v1.2.4-rc.1"], [FEAT, FIX], Bump.PRERELEASE, "1.3.0-rc.1"),
        (["v1.2.3", "v1.2.4-rc.1"], [FEAT, FIX], None, "1.3.0"),
        (["v1.2.3", "v1.3.0-rc.2"], [FEAT], None, "1.3.0"),
        (["v1.2.3", "v1.3.0-rc.2"], [], None, "1.3.0"),
        (["v1.2.3", "v2.0.0-rc.1"], [FIX], Bump.PRERELEASE, "2.0.0-rc.2"),
        (["v1.2.3", "v2.0.0-rc.1"], [FIX], Bump.MINOR, "2.0.0"),
        (["v1.2.3", "v1.3.0-rc.1"], [FIX], Bump.MAJOR, "2.0.0"),
        (["v1.3.0", "v1.3.0-rc.1"], [FIX], Bump.PRERELEASE, "1.3.1-rc.1"),
        (["v1.0.0-rc.1"], [CHORE], None, "1.0.0"),
        (["v1.2.3", "v1.3.0-rc"], [FEAT], Bump.PRERELEASE, "1.3.0-rc.1"),
    ],
)
def test_pre_releases_lead_to_their_release(
    tags: list[str], subjects: list[str], bump: Bump | None, version: str
) -> None:
    """They count on, rise with what commits ask for, and end in the release."""
    assert following(tags, *subjects, bump=bump) == version


def test_another_name_of_pre_releases_counts_for_itself() -> None:
    """An alpha is followed by a beta, and never the other way round."""
    assert str(next_version(["v1.0.0", "v1.1.0-alpha.3"], commits(FEAT), Bump.PRERELEASE, "beta")) == "1.1.0-beta.1"
    with pytest.raises(BumpError, match=r"1\.1\.0-alpha\.1 would go backwards.*contains 1\.1\.0-beta\.1"):
        next_version(["v1.0.0", "v1.1.0-beta.1"], commits(FEAT), Bump.PRERELEASE, "alpha")


@pytest.mark.parametrize("identifier", ["", "r c", "rc!", "ü", "rc..1"])
def test_a_name_that_no_version_can_hold_is_refused(identifier: str) -> None:
    """By what SemVer allows."""
    with pytest.raises(BumpError, match="a pre-release cannot be called"):
        next_version(["v1.0.0"], commits(FEAT), Bump.PRERELEASE, identifier)


@pytest.mark.parametrize("bump", [None, *Bump])
def test_without_a_commit_there_is_no_next_version(bump: Bump | None) -> None:
    """Whoever asks twice does not get two versions of the same."""
    with pytest.raises(BumpError, match=r"nothing has changed since 1\.2\.3; commit something first"):
        following(["v1.2.3"], bump=bump)


@pytest.mark.parametrize("bump", [None, Bump.PRERELEASE])
def test_commits_that_users_do_not_notice_make_no_version(bump: Bump | None) -> None:
    """The sentence says how many there are, and what a person can say."""
    with pytest.raises(BumpError, match=r"commits since 1\.2\.3: 2, and none is a feat.*; say which part"):
        following(["v1.2.3"], CHORE, SENTENCE, bump=bump)


def test_another_line_has_its_own_next_version() -> None:
    """On the branch of 1.2 the patch follows 1.2, although 1.3.0 is there elsewhere; what is taken is refused."""
    tags, here = ["v1.2.3", "v1.3.0"], ["v1.2.3"]
    assert str(next_version(tags, commits(FIX), reachable=here)) == "1.2.4"
    with pytest.raises(BumpError, match=r"1\.3\.0 exists already, and a version is never made twice"):
        next_version(tags, commits(FEAT), reachable=here)
    with pytest.raises(BumpError, match=r"1\.3\.0-rc\.1 would come before 1\.3\.0, which exists already"):
        next_version(tags, commits(FEAT), Bump.PRERELEASE, reachable=here)


def test_a_candidate_of_another_line_keeps_its_number() -> None:
    """Two branches never make the same tag."""
    found = next_version(["v1.0.0", "v1.1.0-rc.1"], commits(FEAT), Bump.PRERELEASE, reachable=["v1.0.0"])
    assert str(found) == "1.1.0-rc.2"


@pytest.mark.parametrize(
    ("version", "problem"),
    [
        ("1.3.0", "exists already"),
        ("1.2.9", "would go backwards: what is checked out contains 1.3.0"),
        ("1.3.0-rc.2", r"would come before 1\.3\.0"),
    ],
)
def test_a_version_that_a_person_names_is_looked_at_too(version: str, problem: str) -> None:
    """It neither exists nor goes backwards."""
    asked = Asked(version=semver.Version.parse(version))
    with pytest.raises(BumpError, match=problem):
        decided(asked, ["1.3.0"], ["1.3.0"], commits(FEAT))
    assert str(decided(Asked(version=semver.Version(4)), ["1.3.0"], ["1.3.0"], [])) == "4.0.0"


def test_a_release_is_compared_with_a_release_and_a_candidate_with_what_came_before() -> None:
    """Who reads of 1.3.0 comes from 1.2.3; who tries rc.2 has tried rc.1."""
    tags = ["v1.2.3", "v1.3.0-rc.1", "v1.3.0-rc.2", "v1.3.0", "2.0.0", "nightly"]
    assert before(tags, semver.Version.parse("1.3.0")) == "v1.2.3"
    assert before(tags, semver.Version.parse("1.3.0-rc.2")) == "v1.3.0-rc.1"
    assert before(tags, semver.Version.parse("1.2.0")) == ""
    assert (latest(tags), latest(["nightly", "v1.0.0-rc.1"])) == ("2.0.0", "")
    assert (tag_of(tags, semver.Version(2)), tag_of(tags, semver.Version(3))) == ("2.0.0", "")


@given(tag_lists, commit_lists, bumps)
def test_a_next_version_is_higher_than_all_that_it_follows(
    tags: list[str], found: list[Commit], bump: Bump | None
) -> None:
    """It never exists, it is never of a release that exists, and its name is a version."""
    try:
        version = next_version(tags, found, bump)
    except BumpError:
        assume(False)
    assert all(version > known for tag in tags if (known := parse_tag(tag)))
    assert bool(version.prerelease) == (bump is Bump.PRERELEASE)
    assert parse_tag(f"v{version}") == version
    check_version(version, tags)


@given(st.data(), tag_lists, commit_lists, bumps)
def test_the_order_of_tags_and_commits_does_not_matter(
    data: st.DataObject, tags: list[str], found: list[Commit], bump: Bump | None
) -> None:
    """The same tags and commits have the same next version, or the same sentence."""

    def answer(known: list[str], said: list[Commit]) -> str:
        try:
            return str(next_version(iter(known), said, bump))
        except BumpError as error:
            return str(error)

    shuffled = data.draw(st.permutations(tags)), data.draw(st.permutations(found))
    assert answer(tags, found) == answer(*shuffled)


@given(tag_lists, st.permutations(list(Bump)), commit_lists)
def test_versions_follow_each_other_for_ever(tags: list[str], asked: list[Bump], found: list[Commit]) -> None:
    """Whoever tags what was said can always go on, in any order of parts."""
    there = [tag for tag in tags if tag.isascii()]
    for bump in asked:
        made = next_version([*there, "v4.0.0"], [*found, *commits(FIX)], bump)
        there.append(f"v{made}")
    assert len({*there}) >= len(asked)


@given(tag_lists, commit_lists)
def test_a_candidate_leads_to_what_the_release_would_have_been(tags: list[str], found: list[Commit]) -> None:
    """Tried first or not, it is the same version in the end."""
    try:
        release, candidate = next_version(tags, found), next_version(tags, found, Bump.PRERELEASE)
    except BumpError:
        assume(False)
    assert candidate.finalize_version() == release
    assert next_version([*tags, f"v{candidate}"], found) == release
