"""The client on servers that break, lie and ask for patience."""

import contextlib
import datetime as dt
import email.utils
import json

import anyio
import pytest

from pipeline.remote.manifests import LARGEST, MEDIA_TYPES
from pipeline.remote.registry import Registry, RegistryError
from pipeline.remote.retries import Retries
from tests.http.conftest import Clock
from tests.http.debian import LAYER, MANIFEST, digest
from tests.http.servers import Reply, Server, problem

pytestmark = pytest.mark.anyio

MANIFESTS = "/v2/shop/manifests/1"
BLOBS = f"/v2/shop/blobs/{digest(LAYER)}"
TYPED = {"Content-Type": MEDIA_TYPES[1]}
GOOD = Reply(MANIFEST, headers=TYPED)


async def read(server: Server, clock: Clock, asked: str = ":1") -> bytes:
    """The manifest as the client reads it."""
    async with Registry(server.name, retries=clock.retries()) as registry:
        return (await registry.manifest(f"{server.name}/shop{asked}")).raw


async def blob(server: Server, retries: Retries, size: int | None = None) -> bytes:
    """The layer as the client reads it."""
    async with Registry(server.name, retries=retries) as registry:
        return b"".join([part async for part in registry.blob(f"{server.name}/shop", digest(LAYER), size)])


@pytest.mark.parametrize(
    "passing",
    [
        Reply(status=500),
        Reply(status=503),
        Reply(status=408),
        problem(429, "TOOMANYREQUESTS", "slow down"),
        Reply(MANIFEST, headers=TYPED, cut=0),
        Reply(MANIFEST, headers=TYPED, cut=100),
    ],
    ids=["500", "503", "408", "429", "broken before the body", "broken in the body"],
)
async def test_what_passes_is_asked_again(server: Server, clock: Clock, passing: Reply) -> None:
    """After pauses that become longer."""
    server.answer(MANIFESTS, passing, passing, passing, GOOD)
    assert await read(server, clock) == MANIFEST
    assert len(server.requests) == 4
    for pause, longest in zip(clock.pauses, (0.5, 1, 2), strict=True):
        assert longest / 2 <= pause <= longest


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 416, 451])
async def test_what_lasts_is_not_asked_again(server: Server, clock: Clock, status: int) -> None:
    """Neither a refusal nor what is missing changes by asking."""
    server.answer(MANIFESTS, Reply(status=status), GOOD)
    with pytest.raises(RegistryError, match=f"it answered {status} ") as failed:
        await read(server, clock)
    assert (failed.value.status, failed.value.not_found) == (status, status == 404)
    assert (len(server.requests), clock.pauses) == (1, [])


async def test_a_server_that_asks_for_patience_in_seconds_gets_it(server: Server, clock: Clock) -> None:
    """Exactly as many seconds."""
    server.answer(MANIFESTS, problem(429, "TOOMANYREQUESTS", "slow down", Retry_After="7"), GOOD)
    assert await read(server, clock) == MANIFEST
    assert clock.pauses == [7]


async def test_a_server_that_asks_for_patience_until_a_time_gets_it(server: Server, clock: Clock) -> None:
    """A date of HTTP."""
    moment = email.utils.format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=20), usegmt=True)
    server.answer(MANIFESTS, Reply(status=503, headers={"Retry-After": moment}), GOOD)
    assert await read(server, clock) == MANIFEST
    (pause,) = clock.pauses
    assert 15 <= pause <= 20


@pytest.mark.parametrize("value", ["soon", "-5", "Thu, 01 Jan 1970 00:00:00 GMT", "1.5"])
async def test_a_wish_that_cannot_be_read_is_none(server: Server, clock: Clock, value: str) -> None:
    """The client's own pause is made."""
    server.answer(MANIFESTS, Reply(status=503, headers={"Retry-After": value}), GOOD)
    assert await read(server, clock) == MANIFEST
    (pause,) = clock.pauses
    assert pause <= 0.5


async def test_more_patience_than_there_is_ends_it_at_once(server: Server, clock: Clock) -> None:
    """Nobody waits for what comes too late."""
    server.answer(MANIFESTS, Reply(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(
        RegistryError, match=r"try again later \(asked once, 60 s are given and it wants to be left alone for 3600 s\)$"
    ):
        await read(server, clock)
    assert clock.pauses == []


async def test_it_ends_when_the_time_is_over(server: Server, clock: Clock) -> None:
    """The last answer stands in the error, and how often it was asked."""
    server.answer(MANIFESTS, Reply(status=502))
    with pytest.raises(RegistryError, match=r"502 Bad Gateway; try again later \(asked \d+ times, 60 s are given\)$"):
        await read(server, clock)
    assert 5 <= len(server.requests) <= 20
    assert sum(clock.pauses) < 60


async def test_nobody_there_is_asked_again_and_said(server: Server, clock: Clock) -> None:
    """A registry may be about to start."""
    async with Registry("127.0.0.1:1", retries=clock.retries(limit=3)) as registry:
        with pytest.raises(
            RegistryError, match=r"127\.0\.0\.1:1: the connection failed \(.+\); check the address"
        ) as failed:
            await registry.manifest("127.0.0.1:1/shop:1")
    assert (failed.value.status, failed.value.not_found, server.requests) == (0, False, [])
    assert len(clock.pauses) >= 2


async def test_a_manifest_that_trickles_in_is_given_up(server: Server) -> None:
    """Each byte comes in time, the whole does not."""
    server.answer(MANIFESTS, Reply(MANIFEST, headers=TYPED, delay=0.01))
    async with Registry(server.name, retries=Retries(limit=0.2)) as registry:
        with pytest.raises(RegistryError, match=r"it did not come in full within 0\.2 s; try again later"):
            await registry.manifest(f"{server.name}/shop:1")


async def test_a_silent_server_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Headers and nothing behind them."""
    monkeypatch.setattr("pipeline.remote.reading._DROPS", 0)
    server.answer(BLOBS, Reply(LAYER[:10], delay=60))
    with pytest.raises(RegistryError, match="no answer came in time; check the network"):
        await blob(server, Retries(limit=0.5))


async def test_a_manifest_with_another_digest_than_was_asked_for_is_refused(server: Server, clock: Clock) -> None:
    """Whatever the registry says of it."""
    wanted = digest(b"another")
    server.answer(f"/v2/shop/manifests/{wanted}", Reply(MANIFEST, headers=TYPED))
    with pytest.raises(RegistryError, match=f"the manifest has the digest {digest(MANIFEST)} and not {wanted}; do not"):
        await read(server, clock, f"@{wanted}")
    assert clock.pauses == []


async def test_a_manifest_with_another_digest_than_its_header_is_refused(server: Server, clock: Clock) -> None:
    """It changed on the way, or the registry is broken."""
    server.answer(MANIFESTS, Reply(MANIFEST, headers=TYPED | {"Docker-Content-Digest": digest(b"")}))
    with pytest.raises(RegistryError, match=f"and not {digest(b'')}; do not use it"):
        await read(server, clock)


@pytest.mark.parametrize(
    ("body", "media_type", "problem"),
    [
        (b"<html>welcome</html>", MEDIA_TYPES[1], "the manifest is not a JSON object"),
        (b"[1]", MEDIA_TYPES[1], "the manifest is not a JSON object"),
        (b"[" * 100_000, MEDIA_TYPES[1], "the manifest is not a JSON object"),
        (b"{}", "application/json", "what came is application/json, neither a manifest nor an index of images"),
        (b'{"mediaType": {}}', "text/plain", "what came is text/plain, neither"),
        (MANIFEST, MEDIA_TYPES[0], "and calls itself application/vnd.oci.image.manifest"),
    ],
)
async def test_what_is_no_manifest_is_refused(
    server: Server, clock: Clock, body: bytes, media_type: str, problem: str
) -> None:
    """Neither JSON, nor of a known type, nor one thing."""
    server.answer(MANIFESTS, Reply(body, headers={"Content-Type": media_type}))
    with pytest.raises(RegistryError, match=problem):
        await read(server, clock)


async def test_the_type_in_a_manifest_counts_where_the_header_has_none(server: Server, clock: Clock) -> None:
    """Some registries send JSON as JSON."""
    server.answer(MANIFESTS, Reply(MANIFEST, headers={"Content-Type": "application/json; charset=utf-8"}))
    assert await read(server, clock) == MANIFEST


@pytest.mark.parametrize("more", [0, 1])
async def test_a_manifest_of_4_mib_is_the_largest(server: Server, clock: Clock, more: int) -> None:
    """The limit that the specification advises."""
    body = json.dumps({"schemaVersion": 2, "annotations": {"a": ""}}).encode()
    body = body.replace(b'""', b'"' + b"x" * (LARGEST + more - len(body)) + b'"')
    server.answer(MANIFESTS, Reply(body, headers=TYPED))
    refused = pytest.raises(RegistryError, match="the manifest is larger than 4 MiB, which is refused")
    with refused if more else contextlib.nullcontext():
        assert len(await read(server, clock)) == 4 * 2**20


async def test_bytes_are_asked_for_as_they_are(server: Server, clock: Clock) -> None:
    """A digest is not that of a compressed answer; and only types that are understood are accepted."""
    server.answer(MANIFESTS, GOOD)
    await read(server, clock)
    (request,) = server.requests
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["accept"].split(", ") == list(MEDIA_TYPES)


async def test_a_blob_that_is_left_early_is_closed(server: Server, clock: Clock) -> None:
    """The server need not send the rest to nobody."""
    server.answer(BLOBS, Reply(LAYER[:10_000], delay=0.001))
    async with Registry(server.name, retries=clock.retries()) as registry:
        async with contextlib.aclosing(registry.blob(f"{server.name}/shop", digest(LAYER))) as chunks:
            assert LAYER.startswith(await anext(chunks))
        with anyio.fail_after(5):
            await server.left.wait()


async def test_a_blob_with_another_digest_is_refused(server: Server, clock: Clock) -> None:
    """At the end of its stream."""
    wrong = LAYER[:-1] + b"!"
    server.answer(BLOBS, Reply(wrong))
    with pytest.raises(RegistryError, match=f"what came has the digest {digest(wrong)}; do not use it"):
        await blob(server, clock.retries())


async def test_a_truncated_blob_is_refused(server: Server, clock: Clock) -> None:
    """Even where the server takes it for the whole."""
    server.answer(BLOBS, Reply(LAYER[:-1]))
    with pytest.raises(RegistryError, match=f"{len(LAYER) - 1} bytes came and not {len(LAYER)}; do not use it"):
        await blob(server, clock.retries(), len(LAYER))


async def test_a_blob_that_is_too_long_is_left_early(server: Server, clock: Clock) -> None:
    """A server cannot fill a disk."""
    server.answer(BLOBS, Reply(LAYER * 20))
    with pytest.raises(RegistryError, match=f"more than its {len(LAYER)} bytes came; do not use it"):
        await blob(server, clock.retries(), len(LAYER))


@pytest.mark.parametrize("ranges", [True, False])
async def test_a_blob_whose_connection_breaks_is_taken_up_again(server: Server, clock: Clock, ranges: bool) -> None:
    """With the rest, or the whole once more where the server knows no ranges."""
    again = Reply(LAYER[100_000:], 206) if ranges else Reply(LAYER)
    server.answer(BLOBS, Reply(LAYER, cut=100_000), again)
    assert await blob(server, clock.retries(), len(LAYER)) == LAYER
    assert [request.headers.get("range") for request in server.requests] == [None, "bytes=100000-"]


async def test_a_blob_that_always_breaks_is_given_up(server: Server, clock: Clock) -> None:
    """Five times are enough."""
    server.answer(BLOBS, Reply(LAYER, cut=10))
    with pytest.raises(RegistryError, match="the connection failed"):
        await blob(server, clock.retries())
    assert len(server.requests) == 6


async def test_an_error_is_fit_for_a_terminal(server: Server, clock: Clock) -> None:
    """Neither escape sequences nor lines of its own, and no novel."""
    said = "\x1b[31mgone\x1b[0m\r\n\nforged: line\u202e\x00" + "x" * 10_000
    server.answer(MANIFESTS, problem(403, "DENIED", said))
    with pytest.raises(RegistryError) as failed:
        await read(server, clock)
    assert "(DENIED: gone forged: linexxx" in str(failed.value)
    assert str(failed.value).isprintable()
    assert len(str(failed.value)) < 600
    assert failed.value.codes == ("DENIED",)


@pytest.mark.parametrize("body", [b"<html>", b'{"errors": 1}', b'{"errors": [1]}', b"[]", b'{"errors": [{}]}', b"\xff"])
async def test_an_error_without_words_is_one_all_the_same(server: Server, clock: Clock, body: bytes) -> None:
    """The status says enough."""
    server.answer(MANIFESTS, Reply(body, 403))
    with pytest.raises(RegistryError, match="it answered 403 Forbidden; nobody may do that without a user"):
        await read(server, clock)
