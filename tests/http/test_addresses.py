"""Where a registry is reached, and by which way."""

import contextlib
from pathlib import Path

import httpx
import pytest

from pipeline.remote.registry import Registry, RegistryError
from pipeline.remote.transport import _authorities, endpoint, permit
from tests.http.conftest import Clock
from tests.http.debian import MANIFEST, PASSWORD, digest
from tests.http.servers import Reply, Server, serving
from tests.http.test_faults import GOOD, MANIFESTS


@pytest.fixture
def known(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the certificate as an authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr("pipeline.remote.transport._authorities", _authorities.__wrapped__)


def shop(server: Server, clock: Clock) -> Registry:
    """A registry behind TLS."""
    return Registry("shop.example.com", address=server.secure, retries=clock.retries())


@pytest.mark.parametrize(
    ("name", "address", "url"),
    [
        ("ghcr.io", "", "https://ghcr.io"),
        ("registry.example.com:8443", "", "https://registry.example.com:8443"),
        ("docker.io", "", "https://registry-1.docker.io"),
        ("localhost:5000", "", "http://localhost:5000"),
        ("localhost", "", "http://localhost"),
        ("127.0.0.1:5000", "", "http://127.0.0.1:5000"),
        ("127.9.9.9", "", "http://127.9.9.9"),
        ("[::1]:5000", "", "http://[::1]:5000"),
        ("localhost.example.com", "", "https://localhost.example.com"),
        ("128.0.0.1", "", "https://128.0.0.1"),
        ("localhost", "http://some-service:5000", "http://some-service:5000"),
        ("localhost", "https://localhost:5001/", "https://localhost:5001"),
    ],
)
def test_http_is_plain_on_the_loopback_only(name: str, address: str, url: str) -> None:
    """Unless an address says otherwise."""
    assert str(endpoint(name, address)).rstrip("/") == url


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("", ""),
        ("ghcr.io/acme", ""),
        ("localhost:port", ""),
        ("u:s3cret@ghcr.io", ""),
        ("ghcr.io", "some-service:5000"),
        ("ghcr.io", "tcp://some-service:5000"),
        ("ghcr.io", "http://u:s3cret@some-service"),
        ("ghcr.io", "http://some-service/v2/"),
        ("ghcr.io", "http://some-service?a=b"),
    ],
)
def test_what_is_no_address_is_refused(name: str, address: str) -> None:
    """Before anything is asked, and without a password that stands in it."""
    with pytest.raises(ValueError, match=r"the address of the registry .* is none; give it as") as failed:
        Registry(name, address=address)
    assert "s3cret@some" not in str(failed.value)


@pytest.mark.anyio
@pytest.mark.parametrize("reference", ["ghcr.io/acme/shop:1", "shop:1", "localhost:5001/shop"])
async def test_another_registrys_reference_is_refused(reference: str) -> None:
    """Its server would be told the password."""
    async with Registry("localhost:5000", user="ann", password=PASSWORD) as registry:
        with pytest.raises(ValueError, match="and localhost:5000 was to be asked"):
            await registry.manifest(reference)


@pytest.mark.anyio
async def test_what_is_no_digest_is_refused() -> None:
    """It would become part of an address."""
    async with Registry("localhost:5000") as registry:
        with pytest.raises(ValueError, match="is not a reference of an image"):
            _ = [part async for part in registry.blob("localhost:5000/shop", "sha256:../../other")]


@pytest.mark.anyio
async def test_the_loopback_is_reached_without_a_proxy(
    server: Server, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the environment says."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.answer(MANIFESTS, GOOD)
    async with Registry(server.name, retries=clock.retries()) as registry:
        assert (await registry.manifest(f"{server.name}/shop:1")).raw == MANIFEST


@pytest.mark.anyio
async def test_others_are_reached_through_the_proxy(
    server: Server, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for a tunnel."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://{server.name}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with Registry("registry.example.com", retries=clock.retries(limit=0.1)) as registry:
        with pytest.raises(RegistryError, match=r"the proxy did not connect \(404 Said\); check"):
            await registry.manifest(f"registry.example.com/shop@{digest(MANIFEST)}")
    assert [request.target for request in server.requests] == ["registry.example.com:443"]


@pytest.mark.anyio
async def test_an_authority_that_nobody_knows_ends_it_at_once(certificate: Path, clock: Clock) -> None:
    """Asking again would not make it known; the error says what would."""
    unknown = pytest.raises(RegistryError, match=r"CERTIFICATE_VERIFY_FAILED.*make its authority known with SSL_CERT")
    async with serving(certificate) as server, shop(server, clock) as registry:
        with unknown:
            await registry.manifest("shop.example.com/shop:1")
    assert clock.pauses == []


@pytest.mark.anyio
@pytest.mark.usefixtures("known")
async def test_an_authority_that_the_environment_names_is_trusted(certificate: Path, clock: Clock) -> None:
    """A company's own, for example."""
    async with serving(certificate) as server, shop(server, clock) as registry:
        server.answer(MANIFESTS, GOOD)
        assert (await registry.manifest("shop.example.com/shop:1")).raw == MANIFEST


@pytest.mark.anyio
@pytest.mark.usefixtures("known")
async def test_https_is_not_left_for_plain_http(certificate: Path, server: Server, clock: Clock) -> None:
    """Not even for this machine: what was asked in private is not repeated in the open."""
    async with serving(certificate) as secured, shop(secured, clock) as registry:
        secured.answer(MANIFESTS, Reply(status=307, headers={"Location": server.other}))
        with pytest.raises(RegistryError, match="it leads to http://localhost, which is not followed"):
            await registry.manifest("shop.example.com/shop:1")
    assert server.requests == []


@pytest.mark.parametrize(
    ("url", "base", "permitted"),
    [
        ("https://example.com/a", "https://ghcr.io", True),
        ("https://example.com/a", "http://some-service:5000", True),
        ("http://some-service:5000/a", "http://some-service:5000", True),
        ("http://127.0.0.1:1/a", "http://some-service:5000", True),
        ("http://other-service:5000/a", "http://some-service:5000", False),
        ("http://some-service:5001/a", "http://some-service:5000", False),
        ("http://127.0.0.1:1/a", "https://ghcr.io", False),
        ("http://ghcr.io/a", "https://ghcr.io", False),
        ("https://ann:word@example.com/a", "https://ghcr.io", False),
        ("ftp://127.0.0.1/a", "http://127.0.0.1", False),
    ],
)
def test_where_a_registry_may_lead(url: str, base: str, permitted: bool) -> None:
    """To https anywhere, and to plain HTTP only from plain HTTP, to itself and to this machine."""
    refused = pytest.raises(httpx.UnsupportedProtocol, match="is not followed")
    with contextlib.nullcontext() if permitted else refused:
        permit(httpx.URL(url), httpx.URL(base))
