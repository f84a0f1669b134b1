"""A registry has lost a part of an image: what is published whole is there again, and what is copied is not trusted."""

from collections.abc import AsyncIterator
from typing import Final

import pytest

from pipeline.policy.documents import Document
from pipeline.policy.tags import Change, Event
from pipeline.remote import publishing
from pipeline.remote.copying import Copy
from pipeline.remote.errors import LostError
from pipeline.remote.registry import Registry, Retries
from tests.http import debian
from tests.http.shop import KEY, image, release, state

pytestmark = pytest.mark.anyio

SHOP = "acme/shop"
ARTIFACT = image("1.2.3")
CHILD, SBOM = ARTIFACT.manifests[0], ARTIFACT.referrers[0]
LOST: Final = {
    "a layer": f"blobs/{CHILD.blobs[-1].digest}",
    "a manifest": f"manifests/{CHILD.digest}",
    "an SBOM": f"manifests/{SBOM.manifest.digest}",
    "what an SBOM says": f"blobs/{SBOM.blob.digest}",
}
AGAIN: Final = Change(event=Event.MANUAL, version="1.2.3", tags=["again"])


@pytest.fixture
async def registry(deleting_registry: str) -> AsyncIterator[Registry]:
    """One that lets things be deleted, with the image in it."""
    async with Registry(deleting_registry, actions="pull,push", retries=Retries(first=0.01)) as opened:
        await publishing.publish(opened, f"{deleting_registry}/{SHOP}", ARTIFACT, release("1.2.3"))
        yield opened


def lose(registry: Registry, part: str) -> None:
    """Delete a part of the image."""
    with debian.plain_client(f"http://{registry.name}/v2/{SHOP}/") as client:
        client.delete(part).raise_for_status()


async def see(registry: Registry) -> None:
    """The image is there under its tags, with all SBOMs."""
    assert state(registry.name)["1.2.3"] == ARTIFACT.index.digest
    for one in ARTIFACT.referrers:
        found: Document = await registry.manifest(f"{registry.name}/{SHOP}@{one.manifest.digest}")
        assert [await registry.has_blob(f"{registry.name}/{SHOP}", blob.digest) for blob in found.blobs] == [True, True]


@pytest.mark.parametrize("part", LOST.values(), ids=LOST)
async def test_what_is_published_whole_is_there_again_under_the_same_tags(registry: Registry, part: str) -> None:
    """Although every tag leads to the image already; no tag is put."""
    lose(registry, part)
    done = await publishing.publish(registry, f"{registry.name}/{SHOP}", ARTIFACT, release("1.2.3"), whole=True)
    assert not any(one.moved for one in done.decisions)
    await see(registry)


@pytest.mark.parametrize("part", LOST.values(), ids=LOST)
async def test_what_a_registry_lost_is_pushed_again_before_a_tag_is_put(registry: Registry, part: str) -> None:
    """An index that is there says nothing of what it points at, nor provenance of the SBOMs before it."""
    lose(registry, part)
    await publishing.publish(registry, f"{registry.name}/{SHOP}", ARTIFACT, AGAIN)
    assert state(registry.name)["again"] == ARTIFACT.index.digest
    await see(registry)


@pytest.mark.parametrize("part", [*LOST.values()][:2], ids=[*LOST][:2])
async def test_an_image_that_lost_a_part_gets_no_other_tag(registry: Registry, other_registry: str, part: str) -> None:
    """There and elsewhere; the error says what is gone, and what brings it back."""
    lose(registry, part)
    origin = f"{registry.name}/{SHOP}"
    said = rf"{origin} has lost a part of an image: .*{part.partition('/')[2]}.*; it gets no other tag, .*--rebuild"
    async with Registry(other_registry, actions="pull,push") as target:
        for there in (registry, target):
            copy = Copy(source=registry, origin=origin, target=there, repository=f"{there.name}/{SHOP}")
            with pytest.raises(LostError, match=said):
                await publishing.promote(copy, ARTIFACT.index, AGAIN)
        assert await target.tags(f"{other_registry}/{SHOP}") == []
    tags = await registry.tags(origin)
    assert "again" not in tags
    assert KEY in tags
