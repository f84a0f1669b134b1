"""Who is told which credentials, and who is not."""

import json
import logging

import pytest

from pipeline.remote.registry import Registry, RegistryError
from tests.http.conftest import Clock
from tests.http.debian import LAYER, MANIFEST, digest
from tests.http.servers import Reply, Server, problem
from tests.http.test_faults import BLOBS, GOOD, MANIFESTS

pytestmark = pytest.mark.anyio

USER, PASSWORD = "ann", "s3cret-word"
BASIC = "Basic YW5uOnMzY3JldC13b3Jk"
TOKEN = "/token?service=tests&scope=repository%3Ashop%3Apull"


def client(server: Server, clock: Clock, user: str = USER, password: str = PASSWORD) -> Registry:
    """A client with credentials."""
    return Registry(server.name, user=user, password=password, retries=clock.retries())


def challenge(realm: str) -> Reply:
    """The answer that wants a token."""
    wanted = f'Bearer realm="{realm}",service="tests",scope="repository:shop:pull"'
    return problem(401, "UNAUTHORIZED", "authentication required", WWW_Authenticate=wanted)


def given(token: str, name: str = "token") -> Reply:
    """The answer of a token server."""
    return Reply(json.dumps({name: token}).encode())


@pytest.mark.parametrize("name", ["token", "access_token"])
async def test_a_token_is_fetched_once(server: Server, clock: Clock, name: str) -> None:
    """Both names are in use; the next request for the repository carries it from the start."""
    server.answer(MANIFESTS, challenge(f"http://{server.name}/token"), GOOD)
    server.answer(TOKEN, given("abc", name))
    async with client(server, clock, "", "") as registry:
        for _ in range(2):
            await registry.manifest(f"{server.name}/shop:1")
    sent = [request.headers.get("authorization") for request in server.requests]
    assert sent == [None, None, "Bearer abc", "Bearer abc"]


async def test_an_expired_token_is_renewed(server: Server, clock: Clock) -> None:
    """The registry asks again."""
    wanted = challenge(f"http://{server.name}/token")
    server.answer(MANIFESTS, wanted, GOOD, wanted, GOOD)
    server.answer(TOKEN, given("old"), given("new"))
    async with client(server, clock) as registry:
        for _ in range(2):
            await registry.manifest(f"{server.name}/shop:1")
    sent = [request.headers.get("authorization") for request in server.asked(MANIFESTS)]
    assert sent == [None, "Bearer old", "Bearer old", "Bearer new"]


async def test_a_token_that_does_not_serve_is_tried_once(server: Server, clock: Clock) -> None:
    """One round, no circle."""
    server.answer(MANIFESTS, challenge(f"http://{server.name}/token"))
    server.answer(TOKEN, given("abc"))
    async with client(server, clock) as registry:
        with pytest.raises(RegistryError, match="it answered 401 Unauthorized"):
            await registry.manifest(f"{server.name}/shop:1")
    assert (len(server.requests), clock.pauses) == (3, [])


async def test_a_token_server_that_stumbles_is_asked_again(server: Server, clock: Clock) -> None:
    """As the registry is."""
    server.answer(MANIFESTS, challenge(f"http://{server.name}/token"), challenge(f"http://{server.name}/token"), GOOD)
    server.answer(TOKEN, Reply(status=500), given("abc"))
    async with client(server, clock) as registry:
        assert (await registry.manifest(f"{server.name}/shop:1")).raw == MANIFEST
    assert len(clock.pauses) == 1


async def test_a_token_server_that_refuses_ends_it(server: Server, clock: Clock) -> None:
    """It is named, and what it does not know is no image that is not there."""
    server.answer(MANIFESTS, challenge(f"{server.other}/token"))
    async with client(server, clock) as registry:
        with pytest.raises(RegistryError, match="localhost, to which it leads, answered 404 Not Found") as failed:
            await registry.manifest(f"{server.name}/shop:1")
    assert (failed.value.not_found, failed.value.status, clock.pauses) == (False, 401, [])


@pytest.mark.parametrize("body", [b"", b"[]", b'{"token": ""}', b'{"token": 1}', b'{"token": "a\\r\\nX-Other: b"}'])
async def test_an_answer_without_a_token_ends_it(server: Server, clock: Clock, body: bytes) -> None:
    """Nor may one bring headers of its own along."""
    server.answer(MANIFESTS, challenge(f"http://{server.name}/token"))
    server.answer(TOKEN, Reply(body))
    async with client(server, clock) as registry:
        with pytest.raises(RegistryError, match="its token server answered without a token"):
            await registry.manifest(f"{server.name}/shop:1")
    assert clock.pauses == []


@pytest.mark.parametrize(
    "realm",
    ["http://token.example.com/", "ftp://127.0.0.1/", "http://bob:word@127.0.0.1/", "https://bob@token.example.com/"],
)
async def test_no_password_goes_to_a_token_server_over_plain_http(server: Server, clock: Clock, realm: str) -> None:
    """Nor to one whose address brings a user along. The network guard would see a request."""
    server.answer(MANIFESTS, challenge(realm))
    async with client(server, clock) as registry:
        with pytest.raises(RegistryError, match="which is not followed: only https is safe") as failed:
            await registry.manifest(f"{server.name}/shop:1")
    assert "bob" not in str(failed.value)


@pytest.mark.parametrize("realm", ["", "/token", "https://"])
async def test_a_token_server_without_an_address_is_said(server: Server, clock: Clock, realm: str) -> None:
    """There is nobody to ask."""
    server.answer(MANIFESTS, challenge(realm))
    async with client(server, clock) as registry:
        with pytest.raises(RegistryError, match="wants a token and does not say where it is given"):
            await registry.manifest(f"{server.name}/shop:1")


async def test_a_redirect_to_another_host_carries_no_credentials(server: Server, clock: Clock) -> None:
    """Storage behind a registry has signed addresses, and may be somebody else's."""
    moved = Reply(status=307, headers={"Location": f"{server.other}/storage?signed=1"})
    server.answer(BLOBS, challenge(f"http://{server.name}/token"), moved)
    server.answer(TOKEN, given("abc"))
    server.answer("/storage?signed=1", Reply(LAYER))
    async with client(server, clock) as registry:
        found = b"".join([part async for part in registry.blob(f"{server.name}/shop", digest(LAYER))])
    assert found == LAYER
    assert [request.headers.get("authorization") for request in server.asked(BLOBS)] == [None, "Bearer abc"]
    (stored,) = server.asked("/storage?signed=1")
    assert stored.headers["host"] == f"localhost:{server.port}"
    assert "authorization" not in stored.headers


async def test_a_redirect_within_the_registry_carries_them(server: Server, clock: Clock) -> None:
    """A relative one, too."""
    server.answer(MANIFESTS, challenge(f"http://{server.name}/token"), Reply(status=302, headers={"Location": "/v2/b"}))
    server.answer(TOKEN, given("abc"))
    server.answer("/v2/b", GOOD)
    async with client(server, clock) as registry:
        await registry.manifest(f"{server.name}/shop:1")
    assert server.asked("/v2/b")[0].headers["authorization"] == "Bearer abc"


async def test_credentials_do_not_come_back_with_a_second_redirect(server: Server, clock: Clock) -> None:
    """Another host does not choose what is asked in the user's name."""
    there = Reply(status=307, headers={"Location": f"{server.other}/there"})
    server.answer(MANIFESTS, problem(401, "UNAUTHORIZED", "who", WWW_Authenticate="Basic realm=x"), there)
    server.answer("/there", Reply(status=307, headers={"Location": f"http://{server.name}/back"}))
    server.answer("/back", GOOD)
    async with client(server, clock) as registry:
        await registry.manifest(f"{server.name}/shop:1")
    assert "authorization" not in server.asked("/back")[0].headers


async def test_a_host_that_is_redirected_to_gets_no_answer_to_its_challenge(server: Server, clock: Clock) -> None:
    """Only the registry may ask who comes."""
    server.answer(MANIFESTS, Reply(status=307, headers={"Location": f"{server.other}/there"}))
    server.answer("/there", problem(401, "UNAUTHORIZED", "who", WWW_Authenticate="Basic realm=x"))
    async with client(server, clock) as registry:
        with pytest.raises(RegistryError, match="localhost, to which it leads, answered 401"):
            await registry.manifest(f"{server.name}/shop:1")
    assert all("authorization" not in request.headers for request in server.requests)


@pytest.mark.parametrize("place", ["http://storage.example.com/a", "file:///etc/passwd", "https://u:p@example.com/"])
async def test_a_redirect_to_an_unsafe_place_is_not_followed(server: Server, clock: Clock, place: str) -> None:
    """Plain HTTP beyond the loopback, and what is no HTTP at all."""
    server.answer(MANIFESTS, Reply(status=307, headers={"Location": place}))
    async with client(server, clock) as registry:
        with pytest.raises(RegistryError, match="which is not followed"):
            await registry.manifest(f"{server.name}/shop:1")
    assert clock.pauses == []


async def test_redirects_end(server: Server, clock: Clock) -> None:
    """A circle is left after five."""
    server.answer(MANIFESTS, Reply(status=307, headers={"Location": MANIFESTS}))
    async with client(server, clock) as registry:
        with pytest.raises(RegistryError, match="it redirects more than 5 times"):
            await registry.manifest(f"{server.name}/shop:1")
    assert len(server.requests) == 6


@pytest.mark.parametrize("scheme", ["Basic realm=x", 'Basic realm="a, Bearer b"', "Negotiate, basic"])
async def test_a_user_is_named_to_a_registry_that_asks(server: Server, clock: Clock, scheme: str) -> None:
    """And not before it asks."""
    server.answer(MANIFESTS, problem(401, "UNAUTHORIZED", "who", WWW_Authenticate=scheme), GOOD)
    async with client(server, clock) as registry:
        await registry.manifest(f"{server.name}/shop:1")
    assert [request.headers.get("authorization") for request in server.requests] == [None, BASIC]


@pytest.mark.parametrize("scheme", ["Negotiate", "", 'Digest realm="x"'])
async def test_a_registry_that_asks_for_something_else_is_refused(server: Server, clock: Clock, scheme: str) -> None:
    """It gets nothing."""
    server.answer(MANIFESTS, problem(401, "UNAUTHORIZED", "who", WWW_Authenticate=scheme), GOOD)
    async with client(server, clock) as registry:
        with pytest.raises(RegistryError, match="it answered 401 Unauthorized"):
            await registry.manifest(f"{server.name}/shop:1")
    assert len(server.requests) == 1


async def test_a_token_is_for_the_repository_that_is_read(server: Server, clock: Clock) -> None:
    """Whatever example the registry writes into its challenge; what else it wants is kept."""
    example = f'Bearer realm="http://{server.name}/token?a=b",service="tests",scope="repository:user/image:pull aws"'
    server.answer(MANIFESTS, Reply(status=401, headers={"WWW-Authenticate": example}), GOOD)
    server.answer("/token?a=b&service=tests&scope=repository%3Ashop%3Apull&scope=aws", given("one"))
    async with client(server, clock) as registry:
        assert (await registry.manifest(f"{server.name}/shop:1")).raw == MANIFEST


NOBODY = "nobody may do that without a user: check the name, or give a user with with-registry-auth"


@pytest.mark.parametrize(
    ("status", "user", "advice"),
    [
        (401, "", NOBODY),
        (403, "", NOBODY),
        (401, USER, "pass a user and a password that may do it"),
        (403, USER, "this user may not do it: pass another one, or ask its owner"),
        (404, "", "check the repository's name and the tag or digest"),
    ],
)
async def test_a_refusal_advises_what_can_be_done(
    server: Server, clock: Clock, status: int, user: str, advice: str
) -> None:
    """Registries refuse to strangers what they do not have, too; only who gave a user can give another one."""
    server.answer(MANIFESTS, Reply(status=status))
    async with client(server, clock, user, PASSWORD if user else "") as registry:
        with pytest.raises(RegistryError, match=f"; {advice}$"):
            await registry.manifest(f"{server.name}/shop:1")


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_nobody_gets_is_a_refusal_to_nobody(server: Server, clock: Clock, status: int) -> None:
    """So the token server of GHCR answers for a repository that does not exist."""
    server.answer(MANIFESTS, challenge(f"http://{server.name}/token"))
    server.answer(TOKEN, problem(status, "DENIED", "requested access to the resource is denied"))
    async with client(server, clock, "", "") as registry:
        with pytest.raises(RegistryError, match=rf"answered {status} .*is denied\); {NOBODY}$"):
            await registry.manifest(f"{server.name}/shop:1")


async def test_credentials_stand_nowhere(server: Server, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in an error, even if the server repeats them, nor in logs or in what Python shows of the client."""
    caplog.set_level(logging.DEBUG)
    server.answer(
        MANIFESTS,
        challenge(f"http://{server.name}/token"),
        problem(403, "DENIED", f"Bearer t0ken of {USER}:{PASSWORD} ({BASIC}) is refused"),
    )
    server.answer(TOKEN, given("t0ken"))
    async with client(server, clock) as registry:
        with pytest.raises(RegistryError, match=r"DENIED: Bearer \*\*\* of ann:\*\*\* \(Basic \*\*\*\) is") as failed:
            await registry.manifest(f"{server.name}/shop:1")
        shown = [repr(registry), str(failed.value), repr(failed.value), caplog.text]
    for secret in (PASSWORD, BASIC.split()[1], "t0ken"):
        assert [text for text in shown if secret in text] == []
