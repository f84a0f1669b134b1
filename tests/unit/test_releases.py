"""What a release needs, of what is there already."""

import pytest
import semver
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.documents import digest_of
from pipeline.policy.releases import (
    Action,
    Asset,
    Release,
    check,
    choose,
    decide,
    described,
    differences,
    latest,
    same_text,
    unread,
    words,
)
from pipeline.policy.versions import parse_tag

small = st.integers(0, 3)
versions = st.builds(
    lambda major, minor, patch, rc: str(semver.Version(major, minor, patch, f"rc.{rc}" if rc else None)),
    small,
    small,
    small,
    st.sampled_from([0, 0, 1, 2]),
)
names = st.sampled_from(["a.tar.gz", "b.tar.gz", "c.txt"])
contents = st.binary(min_size=1, max_size=3)
files = st.dictionaries(names, contents, max_size=3)
states = st.sampled_from(["uploaded", "uploaded", "starter", "new"])


def asset(name: str, raw: bytes, state: str = "uploaded", number: int = 0) -> Asset:
    """An asset of these bytes."""
    return Asset(name=name, size=len(raw), digest=digest_of(raw) if state == "uploaded" else "", state=state, id=number)


def assets(of: dict[str, bytes]) -> list[Asset]:
    """Assets of these files."""
    return [asset(name, raw) for name, raw in of.items()]


def version(text: str) -> semver.Version:
    """The version of a text."""
    found = parse_tag(text)
    assert found
    return found


@given(versions, st.lists(versions, max_size=5))
def test_the_latest_is_the_highest_release_and_no_other(own: str, others: list[str]) -> None:
    """Pre-releases neither are it nor keep another one from it; the order of the others does not matter."""
    said = latest(version(own), [f"v{one}" for one in others])
    releases = [version(one) for one in others if not version(one).prerelease]
    highest = all(version(own).compare(one) >= 0 for one in releases)
    assert said == ("true" if highest and not version(own).prerelease else "false")
    assert said == latest(version(own), [f"v{one}" for one in reversed(others)])


@given(st.lists(versions, min_size=1, max_size=6, unique=True))
def test_in_whatever_order_they_come_the_highest_release_ends_as_the_latest(order: list[str]) -> None:
    """The last one that said `true` is the highest."""
    published: list[str] = []
    newest = ""
    for one in order:
        if latest(version(one), published) == "true":
            newest = one
        published.append(one)
    releases = [version(one) for one in order if not version(one).prerelease]
    assert newest == (str(max(releases)) if releases else "")


def test_tags_that_are_no_versions_do_not_count() -> None:
    """A release `nightly` is published, for example."""
    assert latest(version("1.2.3"), ["nightly", "v1.2", "latest"]) == "true"
    assert latest(version("1.9.0"), ["v1.10.0"]) == "false"


@given(files, files, st.dictionaries(names, states))
def test_what_is_decided_makes_the_draft_what_it_has_to_be(
    wanted: dict[str, bytes], held: dict[str, bytes], said: dict[str, str]
) -> None:
    """Carried out once, nothing is left to do; what is in order is not touched."""
    found = [asset(name, raw, said.get(name, "uploaded"), place) for place, (name, raw) in enumerate(held.items())]
    if any(one.whole and one.name not in wanted for one in found):
        with pytest.raises(ValueError, match="which is not of this release"):
            decide(assets(wanted), found)
        return
    there = {one.name: one for one in found}
    for step in decide(assets(wanted), found):
        if step.found and step.action is not Action.KEEP:
            assert there.pop(step.found.name) == step.found
        if step.wanted and step.action is not Action.KEEP:
            assert step.wanted.name not in there
            there[step.wanted.name] = step.wanted
        if step.action is Action.KEEP:
            assert step.found
            assert (step.found.state, step.found.digest) == ("uploaded", digest_of(wanted[step.found.name]))
    assert differences(assets(wanted), list(there.values())) == []
    assert {step.action for step in decide(assets(wanted), list(there.values()))} <= {Action.KEEP}


@given(files, files, st.dictionaries(names, states))
def test_there_is_a_difference_exactly_where_something_is_to_be_done(
    wanted: dict[str, bytes], held: dict[str, bytes], said: dict[str, str]
) -> None:
    """What is verified is what was decided on."""
    found = [asset(name, raw, said.get(name, "uploaded")) for name, raw in held.items() if name in wanted]
    steps = [step for step in decide(assets(wanted), found) if step.action is not Action.KEEP]
    assert len(differences(assets(wanted), found)) == len(steps)


def test_each_kind_of_step() -> None:
    """One of each, in the order in which it is done."""
    wanted = assets({"new": b"1", "same": b"2", "other": b"3", "half": b"4"})
    found = [asset("same", b"2"), asset("other", b"x"), asset("half", b"", "starter"), asset("left", b"", "starter")]
    steps = decide(wanted, found)
    assert [(step.action.value, (step.wanted or step.found or wanted[0]).name) for step in steps] == [
        ("upload", "new"),
        ("keep", "same"),
        ("replace", "other"),
        ("replace", "half"),
        ("delete", "left"),
    ]


def test_a_difference_lists_both_digests() -> None:
    """So that a person can tell which one is where."""
    said = differences(assets({"a": b"1", "b": b"1"}), [asset("a", b"2"), asset("b", b"", "starter"), asset("c", b"3")])
    assert said == [
        f"a has {digest_of(b'2')} of 1 bytes, and {digest_of(b'1')} of 1 bytes was built",
        "b is only half uploaded",
        "c is there, and is not of this release",
    ]
    assert differences(assets({"a": b"1"}), []) == ["a is missing"]


def test_what_nobody_says_the_digest_of_is_read() -> None:
    """Of what is whole and wanted; until then it is not in order."""
    silent = Asset(name="a", size=1)
    assert unread(assets({"a": b"1", "b": b"2"}), [silent, asset("b", b"2"), Asset(name="c", size=1)]) == [silent]
    assert decide(assets({"a": b"1"}), [silent])[0].action is Action.REPLACE
    assert "a digest that nobody says" in differences(assets({"a": b"1"}), [silent])[0]


releases = st.builds(
    Release,
    id=st.integers(1, 50),
    tag=st.sampled_from(["v1", "v2"]),
    draft=st.booleans(),
    assets=st.sampled_from([(), (asset("a", b"1"),)]),
    body=st.sampled_from(["", described("", "- New"), described("Mine", "- New"), "Mine"]),
)


@given(st.lists(releases, max_size=6, unique_by=lambda one: one.id), st.randoms())
def test_the_published_release_else_the_oldest_draft_is_used(all_of_them: list[Release], chance: object) -> None:
    """In whatever order they are listed; one that a person wrote in comes first.

    Only empty drafts of the same tag go, and none with a person's words.
    """
    found = choose(all_of_them, "v1")
    chance.shuffle(all_of_them)  # type: ignore[attr-defined]
    assert choose(all_of_them, "v1") == found
    drafts = [one.id for one in sorted(all_of_them, key=lambda one: ("Mine" not in one.body, one.id)) if one.draft]
    drafts = [number for number in drafts if any((one.id, one.tag) == (number, "v1") for one in all_of_them)]
    assert bool(found.published) == any(one.tag == "v1" and not one.draft for one in all_of_them)
    assert (found.draft.id if found.draft else None) == (drafts[0] if drafts and not found.published else None)
    for spare in found.superfluous:
        assert (spare.tag, spare.draft, list(spare.assets)) == ("v1", True, [])
        assert "Mine" not in spare.body
        assert spare not in {found.draft, found.published}


@given(st.text(), st.text(), st.text())
def test_what_a_person_wrote_stays_however_often_notes_are_written(mine: str, old: str, new: str) -> None:
    """And of the notes only the new ones are there."""
    assert described(described(mine, old), new) == described(mine, new)
    assert words(described(mine, new)) == words(mine)


@pytest.mark.parametrize("name", ["a", "neuronip-api_1.2.3_linux_amd64.tar.gz", "checksums.txt", "a.intoto.jsonl"])
def test_a_name_that_stays_as_it_is_is_taken(name: str) -> None:
    """Letters, digits, and what stands between them."""
    check([asset(name, b"1")])


@pytest.mark.parametrize("name", ["", ".env", "a.", "a b", "a/b", "é", "a" * 256, "a+b", "a\n"])
def test_a_name_that_would_be_changed_is_refused(name: str) -> None:
    """Under another name it would not be found again."""
    with pytest.raises(ValueError, match="would get another name"):
        check([asset(name, b"1")])


def test_files_that_could_not_be_told_apart_or_are_none_are_refused() -> None:
    """Two of a name, an empty one, and one that nobody measured."""
    with pytest.raises(ValueError, match="two assets are called a"):
        check([asset("a", b"1"), asset("a", b"2")])
    for broken in (Asset(name="a", size=0, digest=digest_of(b"")), Asset(name="a", size=1, digest="sha256:1")):
        with pytest.raises(ValueError, match="no file"):
            check([broken])


@pytest.mark.parametrize(("one", "other", "same"), [("a\r\nb\n", "a\nb", True), ("a\n\nb", "a\nb", False)])
def test_texts_are_the_same_but_for_line_ends(one: str, other: str, same: bool) -> None:
    """What a service may do to them is no difference."""
    assert same_text(one, other) == same
