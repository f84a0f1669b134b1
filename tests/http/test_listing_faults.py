"""Lists of tags, and headers of manifests, from servers that break and lie."""

import json

import pytest

from pipeline.policy.documents import MANIFEST
from pipeline.remote.registry import Registry, RegistryError
from tests.http.conftest import Clock
from tests.http.servers import Reply, Server
from tests.http.writing import BLOB, IMAGE, TAGGED

pytestmark = pytest.mark.anyio

LIST = "/v2/shop/tags/list"


def page(tags: list[str] | None, link: str = "") -> Reply:
    """A page of tags."""
    headers = {"Link": f'<{link}>; rel="next"'} if link else {}
    return Reply(json.dumps({"name": "shop", "tags": tags}).encode(), headers=headers)


async def tags(server: Server, clock: Clock) -> list[str]:
    """The tags of the repository."""
    async with Registry(server.name, retries=clock.retries()) as registry:
        return await registry.tags(f"{server.name}/shop")


async def test_tags_are_read_page_by_page(server: Server, clock: Clock) -> None:
    """Where the next one is may be relative or absolute; a page that breaks is asked for again."""
    server.answer(LIST, page(["1", "2"], f"{LIST}?last=2"))
    server.answer(f"{LIST}?last=2", Reply(status=500), page(["3"], f"http://{server.name}{LIST}?last=3"))
    server.answer(f"{LIST}?last=3", page(["4"], "?last=4"))
    server.answer(f"{LIST}?last=4", page(None))
    assert await tags(server, clock) == ["1", "2", "3", "4"]


@pytest.mark.parametrize("link", ["http://localhost:{port}/next", "https://example.com/next"])
async def test_tags_of_another_host_are_not_read(server: Server, clock: Clock, link: str) -> None:
    """It is not the registry that was asked."""
    server.answer(LIST, page(["1"], link.format(port=server.port)))
    with pytest.raises(RegistryError, match=r"the next page would be at .*, which is not followed"):
        await tags(server, clock)
    assert len(server.requests) == 1


async def test_tags_without_an_end_are_given_up(server: Server, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A circle of pages, for example."""
    monkeypatch.setattr("pipeline.remote.reading._PAGES", 20)
    server.answer(LIST, page(["1"], LIST))
    with pytest.raises(RegistryError, match="there are more than 20 pages of them; prune"):
        await tags(server, clock)
    assert len(server.requests) == 20


async def test_a_page_that_vanishes_is_no_end(server: Server, clock: Clock) -> None:
    """Half a list is none, and nobody is told that there is no such repository."""
    server.answer(LIST, page(["1"], f"{LIST}?last=1"))
    with pytest.raises(RegistryError, match=r"the tags of .* answered 404"):
        await tags(server, clock)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"tags": "1"}', b'{"tags": [1]}', b"null"])
async def test_what_is_no_list_of_tags_is_refused(server: Server, clock: Clock, body: bytes) -> None:
    """A page that greets people, for example."""
    server.answer(LIST, Reply(body))
    with pytest.raises(RegistryError, match="what came is no list of tags"):
        await tags(server, clock)


@pytest.mark.parametrize("left_out", ["Docker-Content-Digest", "Content-Type"])
async def test_a_manifest_is_read_where_its_headers_say_too_little(server: Server, clock: Clock, left_out: str) -> None:
    """It may be measured, then."""
    headers = {"Docker-Content-Digest": IMAGE.digest, "Content-Type": MANIFEST, "Content-Length": "99"}
    server.answer(f"HEAD {TAGGED}", Reply(headers={name: text for name, text in headers.items() if name != left_out}))
    server.answer(f"GET {TAGGED}", Reply(IMAGE.raw, headers={"Content-Type": MANIFEST}))
    async with Registry(server.name, retries=clock.retries()) as registry:
        assert await registry.head(f"{server.name}/shop:1") == IMAGE.described()


async def test_a_manifest_whose_headers_have_another_digest_is_refused(server: Server, clock: Clock) -> None:
    """It is not the one that was asked for."""
    headers = {"Docker-Content-Digest": BLOB, "Content-Type": MANIFEST, "Content-Length": "99"}
    server.answer(f"/v2/shop/manifests/{IMAGE.digest}", Reply(headers=headers))
    async with Registry(server.name, retries=clock.retries()) as registry:
        with pytest.raises(RegistryError, match=f"it has the digest {BLOB}; do not use it"):
            await registry.head(f"{server.name}/shop@{IMAGE.digest}")
