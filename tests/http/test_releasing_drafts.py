"""Drafts that are there before a release: which one is used, which ones go, and what people did in them stays."""

import contextlib
from collections.abc import Awaitable, Callable

import pytest

from pipeline.policy.releases import described
from pipeline.rehearsal.github import Stand
from pipeline.rehearsal.state import Release
from pipeline.remote.github import GitHubError
from tests.http.gateway import CONTENTS, NOTES, Gateway, client, draft, file, run, stand, wanted
from tests.http.stopping import Stopped

pytestmark = pytest.mark.anyio


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


async def write(_: Stand, spare: Release) -> None:
    """A person writes in a draft."""
    spare.body = "Wait for me."


async def publish(found: Stand, spare: Release) -> None:
    """A person publishes a draft."""
    found.state.publish(spare, "false")


async def upload(found: Stand, spare: Release) -> None:
    """A person uploads a file to a draft."""
    async with client(Gateway(found)) as github:
        there = await github.release(spare.id)
        assert there
        await github.upload(there, file("own.txt", b"mine").asset, file("own.txt", b"mine").content)


@pytest.mark.parametrize("use", [write, publish, upload])
async def test_an_empty_draft_that_is_used_after_it_was_found_is_kept(
    use: Callable[[Stand, Release], Awaitable[None]],
) -> None:
    """It is looked at once more right before it would be deleted."""
    found = stand()
    draft(found)
    spare, gateway = draft(found), Gateway(found)
    used: list[Release] = []

    async def meanwhile(number: int) -> None:
        # Drafts are found by the list, then the published release by its tag.
        if not used and number and gateway.made[number - 1].startswith("GET /repos/acme/shop/releases/tags/"):
            used.append(spare)
            await use(found, spare)

    gateway.before = meanwhile
    with contextlib.suppress(GitHubError):
        await run(gateway)
    assert used == [spare]
    assert found.state.releases.get(spare.id) is spare
