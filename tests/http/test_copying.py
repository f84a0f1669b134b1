"""An image goes from one repository into another, and is looked at there."""

import contextlib
from collections.abc import Sequence

import pytest

from pipeline.policy.documents import Document
from pipeline.policy.provenance import IN_TOTO
from pipeline.policy.sboms import CYCLONEDX
from pipeline.policy.tags import Change, Event, TagConflict
from pipeline.remote import publishing
from pipeline.remote.copying import Copy
from pipeline.remote.publishing import Published
from pipeline.remote.registry import Registry, Retries
from pipeline.remote.verifying import examine
from tests.http import debian
from tests.http.shop import BOTH, KEY, image, release, state
from tests.http.stopping import Stopped, Watch

pytestmark = pytest.mark.anyio

SHOP = "acme/shop"


def writer(name: str) -> Registry:
    """Somebody who may write."""
    return Registry(name, actions="pull,push", retries=Retries(first=0.01))


async def published(name: str, version: str = "1.2.3", architectures: Sequence[str] = BOTH) -> Document:
    """An image that lies in a registry; its index."""
    artifact = image(version, architectures=architectures)
    async with writer(name) as registry:
        await publishing.publish(registry, f"{name}/{SHOP}", artifact, release(version))
    return artifact.index


async def promote(name: str, index: Document, target: str, shop: str, *tags: str) -> Published:
    """Give the image tags in a repository."""
    async with Registry(name) as source, writer(target) as registry:
        return await again(source, registry, index, shop, *tags)


async def again(source: Registry, target: Registry, index: Document, shop: str, *tags: str) -> Published:
    """The same with clients that are there."""
    change = Change(event=Event.MANUAL, version="1.2.3", tags=tags)
    origin, repository = f"{source.name}/{SHOP}", f"{target.name}/{shop}"
    copy = Copy(source=source, origin=origin, target=target, repository=repository)
    return await publishing.promote(copy, index, change)


async def kinds(name: str, shop: str, index: Document) -> list[list[str]]:
    """What hangs on each platform and on the index."""
    async with Registry(name) as registry:
        subjects = [*(child.digest for child in index.children), index.digest]
        found = [await registry.referrers(f"{name}/{shop}", subject) for subject in subjects]
    return [[one.artifact_type for one in each] for each in found]


async def test_in_its_own_repository_an_image_gets_other_tags(empty_registry: str) -> None:
    """The same digest, and nothing is sent but the tag."""
    index = await published(empty_registry)
    done = await promote(empty_registry, index, empty_registry, SHOP, "stable")
    assert (done.uploaded, done.mounted) == ((), ())
    assert state(empty_registry)["stable"] == index.digest


async def test_in_a_registry_blobs_are_mounted(empty_registry: str) -> None:
    """No byte of a layer is sent; what hangs on the image comes with it."""
    index = await published(empty_registry)
    done = await promote(empty_registry, index, empty_registry, "acme/other", "1.2.3", "latest")
    assert done.uploaded == ()
    assert len(done.mounted) == 7
    assert state(empty_registry, "acme/other") == dict.fromkeys(["1.2.3", "latest"], index.digest)
    assert await kinds(empty_registry, "acme/other", index) == [[CYCLONEDX], [CYCLONEDX], [IN_TOTO]]


async def test_between_registries_the_bytes_are_the_same(empty_registry: str, other_registry: str) -> None:
    """Under the same digest; again there is nothing to do."""
    index = await published(empty_registry)
    done = await promote(empty_registry, index, other_registry, SHOP, "1.2.3")
    assert len(done.uploaded) == 7
    assert state(other_registry) == {"1.2.3": index.digest}
    assert await kinds(other_registry, SHOP, index) == [[CYCLONEDX], [CYCLONEDX], [IN_TOTO]]
    again = await promote(empty_registry, index, other_registry, SHOP, "1.2.3")
    assert (again.uploaded, again.mounted) == ((), ())


@pytest.mark.parametrize("near", [True, False], ids=["mounted", "copied"])
async def test_stopped_after_any_request_that_writes_and_run_again_a_promotion_ends_the_same(
    empty_registry: str, other_registry: str, watched: Watch, *, near: bool
) -> None:
    """Nothing incomplete has a name, and what hangs on the image is there before a floating tag is."""
    index, name = await published(empty_registry, architectures=["amd64"]), empty_registry if near else other_registry
    async with Registry(empty_registry) as source, writer(name) as target:
        for last in range(150):
            made = watched(last, writing=True)
            with contextlib.suppress(Stopped):
                await again(source, target, index, f"acme/shop{last}", "1.2.3", "latest")
            assert set(state(name, f"acme/shop{last}").values()) <= {index.digest}
            done = len([one for one in made if not one.startswith(("GET", "HEAD"))]) < last
            watched(999)
            await again(source, target, index, f"acme/shop{last}", "1.2.3", "latest")
            assert state(name, f"acme/shop{last}").keys() == {"1.2.3", "latest"}
            if done:
                break
        else:
            raise AssertionError("it never came to its end")
    assert last > 10


async def test_a_promotion_replaces_no_version(empty_registry: str, other_registry: str) -> None:
    """Another image has the tag already: the error shows both, and nothing is copied."""
    other = await published(other_registry, "1.2.3")
    index = await published(empty_registry, "1.2.4")
    assert other.digest != index.digest
    with pytest.raises(TagConflict, match=rf"1\.2\.3 never moves: it points at {other.digest}"):
        await promote(empty_registry, index, other_registry, SHOP, "1.2.3")


async def test_an_image_is_found_by_its_content_key(empty_registry: str) -> None:
    """Where its platforms are those that are wanted, and the provenance names the key."""
    index = await published(empty_registry)
    repository, both = f"{empty_registry}/{SHOP}", {"linux/amd64", "linux/arm64"}
    async with writer(empty_registry) as registry:
        found = await publishing.known(registry, repository, KEY, both)
        assert found
        assert (found.index, found.key) == (index, KEY)
        assert [one.kind for one in found.proofs] == [IN_TOTO]
        assert await publishing.known(registry, repository, KEY, {"linux/amd64"}) is None
        assert await publishing.known(registry, repository, f"key-{2:032}", both) is None
        await registry.put(f"{repository}:key-{3:032}", index)
        assert await publishing.known(registry, repository, f"key-{3:032}", both) is None


async def test_what_is_found_by_its_key_costs_ten_requests_at_most(empty_registry: str, watched: Watch) -> None:
    """With all tags of a release, so that two more may be needed to say who asks; nothing is written."""
    index = await published(empty_registry)
    repository = f"{empty_registry}/{SHOP}"
    made = watched(99)
    async with writer(empty_registry) as registry:
        found = await publishing.known(registry, repository, KEY, {"linux/amd64", "linux/arm64"})
        assert found
        copy = Copy(source=registry, origin=repository, target=registry, repository=repository)
        done = await publishing.promote(copy, index, release("1.2.3"), found.tags)
    assert {one.present for one in done.decisions} == {True}
    assert {request.split()[0] for request in made} == {"GET"}
    assert len(made) <= 10


async def test_a_published_image_is_looked_at_part_by_part(deleting_registry: str) -> None:
    """What a registry lost is seen, and what does not speak of the image."""
    name = deleting_registry
    index = await published(name)
    async with Registry(name) as registry:
        found = await examine(registry, f"{name}/{SHOP}", f"{name}/{SHOP}:1.2.3")
        layer = (await registry.manifest(f"{name}/{SHOP}@{index.children[0].digest}")).blobs[-1].digest
        with debian.plain_client(f"http://{name}/v2/{SHOP}") as client:
            client.delete(f"/blobs/{layer}").raise_for_status()
        broken = await examine(registry, f"{name}/{SHOP}", f"{name}/{SHOP}@{index.digest}")
    assert found.index == index
    seen = {one.check: one for one in found.findings}
    assert {check for check, one in seen.items() if one.passed} == {
        "image index",
        "platforms",
        "layers",
        "signatures",
    } | {"annotations"}
    # The image of these tests has no labels, an SBOM that says nothing, and provenance that is none.
    assert seen["sbom linux/amd64"].seen.startswith("it speaks of None")
    assert f"linux/amd64 lacks {layer}" in {one.seen for one in broken.findings}
