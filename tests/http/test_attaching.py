"""Two writers attach to one image at the same moment, in a registry that lists no referrers."""

from collections.abc import Callable

import anyio
import httpx
import pytest

from pipeline.policy.documents import EMPTY, INDEX, MANIFEST, Descriptor, Document
from pipeline.remote.publishing import push
from pipeline.remote.registry import Registry, Retries
from pipeline.remote.transport import Request, Transport, once
from tests.http.debian import digest, plain_client
from tests.http.shop import image

pytestmark = pytest.mark.anyio

ARTIFACT = image("1.2.3", b"application")
KEPT = f"manifests/{ARTIFACT.index.digest.replace(':', '-')}"
NOTHING = Descriptor(media_type=EMPTY, digest=digest(b"{}"), size=2)


def proof(text: str) -> Document:
    """What refers to the image."""
    content = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "text/plain", "config": NOTHING.json}
    content |= {"layers": [NOTHING.json], "subject": ARTIFACT.index.described().json, "annotations": {"text": text}}
    return Document.write(MANIFEST, content)


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], list[str]]:
    """Do something after the first time that an index of referrers was put; gives what was put in all."""
    real = Transport.send

    def interrupt(meanwhile: Callable[[], None]) -> list[str]:
        puts: list[str] = []

        async def send(self: Transport, request: Request, base: httpx.URL, limit: float) -> httpx.Response:
            response = await real(self, request, base, limit)
            if request.method == "PUT" and request.url.path.endswith(KEPT):
                puts.append(request.url.path)
                if len(puts) == 1:
                    await anyio.to_thread.run_sync(meanwhile)
            return response

        monkeypatch.setattr(Transport, "send", send)
        return puts

    return interrupt


async def test_another_writer_in_between_loses_nothing_and_takes_nothing_away(
    empty_registry: str, interrupted: Callable[[Callable[[], None]], list[str]]
) -> None:
    """It read before this one wrote, and wrote after it: both proofs are found, and the one that was there before."""
    first, own, theirs = proof("first"), proof("own"), proof("theirs")
    repository = f"{empty_registry}/acme/shop"

    def overwrite() -> None:
        content = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [theirs.described().json]}
        with plain_client(f"http://{empty_registry}/v2/acme/shop") as client:
            client.put(f"/{KEPT}", json=content, headers={"Content-Type": INDEX}).raise_for_status()

    async with Registry(empty_registry, actions="pull,push", retries=Retries(first=0.01)) as registry:
        await push(registry, repository, ARTIFACT)
        await registry.upload(repository, NOTHING.digest, NOTHING.size, lambda: once(b"{}"))
        await registry.put(f"{repository}@{theirs.digest}", theirs)
        await registry.attach(repository, first)
        puts = interrupted(overwrite)
        await registry.attach(repository, own)
        found = await registry.referrers(repository, ARTIFACT.index.digest)
    assert {one.digest for one in found} == {first.digest, own.digest, theirs.digest}
    assert len(puts) == 2
