"""Uploading blobs to servers that break, lie and ask for patience."""

from collections.abc import AsyncIterator

import anyio
import httpx
import pytest

from pipeline.remote.registry import Registry, RegistryError, Retries
from tests.http.conftest import Clock
from tests.http.debian import LAYER, digest
from tests.http.servers import Reply, Server, problem
from tests.http.writing import BLOB, LASTING, TAKEN, passing

pytestmark = pytest.mark.anyio

BEGIN = "POST /v2/shop/blobs/uploads/"
UPLOAD = f"/u?digest={BLOB.replace(':', '%3A')}"
OPENED = Reply(status=202, headers={"Location": "/u"})


async def upload(server: Server, retries: Retries) -> int:
    """Upload the layer; gives how often it was read from its beginning."""
    begun = 0

    async def content() -> AsyncIterator[bytes]:
        nonlocal begun
        begun += 1
        for start in range(0, len(LAYER), 2**16):
            yield LAYER[start : start + 2**16]

    async with Registry(server.name, retries=retries) as registry:
        await registry.upload(f"{server.name}/shop", BLOB, len(LAYER), content)
    return begun


@passing()
async def test_an_upload_begins_anew_when_it_passes(server: Server, clock: Clock, fault: Reply) -> None:
    """With a new place, and the content from its beginning."""
    server.answer(BEGIN, OPENED)
    server.answer(UPLOAD, fault, TAKEN)
    assert await upload(server, clock.retries()) == 2
    assert [request.method for request in server.requests] == ["POST", "PUT", "POST", "PUT"]
    assert server.requests[-1].body == LAYER
    assert server.requests[-1].headers["content-length"] == str(len(LAYER))


@pytest.mark.parametrize("status", LASTING)
async def test_a_refusal_to_take_a_blob_lasts(server: Server, clock: Clock, status: int) -> None:
    """Whenever it comes."""
    server.answer(BEGIN, OPENED)
    server.answer(UPLOAD, Reply(status=status), TAKEN)
    with pytest.raises(RegistryError, match=f"to take the blob {BLOB} of {server.name}/shop was .* {status} "):
        await upload(server, clock.retries())
    assert (len(server.requests), clock.pauses) == (2, [])


async def test_an_upload_is_as_patient_as_the_registry_asks(server: Server, clock: Clock) -> None:
    """Exactly as many seconds, and not more than there are."""
    server.answer(BEGIN, problem(429, "TOOMANYREQUESTS", "slow down", Retry_After="7"), OPENED)
    server.answer(UPLOAD, TAKEN)
    await upload(server, clock.retries())
    assert clock.pauses == [7]
    server.answer(BEGIN, Reply(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(RegistryError, match="it wants to be left alone for 3600 s"):
        await upload(server, clock.retries())


async def test_an_upload_that_never_succeeds_ends(server: Server, clock: Clock) -> None:
    """The pauses have a limit."""
    server.answer(BEGIN, Reply(status=500))
    with pytest.raises(RegistryError, match=r"500 .*asked \d+ times, 60 s are given"):
        await upload(server, clock.retries())
    assert sum(clock.pauses) < 60


async def test_a_slow_upload_may_take_longer_than_an_answer(server: Server) -> None:
    """As long as bytes come."""
    server.answer(BEGIN, OPENED)
    server.answer(UPLOAD, TAKEN)

    async def content() -> AsyncIterator[bytes]:
        for start in range(0, len(LAYER), 2**16):
            await anyio.sleep(0.03)
            yield LAYER[start : start + 2**16]

    async with Registry(server.name, retries=Retries(limit=0.3)) as registry:
        await registry.upload(f"{server.name}/shop", BLOB, len(LAYER), content)
    assert server.requests[-1].body == LAYER


@pytest.mark.parametrize(("given", "said"), [(LAYER[:-1], len(LAYER) - 1), (LAYER + b"!", f"{len(LAYER) + 1} or more")])
async def test_content_of_another_size_than_said_is_no_upload(
    server: Server, clock: Clock, given: bytes, said: int | str
) -> None:
    """The error is the caller's: it is not made again."""
    server.answer(BEGIN, OPENED)

    async def content() -> AsyncIterator[bytes]:
        yield given

    async with Registry(server.name, retries=clock.retries()) as registry:
        with pytest.raises(RegistryError, match=f"it was said to have {len(LAYER)} bytes, and has {said}$"):
            await registry.upload(f"{server.name}/shop", BLOB, len(LAYER), content)
    assert clock.pauses == []


@pytest.mark.parametrize("host", ["", "http://{name}", "http://localhost:{port}"])
async def test_an_upload_goes_where_the_registry_says(server: Server, clock: Clock, host: str) -> None:
    """Relative or absolute, to another host too, and what stands in its query is kept."""
    place = host.format(name=server.name, port=server.port) + "/u?_state=a%3Db%26c&x="
    server.answer(BEGIN, Reply(status=202, headers={"Location": place}))
    server.answer(f"PUT {UPLOAD.replace('?', '?_state=a%3Db%26c&x=&')}", TAKEN)
    assert await upload(server, clock.retries()) == 1


@pytest.mark.parametrize("place", ["http://storage.example.com/u", "https://ann:word@example.com/u", "ftp://127.0.0.1"])
async def test_an_upload_does_not_go_to_an_unsafe_place(server: Server, clock: Clock, place: str) -> None:
    """Nor does its error repeat a user in the address."""
    server.answer(BEGIN, Reply(status=202, headers={"Location": place}))
    with pytest.raises(RegistryError, match="which is not followed: only https is safe") as failed:
        await upload(server, clock.retries())
    assert "word" not in str(failed.value)


async def test_an_upload_without_a_place_ends(server: Server, clock: Clock) -> None:
    """There is nowhere to send it to."""
    server.answer(BEGIN, Reply(status=202))
    with pytest.raises(RegistryError, match="it did not say where to"):
        await upload(server, clock.retries())


async def test_a_blob_that_another_one_was_taken_for_is_refused(server: Server, clock: Clock) -> None:
    """As with a manifest."""
    server.answer(BEGIN, OPENED)
    server.answer(UPLOAD, Reply(status=201, headers={"Docker-Content-Digest": digest(b"")}))
    with pytest.raises(RegistryError, match=f"it took {digest(b'')} for {BLOB}"):
        await upload(server, clock.retries())


@pytest.mark.parametrize("cancelled", [204, 404, 500])
async def test_a_blob_that_is_not_mounted_leaves_no_upload(server: Server, clock: Clock, cancelled: int) -> None:
    """It is cancelled; whether that works does not matter."""
    server.answer(f"{BEGIN}?mount={BLOB.replace(':', '%3A')}&from=other", OPENED)
    server.answer("DELETE /u", Reply(status=cancelled))
    async with Registry(server.name, retries=clock.retries()) as registry:
        assert not await registry.mount(f"{server.name}/shop", BLOB, f"{server.name}/other")
    assert [request.method for request in server.requests] == ["POST", "DELETE"]


def test_the_place_of_an_upload_is_spelled_as_servers_read_it() -> None:
    """The tests above compare what is sent."""
    assert httpx.URL("http://a/u").copy_merge_params({"digest": BLOB}).raw_path.decode() == UPLOAD
