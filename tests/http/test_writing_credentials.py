"""What a token is asked for when something is written, and who gets it."""

import json
import logging
from collections.abc import AsyncIterator

import pytest

from pipeline.policy.documents import MANIFEST, Document
from pipeline.remote.registry import Registry, RegistryError
from tests.http import debian
from tests.http.conftest import Clock
from tests.http.debian import LAYER, PASSWORD, USER, digest
from tests.http.servers import Reply, Server, problem

pytestmark = pytest.mark.anyio

IMAGE = Document(MANIFEST, debian.MANIFEST)
TAGGED = "/v2/shop/manifests/1"
BEGIN = "/v2/shop/blobs/uploads/"
BLOB = digest(LAYER)
ESCAPED = BLOB.replace(":", "%3A")
GOOD = Reply(IMAGE.raw, headers={"Content-Type": MANIFEST})
TAKEN = Reply(status=201)


def client(server: Server, clock: Clock, actions: str = "pull") -> Registry:
    """A client with credentials."""
    return Registry(server.name, user=USER, password=PASSWORD, actions=actions, retries=clock.retries())


def challenge(server: Server) -> Reply:
    """The answer that wants a token."""
    return Reply(status=401, headers={"WWW-Authenticate": f'Bearer realm="http://{server.name}/token"'})


def grant(server: Server, *scopes: str) -> None:
    """Let the token server give a token for these scopes, by the last action that it allows."""
    query = "&".join(f"scope=repository%3A{scope.replace(':', '%3A').replace(',', '%2C')}" for scope in scopes)
    token = scopes[-1].rpartition(",")[2].rpartition(":")[2]
    server.answer(f"/token?{query}", Reply(json.dumps({"token": token}).encode()))


def sent(server: Server, target: str) -> list[str | None]:
    """The Authorization headers that went there."""
    return [request.headers.get("authorization") for request in server.asked(target)]


async def content() -> AsyncIterator[bytes]:
    """The layer."""
    yield LAYER


async def test_who_reads_and_then_writes_asks_for_more(server: Server, clock: Clock) -> None:
    """The token to read is not used to write; that to write serves the next write."""
    server.answer(f"GET {TAGGED}", challenge(server), GOOD)
    server.answer(f"PUT {TAGGED}", challenge(server), TAKEN)
    grant(server, "shop:pull")
    grant(server, "shop:pull,push")
    async with client(server, clock) as registry:
        await registry.manifest(f"{server.name}/shop:1")
        for _ in range(2):
            await registry.put(f"{server.name}/shop:1", IMAGE)
        await registry.manifest(f"{server.name}/shop:1")
    assert sent(server, f"GET {TAGGED}") == [None, "Bearer pull", "Bearer pull"]
    assert sent(server, f"PUT {TAGGED}") == [None, "Bearer push", "Bearer push"]


@pytest.mark.parametrize("actions", ["pull", "pull,push"])
async def test_a_token_to_write_serves_to_read(server: Server, clock: Clock, actions: str) -> None:
    """Whoever is going to write may ask for it at once."""
    server.answer(f"PUT {TAGGED}", challenge(server), TAKEN)
    server.answer(f"GET {TAGGED}", GOOD)
    grant(server, "shop:pull,push")
    async with client(server, clock, actions) as registry:
        await registry.put(f"{server.name}/shop:1", IMAGE)
        await registry.manifest(f"{server.name}/shop:1")
    assert sent(server, f"GET {TAGGED}") == ["Bearer push"]


async def test_who_deletes_asks_for_that(server: Server, clock: Clock) -> None:
    """Nobody else does."""
    server.answer(f"DELETE {TAGGED}", challenge(server), Reply(status=202))
    grant(server, "shop:pull,push,delete")
    async with client(server, clock) as registry:
        assert await registry.delete(f"{server.name}/shop:1")
    assert sent(server, f"DELETE {TAGGED}") == [None, "Bearer delete"]


async def test_who_mounts_asks_to_read_where_it_comes_from(server: Server, clock: Clock) -> None:
    """Both repositories stand in one token."""
    target = f"{BEGIN}?mount={ESCAPED}&from=base"
    server.answer(target, challenge(server), TAKEN)
    grant(server, "base:pull", "shop:pull,push")
    async with client(server, clock) as registry:
        assert await registry.mount(f"{server.name}/shop", BLOB, f"{server.name}/base")
    assert sent(server, target) == [None, "Bearer push"]


async def test_within_one_repository_a_mount_asks_to_write(server: Server, clock: Clock) -> None:
    """The wider right counts."""
    target = f"{BEGIN}?mount={ESCAPED}&from=shop"
    server.answer(target, challenge(server), TAKEN)
    grant(server, "shop:pull,push")
    async with client(server, clock) as registry:
        assert await registry.mount(f"{server.name}/shop", BLOB, f"{server.name}/shop")


async def test_a_token_that_expires_in_an_upload_is_renewed(server: Server, clock: Clock) -> None:
    """The content is sent from its beginning."""
    server.answer(BEGIN, Reply(status=202, headers={"Location": "/u"}))
    server.answer(f"/u?digest={ESCAPED}", challenge(server), TAKEN)
    grant(server, "shop:pull,push")
    async with client(server, clock) as registry:
        await registry.upload(f"{server.name}/shop", BLOB, len(LAYER), content)
    assert [request.body for request in server.asked(f"/u?digest={ESCAPED}")] == [LAYER, LAYER]
    assert sent(server, f"/u?digest={ESCAPED}") == [None, "Bearer push"]


async def test_an_upload_to_another_host_carries_no_credentials(server: Server, clock: Clock) -> None:
    """Nor does that host get an answer when it asks who comes; the error names it."""
    server.answer(BEGIN, challenge(server), Reply(status=202, headers={"Location": f"{server.other}/u"}))
    server.answer(f"/u?digest={ESCAPED}", TAKEN, problem(401, "UNAUTHORIZED", "who", WWW_Authenticate="Basic realm=x"))
    grant(server, "shop:pull,push")
    async with client(server, clock) as registry:
        await registry.upload(f"{server.name}/shop", BLOB, len(LAYER), content)
        with pytest.raises(RegistryError, match="localhost, to which it leads, answered 401"):
            await registry.upload(f"{server.name}/shop", BLOB, len(LAYER), content)
    assert sent(server, BEGIN) == [None, "Bearer push", "Bearer push"]
    assert sent(server, f"/u?digest={ESCAPED}") == [None, None]


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "pass a user and a password that may do it"),
        (403, "this user may not do it: pass another one, or ask its owner"),
        (405, "it does not allow this"),
        (413, "it takes nothing as large"),
    ],
)
async def test_a_refusal_advises_who_writes(server: Server, clock: Clock, status: int, advice: str) -> None:
    """By what it is that the registry refuses."""
    server.answer(TAGGED, Reply(status=status))
    async with client(server, clock) as registry:
        with pytest.raises(RegistryError, match=f"{advice}$"):
            await registry.put(f"{server.name}/shop:1", IMAGE)


async def test_credentials_stand_in_no_error_of_a_write(
    server: Server, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Even if the server repeats them."""
    caplog.set_level(logging.DEBUG)
    server.answer(TAGGED, challenge(server), problem(403, "DENIED", f"push of {USER}:{PASSWORD} is refused"))
    grant(server, "shop:pull,push")
    async with client(server, clock) as registry:
        with pytest.raises(RegistryError, match=r"DENIED: \*\*\* of ann:\*\*\* is refused") as failed:
            await registry.put(f"{server.name}/shop:1", IMAGE)
        shown = [repr(registry), str(failed.value), repr(failed.value), caplog.text]
    assert [text for text in shown if PASSWORD in text] == []
