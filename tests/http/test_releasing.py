"""A release is made on GitHub: what is there afterwards, whatever was there before, and wherever it was stopped."""

import contextlib
from pathlib import Path

import pytest

from pipeline.policy.documents import digest_of
from pipeline.policy.releases import described
from pipeline.rehearsal.github import Stand
from pipeline.rehearsal.state import Release
from pipeline.remote import releasing
from pipeline.remote.github import GitHubError
from pipeline.remote.standing import status
from pipeline.remote.wanted import File
from tests.http.gateway import COMMIT, CONTENTS, NOTES, TAG, Gateway, client, file, picture, run, stand, wanted, whole
from tests.http.stopping import Stopped

pytestmark = pytest.mark.anyio


def draft(found: Stand, tag: str = TAG, name: str = "") -> Release:
    """A draft that is there already."""
    state = found.state
    made = Release(id=state.next_id(), tag=tag, target="main", name=name, draft=True, created=state.now())
    state.releases[made.id] = made
    return made


async def test_a_release_is_published_with_every_asset() -> None:
    """The tag's ref, one release, its assets, and no trace of whose turn it was."""
    found = stand()
    done = await run(Gateway(found))
    assert picture(found) == {
        "releases": [(TAG, False, False, False, f"Shop {TAG}", described("", NOTES), COMMIT)],
        "assets": sorted(
            (name, "uploaded", digest_of(raw), "application/octet-stream") for name, raw in CONTENTS.items()
        ),
        "refs": {f"refs/tags/{TAG}": COMMIT},
        "latest": TAG,
        "unknown": [],
    }
    assert (done.latest, done.changed, done.release.tag) == (True, True, TAG)
    assert {one.name: one.digest for one in done.assets} == {name: digest_of(raw) for name, raw in CONTENTS.items()}


async def test_a_second_run_changes_nothing() -> None:
    """It looks at everything, and writes nothing to the release."""
    found = stand()
    await run(Gateway(found))
    before, gateway = picture(found), Gateway(found)
    done = await run(gateway)
    assert not done.changed
    assert picture(found) == before
    assert not [one for one in gateway.made if "/releases" in one and not one.startswith("GET")]


async def test_stopped_before_each_request_and_run_again_it_ends_the_same() -> None:
    """With nothing doubled, and without anybody's doing."""
    expected, count = await whole()
    assert count > 25
    for last in range(count):
        found = stand()
        with contextlib.suppress(Stopped):
            await run(Gateway(found, last=last))
        await run(Gateway(found))
        assert picture(found) == expected, last


async def test_stopped_where_lists_lag_and_run_again_it_ends_the_same() -> None:
    """A draft that is there and not seen is made once more, and one of both goes."""
    expected, count = await whole()
    for last in range(5, count, 2):
        found = stand()
        with contextlib.suppress(Stopped):
            await run(Gateway(found, last=last))
        lagging = Gateway(found, lag=2)
        lagging.forget()
        await run(lagging)
        assert picture(found) == expected, last


async def test_a_draft_is_reused_with_what_it_holds() -> None:
    """What is in order stays, what is half uploaded or of another build is replaced."""
    found = stand()
    with contextlib.suppress(Stopped):
        await run(Gateway(found, last=20))
    (held,) = found.state.releases
    kept, *_ = found.state.assets
    gateway = Gateway(found)
    await run(gateway, wanted(contents=CONTENTS | {"checksums.txt": b"other\n"}))
    assert (list(found.state.releases), kept in found.state.assets) == ([held], True)
    assert len([one for one in gateway.made if one.startswith("POST /uploads")]) == 1


async def test_of_several_drafts_the_oldest_is_used_and_empty_ones_go() -> None:
    """One that holds something, or is of another tag, stays."""
    found = stand()
    oldest, empty, other = draft(found), draft(found), draft(found, "v9.9.9")
    await run(Gateway(found))
    assert empty.id not in found.state.releases
    assert found.state.releases.keys() == {oldest.id, other.id}
    assert not oldest.draft


async def test_what_a_person_wrote_in_a_draft_stays() -> None:
    """Its title, and its words above the notes, however often it is run; a second draft with words is not deleted."""
    found = stand()
    written, second = draft(found, name="The big one"), draft(found)
    written.body, second.body = "Read this first.\r\n", "Or this."
    for last in (18, -1):
        with contextlib.suppress(Stopped):
            await run(Gateway(found, last=last))
    assert (written.name, written.draft) == ("The big one", False)
    assert written.body == described("Read this first.", NOTES)
    assert written.body.count(NOTES) == 1
    assert (second.draft, second.body) == (True, "Or this.")


async def test_a_draft_that_a_person_wrote_in_is_used_before_an_older_one() -> None:
    """What was written is what is published; the empty one goes."""
    found = stand()
    empty, written = draft(found), draft(found)
    written.body = "Read this first."
    await run(Gateway(found))
    assert (written.draft, written.body) == (False, described("Read this first.", NOTES))
    assert found.state.releases.keys() == {written.id} != {empty.id}


async def test_words_that_leave_no_room_for_the_notes_are_kept_and_said() -> None:
    """GitHub would refuse both with a number."""
    found = stand()
    written = draft(found)
    written.body = "x" * 124_990
    with pytest.raises(
        GitHubError, match=r"the draft of v1\.2\.3 has 124990 characters that a person wrote, .* shorten"
    ):
        await run(Gateway(found))
    assert (written.draft, written.body) == (True, "x" * 124_990)


async def test_a_draft_with_a_strange_asset_is_not_published() -> None:
    """Nobody here made it, so it is neither deleted nor released."""
    found = stand()
    held = draft(found)
    async with client(Gateway(found)) as github:
        there = await github.release(held.id)
        assert there
        await github.upload(there, file("own.txt", b"mine").asset, file("own.txt", b"mine").content)
    with pytest.raises(GitHubError, match=r"the assets of v1\.2\.3: the draft holds own\.txt, which is not of this"):
        await run(Gateway(found))
    assert held.draft
    assert "own.txt" in {one.name for one in found.state.assets.values()}


@pytest.mark.parametrize("immutable", [True, False])
async def test_a_published_release_is_never_changed(immutable: bool) -> None:
    """Whatever differs is said with both digests."""
    found = stand(immutable=immutable)
    await run(Gateway(found))
    before = picture(found)
    with pytest.raises(GitHubError) as failed:
        await run(Gateway(found), wanted(contents=CONTENTS | {"checksums.txt": b"other\n"}))
    said = str(failed.value)
    assert digest_of(CONTENTS["checksums.txt"]) in said
    assert digest_of(b"other\n") in said
    assert said.endswith("release what was built under another version")
    assert ("holds it immutable" in said) == immutable
    assert picture(found)["releases"] == before["releases"]
    assert picture(found)["assets"] == before["assets"]


async def test_an_immutable_release_ends_the_same_wherever_it_was_stopped() -> None:
    """Everything is there before it is published."""
    for last in range(20, 31):
        found = stand(immutable=True)
        with contextlib.suppress(Stopped):
            await run(Gateway(found, last=last))
        await run(Gateway(found))
        assert [(one.draft, one.immutable) for one in found.state.releases.values()] == [(False, True)]


async def test_a_patch_of_an_older_version_does_not_become_the_latest() -> None:
    """Nor does a pre-release; a higher release does."""
    found = stand()
    for tag, latest in (("v1.3.0", "v1.3.0"), ("v1.2.4", "v1.3.0"), ("v1.4.0-rc.1", "v1.3.0"), ("v1.10.0", "v1.10.0")):
        found.state.tag(tag, COMMIT)
        done = await run(Gateway(found), wanted(tag))
        newest = found.state.newest()
        assert newest
        assert newest.tag == latest
        assert done.latest == (tag == latest)
        assert done.release.prerelease == ("rc" in tag)


@pytest.mark.parametrize("annotated", [True, False])
async def test_the_tag_has_to_be_at_the_commit(annotated: bool) -> None:
    """Else another source would be released than was built; nothing is written."""
    found = stand()
    found.state.tag(TAG, "d" * 40, annotated=annotated)
    with pytest.raises(GitHubError, match=rf"v1\.2\.3 of acme/shop is at {'d' * 40}, and {COMMIT} is to be released"):
        await run(Gateway(found))
    with pytest.raises(GitHubError, match=r"v9\.9\.9 of acme/shop is not there, .*; push the tag first"):
        await run(Gateway(found), wanted("v9.9.9"))
    assert (found.state.releases, len(found.state.refs)) == ({}, 1)


async def test_assets_without_a_digest_are_read() -> None:
    """An older GitHub Enterprise Server does not say it."""
    found = stand(digests=False)
    await run(Gateway(found))
    gateway = Gateway(found)
    assert not (await run(gateway)).changed
    assert [one for one in gateway.made if one.startswith("GET /blobs/")]
    with pytest.raises(GitHubError, match=digest_of(b"other\n")):
        await run(Gateway(found), wanted(contents=CONTENTS | {"checksums.txt": b"other\n"}))


async def test_other_steps_may_stand_between() -> None:
    """A release is prepared, other things are done, and it is published only then."""
    found, own = stand(), wanted()
    async with client(Gateway(found)) as github:
        async with releasing.begin(github, own) as turn:
            prepared = await releasing.prepare(github, own, turn)
            assert prepared.release.draft
            assert [step.action.value for step in prepared.steps] == ["upload", "upload"]
            standing = await status(github, TAG, own.assets)
            assert standing.release
            assert (standing.commit, standing.release.draft, standing.differences) == (COMMIT, True, [])
            assert standing.holder.startswith("a person (2026-")
            await releasing.publish(github, own, turn, prepared)
            await turn.hold()
        assert (await status(github, TAG)).holder == ""


async def test_what_stands_is_said_and_nothing_is_written() -> None:
    """Before, half-way, and after."""
    found, own = stand(), wanted()
    async with client(Gateway(found)) as github:
        before = await status(github, TAG, own.assets)
        assert (before.commit, before.release, before.differences) == (
            COMMIT,
            None,
            [f"{one} is missing" for one in CONTENTS],
        )
        with contextlib.suppress(Stopped):
            await run(Gateway(found, last=18))
        draft(found)
        gateway = Gateway(found)
        async with client(gateway) as again:
            half = await status(again, TAG, own.assets)
        assert half.differences == ["checksums.txt is missing"]
        assert len(half.superfluous) == 1
        assert {one.split()[0] for one in gateway.made} == {"GET"}
        assert (await status(github, "v7.0.0")).commit == ""


async def test_a_file_of_this_machine_is_sent_as_it_is(tmp_path: Path) -> None:
    """Its digest is read from it, and it is streamed."""
    path = tmp_path / "shop.bin"
    path.write_bytes(bytes(range(256)) * 4096)
    own = await File.of(path, name="shop", media_type="application/x-thing")
    assert own.asset.digest == digest_of(path.read_bytes())
    found = stand()
    await run(Gateway(found), wanted(files=[own]))
    (asset,) = found.state.assets.values()
    assert (asset.name, asset.media_type, asset.content) == ("shop", "application/x-thing", path.read_bytes())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tag": "latest"}, "the tag latest is no version"),
        ({"contents": {"a b": b"1"}}, "would get another name"),
        ({"contents": {".env": b"1"}}, "would get another name"),
        ({"contents": {"empty": b""}}, "has 0 bytes"),
        ({"files": [file("a", b"1"), file("a", b"2")]}, "two assets are called a"),
    ],
)
def test_what_no_release_can_be_is_refused_before_anything_is_asked(changes: dict[str, object], said: str) -> None:
    """GitHub would change it, or lose one of two."""
    with pytest.raises(ValueError, match=said):
        wanted(**changes)  # type: ignore[arg-type]
