"""A registry is written to, and something goes wrong."""

import json
from collections.abc import AsyncIterator

import pytest

from pipeline.policy.documents import INDEX, Document
from pipeline.remote.registry import Registry, RegistryError
from tests.http.conftest import Clock
from tests.http.debian import digest
from tests.http.servers import Reply, Server, problem, serving

pytestmark = pytest.mark.anyio

DOCUMENT = Document.write(INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": []})
TAG = "/v2/shop/manifests/1"
UPLOADS = "/v2/shop/blobs/uploads/"
TAGS = "/v2/shop/tags/list"
BLOB = b"layer" * 40_000
DIGEST = digest(BLOB)
TAKEN = Reply(status=201)


def client(server: Server, clock: Clock, user: str = "", password: str = "") -> Registry:
    """A client that may write."""
    return Registry(server.name, user=user, password=password, actions="pull,push", retries=clock.retries())


async def pieces() -> AsyncIterator[bytes]:
    """The blob, a piece at a time."""
    for place in range(0, len(BLOB), 4096):
        yield BLOB[place : place + 4096]


async def put(server: Server, clock: Clock) -> None:
    """Put the document as 1."""
    async with client(server, clock) as registry:
        await registry.put(f"{server.name}/shop:1", DOCUMENT)


async def upload(server: Server, clock: Clock, user: str = "", password: str = "") -> None:
    """Upload the blob."""
    async with client(server, clock, user, password) as registry:
        await registry.upload(f"{server.name}/shop", DIGEST, len(BLOB), pieces)


def opened(location: str) -> Reply:
    """An upload that was begun."""
    return Reply(status=202, headers={"Location": location})


async def test_a_manifest_is_put_byte_for_byte_with_its_type(server: Server, clock: Clock) -> None:
    """Its digest is that of these bytes and of no others."""
    server.answer(TAG, TAKEN)
    await put(server, clock)
    (request,) = server.requests
    assert (request.method, request.body) == ("PUT", DOCUMENT.raw)
    assert request.headers["content-type"] == INDEX


@pytest.mark.parametrize(
    "refusal", [problem(429, "TOOMANYREQUESTS", "slow down", Retry_After="7"), problem(503, "UNAVAILABLE", "soon")]
)
async def test_a_registry_that_is_busy_is_asked_again(server: Server, clock: Clock, refusal: Reply) -> None:
    """After the time that it names, where it names one; the whole body goes again."""
    server.answer(TAG, refusal, TAKEN)
    await put(server, clock)
    assert [request.body for request in server.requests] == [DOCUMENT.raw] * 2
    assert clock.pauses[0] == 7 or refusal.status == 503


@pytest.mark.parametrize(("status", "code"), [(400, "MANIFEST_INVALID"), (403, "DENIED"), (405, "UNSUPPORTED")])
async def test_a_refusal_is_not_asked_again(server: Server, clock: Clock, status: int, code: str) -> None:
    """It is said at once, with the registry's own words."""
    server.answer(TAG, problem(status, code, "not so"))
    with pytest.raises(RegistryError, match=rf"to take the manifest .*/shop:1 .* answered {status} .*{code}: not so"):
        await put(server, clock)
    assert len(server.requests) == 1


async def test_a_registry_that_took_something_else_is_not_believed(server: Server, clock: Clock) -> None:
    """The digest that it says has to be the one that was put."""
    server.answer(TAG, Reply(status=201, headers={"Docker-Content-Digest": DIGEST}))
    with pytest.raises(RegistryError, match=f"it took {DIGEST} for {DOCUMENT.digest}; do not use it"):
        await put(server, clock)


async def test_a_write_is_not_led_elsewhere(server: Server, clock: Clock) -> None:
    """Whoever answers with another address gets neither the manifest nor a success."""
    server.answer(TAG, Reply(status=307, headers={"Location": f"{server.other}/elsewhere"}))
    with pytest.raises(RegistryError, match="answered 307"):
        await put(server, clock)
    assert [request.target for request in server.requests] == [TAG]


@pytest.mark.parametrize("location", ["/uploads/7?_state=a%2Fb", "http://{name}/uploads/7?_state=a%2Fb"])
async def test_a_blob_goes_where_the_registry_says(server: Server, clock: Clock, location: str) -> None:
    """With the query that it gave, the digest added, in one piece of a known length."""
    server.answer(UPLOADS, opened(location.format(name=server.name)))
    target = f"/uploads/7?_state=a%2Fb&digest={DIGEST.replace(':', '%3A')}"
    server.answer(target, TAKEN)
    await upload(server, clock)
    (request,) = server.asked(target)
    assert (request.method, request.body) == ("PUT", BLOB)


async def test_an_upload_that_fails_begins_anew(server: Server, clock: Clock) -> None:
    """With a new place, and the first byte."""
    server.answer(UPLOADS, opened("/one"), opened("/two"))
    end = f"?digest={DIGEST.replace(':', '%3A')}"
    server.answer(f"/one{end}", problem(500, "UNKNOWN", "disk"))
    server.answer(f"/two{end}", TAKEN)
    await upload(server, clock)
    assert [request.body for request in server.asked(f"/two{end}")] == [BLOB]


async def test_another_host_gets_the_blob_and_no_credentials(server: Server, clock: Clock) -> None:
    """Some registries store blobs elsewhere."""
    async with serving() as store:
        wanted = problem(401, "UNAUTHORIZED", "who", WWW_Authenticate="Basic realm=x")
        server.answer(UPLOADS, wanted, opened(f"http://{store.name}/store"))
        target = f"/store?digest={DIGEST.replace(':', '%3A')}"
        store.answer(target, TAKEN)
        await upload(server, clock, "ann", "s3cret-word")
    assert server.requests[-1].headers["authorization"].startswith("Basic ")
    (request,) = store.asked(target)
    assert "authorization" not in request.headers
    assert request.body == BLOB


async def test_a_token_is_asked_for_reading_and_writing(server: Server, clock: Clock) -> None:
    """Once, for the repository."""
    challenge = f'Bearer realm="http://{server.name}/token",service="tests",scope="repository:shop:push"'
    server.answer(TAG, problem(401, "UNAUTHORIZED", "who", WWW_Authenticate=challenge), TAKEN)
    server.answer("/token?service=tests&scope=repository%3Ashop%3Apull%2Cpush", Reply(b'{"token": "abc"}'))
    await put(server, clock)
    assert server.requests[-1].headers["authorization"] == "Bearer abc"
    assert server.requests[-1].body == DOCUMENT.raw


async def test_tags_are_read_page_by_page(server: Server, clock: Clock) -> None:
    """As the registry links them; a repository that is not there has none."""
    following = {"Link": '</v2/shop/tags/list?last=b&n=2>; rel="next"'}
    server.answer(TAGS, Reply(json.dumps({"name": "shop", "tags": ["a", "b"]}).encode(), headers=following))
    server.answer(f"{TAGS}?last=b&n=2", Reply(json.dumps({"name": "shop", "tags": ["c"]}).encode()))
    async with client(server, clock) as registry:
        assert await registry.tags(f"{server.name}/shop") == ["a", "b", "c"]
        assert await registry.tags(f"{server.name}/none") == []


@pytest.mark.parametrize("body", [b"", b"[]", b'{"tags": "a"}', b'{"tags": [1]}'])
async def test_what_is_no_list_of_tags_is_refused(server: Server, clock: Clock, body: bytes) -> None:
    """An empty list would let a floating tag go back."""
    server.answer(TAGS, Reply(body))
    async with client(server, clock) as registry:
        with pytest.raises(RegistryError, match="what came is no list of tags"):
            await registry.tags(f"{server.name}/shop")
