"""The client of GitHub's API: what it asks, where the token goes, and what it makes of the answers."""

import json
import threading
from collections.abc import Iterator

import pytest

from pipeline.policy.documents import digest_of
from pipeline.policy.releases import Asset
from pipeline.rehearsal.github import Stand, serve
from pipeline.rehearsal.state import Release as Held
from pipeline.remote.github import GitHub, GitHubError
from pipeline.remote.releasing import release
from tests.http.conftest import Clock
from tests.http.debian import plain_client
from tests.http.gateway import (
    COMMIT,
    CONTENTS,
    NOTES,
    REPOSITORY,
    TAG,
    TOKEN,
    Fault,
    Gateway,
    client,
    file,
    picture,
    stand,
    started,
    wanted,
)
from tests.http.servers import Reply, Server

pytestmark = pytest.mark.anyio


@pytest.fixture
def served() -> Iterator[tuple[Stand, str]]:
    """A stand-in that is a server, and where."""
    found = stand()
    server = serve(found, 0, "127.0.0.1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def many(found: Stand, count: int) -> None:
    """So many releases, every third one a draft."""
    state = found.state
    for number in range(count):
        made = Held(id=state.next_id(), tag=f"v0.{number}.0", target="main", draft=number % 3 == 0, created=state.now())
        state.releases[made.id] = made


async def read(github: GitHub, asset: Asset) -> bytes:
    """All that a download gives."""
    return b"".join([chunk async for chunk in github.download(asset)])


async def test_a_release_is_made_over_a_real_network(served: tuple[Stand, str]) -> None:
    """Requests, streams and redirects as they are; the page shows what was made, as text."""
    found, base = served
    async with GitHub(REPOSITORY, token=TOKEN, base=base) as github:
        done = await release(github, wanted())
        assert found.unknown == []
        assert [one.digest for one in done.assets] == [digest_of(raw) for raw in CONTENTS.values()]
        assert [await github.digest(one) for one in done.assets] == [one.digest for one in done.assets]
    with plain_client(base) as anybody:
        page = anybody.get(done.release.page).text
        assert "&lt;b&gt;all&lt;/b&gt; of it" in page
        assert all(digest_of(raw) in page for raw in CONTENTS.values())
        for name, raw in CONTENTS.items():
            assert anybody.get(f"/{REPOSITORY}/releases/download/{TAG}/{name}").content == raw
        assert anybody.get(f"/{REPOSITORY}/releases/tag/v9.9.9").status_code == 404


async def test_the_stand_in_runs_from_its_file() -> None:
    """As a service of an engine does."""
    with started() as base:
        async with GitHub(REPOSITORY, token=TOKEN, base=base) as github:
            assert await github.commit_of(TAG) == COMMIT
            assert (await release(github, wanted())).latest


@pytest.mark.parametrize("came", [0, 10])
async def test_a_download_that_is_cut_off_is_not_taken(came: int) -> None:
    """Its end is where it is checked."""
    gateway = Gateway(stand())
    async with client(gateway) as github:
        (asset, *_) = (await release(github, wanted())).assets
        gateway.faults.append(Fault("GET /blobs/", came=came))
        with pytest.raises(GitHubError, match=f"{came} bytes came and not {asset.size}; do not use it"):
            await read(github, asset)
        bent = Asset(id=asset.id, name=asset.name, size=asset.size, digest=digest_of(b""))
        with pytest.raises(GitHubError, match=f"what came has {asset.digest} and not {bent.digest}; do not use it"):
            await read(github, bent)


@pytest.mark.parametrize("size", [3, 5])
async def test_a_file_of_another_size_than_was_said_is_not_uploaded(size: int) -> None:
    """It changed since it was measured."""
    found = stand()
    async with client(Gateway(found)) as github:
        draft = await github.create(wanted().draft)
        with pytest.raises(GitHubError, match=f"it was said to have {size} bytes, and has"):
            await github.upload(draft, Asset(name="a", size=size), file("a", b"1234").content)
    assert found.state.assets == {}


@pytest.mark.parametrize("count", [0, 1, 100, 101, 250])
async def test_all_pages_are_read(count: int) -> None:
    """As the Link header says, drafts too; who has no token sees none of these."""
    found = stand()
    many(found, count)
    gateway = Gateway(found)
    async with client(gateway) as github:
        assert [one.tag for one in await github.releases()] == [f"v0.{n}.0" for n in reversed(range(count))]
    assert len(gateway.made) == max(1, -(-count // 100))
    async with client(Gateway(found), token="") as anybody:
        assert not [one for one in await anybody.releases() if one.draft]


async def test_a_draft_is_not_found_by_its_tag() -> None:
    """Only in the list, and by its number."""
    async with client(Gateway(stand())) as github:
        draft = await github.create(wanted().draft)
        assert await github.tagged(TAG) is None
        assert await github.latest() is None
        assert (await github.release(draft.id), [one.id for one in await github.releases()]) == (draft, [draft.id])
        published = await github.publish(draft, "true")
        assert await github.tagged(TAG) == published
        assert await github.latest() == published


@pytest.mark.parametrize("annotated", [0, 1, 2])
async def test_a_tag_leads_to_its_commit(annotated: int) -> None:
    """Through as many annotated tags as there are."""
    found = stand()
    sha = COMMIT
    for _ in range(annotated):
        sha = found.state.tag("v2.0.0", sha, annotated=True)
    if not annotated:
        found.state.tag("v2.0.0", sha)
    async with client(Gateway(found)) as github:
        assert await github.commit_of("v2.0.0") == COMMIT
        assert await github.commit_of("v3.0.0") == ""
        found.state.refs["refs/tags/v3.0.0"] = found.state.put("tree", {})
        with pytest.raises(GitHubError, match=r"the tag v3\.0\.0 of acme/shop leads to no commit"):
            await github.commit_of("v3.0.0")


async def test_of_two_that_move_a_ref_one_succeeds() -> None:
    """Git moves it forward only, and makes it once."""
    found = stand()
    first, second = found.state.commit("a"), found.state.commit("b")
    async with client(Gateway(found)) as github:
        await github.create_ref("pipeline/x", first)
        with pytest.raises(GitHubError, match="Reference already exists"):
            await github.create_ref("pipeline/x", second)
        with pytest.raises(GitHubError, match="not a fast forward") as failed:
            await github.advance_ref("pipeline/x", second)
        assert failed.value.refused
        await github.advance_ref("pipeline/x", found.state.commit("c", [first]))
        await github.delete_ref("pipeline/x")
        await github.delete_ref("pipeline/x")
        assert await github.ref("pipeline/x") == ""


@pytest.mark.parametrize("immutable", [True, False])
async def test_an_immutable_release_says_so_and_takes_nothing(immutable: bool) -> None:
    """Neither another asset nor one less; its tag is never given again."""
    found = stand(immutable=immutable)
    async with client(Gateway(found)) as github:
        done = await release(github, wanted())
        assert done.release.immutable == immutable
        assert [one.immutable for one in await github.releases()] == [immutable]
        if immutable:
            with pytest.raises(GitHubError, match="Cannot upload assets to an immutable release"):
                await github.upload(done.release, file("more", b"1").asset, file("more", b"1").content)
            with pytest.raises(GitHubError, match="Cannot delete asset from an immutable release"):
                await github.delete(done.assets[0])
            await github.discard(done.release)
            draft = await github.create(wanted().draft)
            with pytest.raises(GitHubError, match="tag_name was used by an immutable release"):
                await github.publish(draft, "true")


async def test_an_error_has_what_github_says_fit_for_a_line() -> None:
    """Its message, and of each failed validation the field and the code."""
    async with client(Gateway(stand())) as github:
        draft = await github.create(wanted().draft)
        one = file("a", b"1")
        await github.upload(draft, one.asset, one.content)
        with pytest.raises(GitHubError) as failed:
            await github.upload(draft, one.asset, one.content)
    assert str(failed.value) == (
        "to take the asset a of v1.2.3 was asked of GitHub (acme/shop at api.example.com): it answered "
        "422 Unprocessable Entity (Validation Failed; ReleaseAsset name already_exists); it does not take what was sent"
    )
    assert (failed.value.codes, failed.value.refused) == (("already_exists",), True)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>", "what came is no JSON"),
        (b"{}", "what came is no list"),
        (b"[1]", "what came is no release"),
        (
            b'[{"id": 1, "tag_name": "v1", "draft": true, "prerelease": true, "upload_url": "", "assets": [{}]}]',
            "no asset",
        ),
    ],
)
async def test_what_is_no_answer_of_github_is_refused(server: Server, clock: Clock, body: bytes, said: str) -> None:
    """A page that greets people, for example."""
    server.answer("/repos/acme/shop/releases?per_page=100", Reply(body))
    async with GitHub(REPOSITORY, base=f"http://{server.name}", retries=clock.retries()) as github:
        with pytest.raises(GitHubError, match=said):
            await github.releases()
    assert clock.pauses == []


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"message": 1, "errors": "no"}', b'{"errors": [1]}', b"\xff"])
async def test_an_error_without_words_is_one_all_the_same(server: Server, clock: Clock, body: bytes) -> None:
    """The status says enough."""
    server.answer("/repos/acme/shop/git/ref/tags/v1", Reply(body, 418))
    async with GitHub(REPOSITORY, base=f"http://{server.name}", retries=clock.retries()) as github:
        with pytest.raises(GitHubError, match=r"answered 418 .*; check that the API of GitHub answers there"):
            await github.commit_of("v1")


async def test_an_upload_whose_connection_breaks_begins_again(server: Server, clock: Clock) -> None:
    """From the first byte, when what is left of it is gone."""
    raw = json.dumps({"id": 7, "name": "a", "size": 4, "state": "uploaded", "digest": None}).encode()
    server.answer("/up?name=a", Reply(stop=10), Reply(raw, 201))
    half = json.dumps([{"id": 5, "name": "a", "size": 0, "state": "starter"}]).encode()
    server.answer("/repos/acme/shop/releases/1/assets?per_page=100", Reply(half))
    server.answer("DELETE /repos/acme/shop/releases/assets/5", Reply(status=204))
    draft = wanted().draft
    there = type(draft)(id=1, tag=TAG, draft=True, upload_url=f"http://{server.name}/up{{?name,label}}")
    content = b"1234" * 100_000
    async with GitHub(REPOSITORY, token=TOKEN, base=f"http://{server.name}", retries=clock.retries()) as github:
        assert (await github.upload(there, file("a", content).asset, file("a", content).content)).id == 7
    assert [one.method for one in server.requests][-3:] == ["GET", "DELETE", "POST"]
    assert server.requests[-1].body == content
    assert server.requests[-1].headers["content-length"] == str(len(content))


async def test_an_unknown_request_is_an_error_of_the_stand_in() -> None:
    """What a client asks for beyond what is documented here does not pass for done."""
    found = stand()
    headers = {"authorization": f"Bearer {TOKEN}"}
    status, _, _ = found.handle("GET", "/repos/acme/shop/issues", {}, headers, b"")
    assert (status, found.unknown) == (501, ["GET /repos/acme/shop/issues"])
    assert found.handle("GET", "/repos/acme/other/releases", {}, headers, b"")[0] == 404
    assert found.handle("POST", "/repos/acme/shop/releases", {}, {}, b"{}")[0] == 401
    assert found.handle("POST", "/repos/acme/shop/releases", {}, headers, b"no")[0] == 400
    assert picture(found)["releases"] == []
    assert NOTES not in str(picture(found))
