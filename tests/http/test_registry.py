"""The client on Debian's docker-registry, as it is."""

import contextlib
from pathlib import Path

import pytest

from pipeline.remote.manifests import MEDIA_TYPES
from pipeline.remote.registry import Registry, RegistryError
from tests.http import debian
from tests.http.conftest import Clock
from tests.http.debian import INDEX, LAYER, MANIFEST, PASSWORD, REPOSITORY, SERVICE, USER, digest
from tests.http.servers import Reply, Server

pytestmark = pytest.mark.anyio

NOBODY = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("asked", "media_type", "raw"),
    [
        (":1", MEDIA_TYPES[1], MANIFEST),
        (":latest", MEDIA_TYPES[0], INDEX),
        ("", MEDIA_TYPES[0], INDEX),
        (f"@{digest(MANIFEST)}", MEDIA_TYPES[1], MANIFEST),
        (f":1@{digest(INDEX)}", MEDIA_TYPES[0], INDEX),
    ],
)
async def test_a_manifest_is_read(public: str, asked: str, media_type: str, raw: bytes) -> None:
    """By tag, by digest, which counts where both are given, and by `latest` where none is."""
    async with Registry(public) as registry:
        found = await registry.manifest(f"{public}/{REPOSITORY}{asked}")
    assert (found.media_type, found.digest, found.raw) == (media_type, digest(raw), raw)
    assert found.content["mediaType"] == media_type


async def test_a_blob_is_read(public: str) -> None:
    """As a stream, whose bytes have the digest and the size."""
    async with Registry(public) as registry:
        chunks = [part async for part in registry.blob(f"{public}/{REPOSITORY}:1", digest(LAYER), len(LAYER))]
    assert len(chunks) > 1
    assert b"".join(chunks) == LAYER


async def test_a_stream_may_be_left_early(public: str) -> None:
    """The connection is closed with it, and the next request gets another one."""
    async with Registry(public) as registry:
        async with contextlib.aclosing(registry.blob(f"{public}/{REPOSITORY}", digest(LAYER))) as chunks:
            assert LAYER.startswith(await anext(chunks))
        assert (await registry.manifest(f"{public}/{REPOSITORY}:1")).raw == MANIFEST


@pytest.mark.parametrize("asked", [f"{REPOSITORY}:2", f"{REPOSITORY}@{NOBODY}", "acme/none:1"])
async def test_what_is_not_there_is_not_found(public: str, clock: Clock, asked: str) -> None:
    """The error says so to programs and to people, at once."""
    async with Registry(public, retries=clock.retries()) as registry:
        with pytest.raises(RegistryError) as failed:
            await registry.manifest(f"{public}/{asked}")
    assert failed.value.not_found
    assert (failed.value.status, failed.value.codes) == (404, ("MANIFEST_UNKNOWN",))
    assert str(failed.value) == (
        f"the manifest {public}/{asked} was asked of the registry {public}: it answered 404 Not Found "
        "(MANIFEST_UNKNOWN: manifest unknown); check the repository's name and the tag or digest"
    )
    assert clock.pauses == []


async def test_a_blob_that_is_not_there_is_not_found(public: str) -> None:
    """The digest stands in the error."""
    async with Registry(public) as registry:
        with pytest.raises(RegistryError, match=f"the blob {NOBODY} of {public}/{REPOSITORY} was asked") as failed:
            _ = [part async for part in registry.blob(f"{public}/{REPOSITORY}", NOBODY)]
    assert failed.value.not_found


async def test_a_user_with_the_password_may_read(private: str) -> None:
    """Basic authentication, where the registry offers it."""
    async with Registry(private, user=USER, password=PASSWORD) as registry:
        assert (await registry.manifest(f"{private}/{REPOSITORY}:1")).raw == MANIFEST
        assert b"".join([p async for p in registry.blob(f"{private}/{REPOSITORY}", digest(LAYER))]) == LAYER


@pytest.mark.parametrize(
    ("user", "password", "advice"),
    [("", "", "nobody may do that"), (USER, "wrong-word", "pass a user"), ("bob", PASSWORD, "pass a user")],
)
async def test_others_are_refused_at_once(private: str, clock: Clock, user: str, password: str, advice: str) -> None:
    """The error says what to do, and is not the one for what is missing."""
    answer = rf"answered 401 Unauthorized \(UNAUTHORIZED: .*; {advice}"
    async with Registry(private, user=user, password=password, retries=clock.retries()) as registry:
        with pytest.raises(RegistryError, match=answer) as failed:
            await registry.manifest(f"{private}/{REPOSITORY}:1")
    assert (failed.value.status, failed.value.not_found, clock.pauses) == (401, False, [])
    assert "-word" not in str(failed.value)


async def test_a_registry_that_wants_a_signed_token_gets_it(stored: Path, certificate: Path, server: Server) -> None:
    """The token server is asked once for one repository; the same token serves the next request."""
    auth, token = debian.tokens(certificate, f"http://{server.name}/token")
    target = f"/token?service={SERVICE}&scope=repository%3Aacme%2Fshop%3Apull"
    server.answer(target, Reply(debian.encoded({"token": token})))
    with debian.running(stored, auth) as name:
        async with Registry(name, user=USER, password=PASSWORD) as registry:
            assert (await registry.manifest(f"{name}/{REPOSITORY}:1")).raw == MANIFEST
            assert b"".join([p async for p in registry.blob(f"{name}/{REPOSITORY}", digest(LAYER))]) == LAYER
    assert [r.headers["authorization"] for r in server.requests] == ["Basic YW5uOnMzY3JldC13b3Jk"]


async def test_a_registry_is_reached_at_another_address(public: str) -> None:
    """Its name need not be one that anybody knows; an error names both."""
    address = f"http://{public}"
    async with Registry("registry.example.com", address=address) as registry:
        assert (await registry.manifest(f"registry.example.com/{REPOSITORY}:1")).raw == MANIFEST
        with pytest.raises(RegistryError, match=f"of the registry registry.example.com at {address}: it answered 404"):
            await registry.manifest(f"registry.example.com/{REPOSITORY}:2")
