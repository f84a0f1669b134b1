"""A release is made on GitHub: what is there afterwards, whatever was there before, and wherever it was stopped."""

import contextlib
from pathlib import Path

import pytest

from pipeline.policy.documents import digest_of
from pipeline.policy.releases import described
from pipeline.remote import releasing
from pipeline.remote.github import GitHubError
from pipeline.remote.standing import status
from pipeline.remote.wanted import File
from tests.http.gateway import (
    COMMIT,
    CONTENTS,
    NOTES,
    TAG,
    Gateway,
    client,
    draft,
    file,
    picture,
    run,
    stand,
    wanted,
    whole,
)
from tests.http.stopping import Stopped

pytestmark = pytest.mark.anyio


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
