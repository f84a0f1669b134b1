"""Writing to the distribution project's registries, as they are: Debian's version 2.8, and version 3."""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pipeline.policy.documents import EMPTY, INDEX, MANIFEST, Descriptor, Document
from pipeline.remote.registry import Registry, RegistryError, Retries
from tests.http import debian
from tests.http.debian import CONFIG, LAYER, PASSWORD, USER, digest

pytestmark = pytest.mark.anyio

NOTHING = "sha256:" + "0" * 64
IMAGE = Document(MANIFEST, debian.MANIFEST)
KIND = "application/vnd.example.sbom"


@dataclasses.dataclass(frozen=True)
class Place:
    """A registry that runs: its name, who may use it, and whether it is version 3."""

    name: str
    user: str
    password: str
    third: bool

    @property
    def shop(self) -> str:
        """A repository in it."""
        return f"{self.name}/acme/shop"

    def open(self) -> Registry:
        """A client."""
        return Registry(self.name, user=self.user, password=self.password, retries=Retries(limit=10))


@pytest.fixture(scope="module", params=["2.8", "3"])
def program(request: pytest.FixtureRequest) -> str:
    """A registry's program."""
    return debian.third() if request.param == "3" else debian.found()


@pytest.fixture(params=["anybody", "a user"])
def place(request: pytest.FixtureRequest, program: str, shelf: debian.Shelf) -> Place:
    """An empty registry that anybody may write to, or a user with a password only."""
    closed = request.param == "a user"
    who = (USER, PASSWORD) if closed else ("", "")
    third = program == debian.third()
    name = shelf.take(f"third {third}, closed {closed}", program, deletes=True, closed=closed)
    return Place(name, *who, third=third)


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    """Bytes as a stream."""
    for start in range(0, len(content), 2**16):
        yield content[start : start + 2**16]


async def fill(registry: Registry, repository: str, *tags: str) -> None:
    """Put the image there under its digest and these tags."""
    for blob in (CONFIG, LAYER, b"{}"):
        await registry.upload(repository, digest(blob), len(blob), lambda blob=blob: pieces(blob))  # type: ignore[misc]
    for tagged in (f"@{IMAGE.digest}", *(f":{tag}" for tag in tags)):
        await registry.put(f"{repository}{tagged}", IMAGE)


def referrer(text: str) -> Document:
    """An artifact that refers to the image."""
    empty = Descriptor(media_type=EMPTY, digest=digest(b"{}"), size=2).json
    content = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": KIND, "config": empty, "layers": [empty]}
    return Document.write(MANIFEST, content | {"subject": IMAGE.described().json, "annotations": {"text": text}})


async def test_whether_a_repository_may_be_written_is_known_without_writing(place: Place) -> None:
    """The upload that finds it out is cancelled, and nobody may do it with a wrong password."""
    async with place.open() as registry:
        await registry.writable(place.shop)
        assert await registry.tags(place.shop) == []
    if place.user:
        async with dataclasses.replace(place, password=PASSWORD[1:]).open() as registry:
            with pytest.raises(
                RegistryError, match=r"whether \S+/acme/shop may be written was asked of .* answered 401"
            ):
                await registry.writable(place.shop)


async def test_what_was_written_is_read_back(place: Place) -> None:
    """Byte for byte: blobs, a manifest by digest and by tag, and writing it again does no harm."""
    async with place.open() as registry:
        assert not await registry.has_blob(place.shop, digest(LAYER))
        for _ in range(2):
            await fill(registry, place.shop, "1")
        assert await registry.has_blob(place.shop, digest(LAYER))
        assert b"".join([part async for part in registry.blob(place.shop, digest(LAYER), len(LAYER))]) == LAYER
        for reference in (f"{place.shop}:1", f"{place.shop}@{IMAGE.digest}"):
            assert await registry.find(reference) == IMAGE
            assert await registry.head(reference) == IMAGE.described()


async def test_what_is_not_there_is_none(place: Place) -> None:
    """No error: whoever publishes asks for it."""
    async with place.open() as registry:
        assert await registry.find(f"{place.shop}:1") is None
        assert await registry.head(f"{place.shop}:1") is None
        assert await registry.head(f"{place.shop}@{NOTHING}") is None
        assert await registry.tags(place.shop) == []
        assert await registry.referrers(place.shop, NOTHING) == []
        assert not await registry.has_blob(place.shop, NOTHING)
        assert not await registry.delete(f"{place.shop}@{NOTHING}")


async def test_an_empty_blob_is_taken(place: Place) -> None:
    """Its length is 0."""
    async with place.open() as registry:
        await registry.upload(place.shop, digest(b""), 0, lambda: pieces(b""))
        assert await registry.has_blob(place.shop, digest(b""))


async def test_a_blob_with_another_digest_is_not_taken(place: Place) -> None:
    """The registry counts; it is not asked again."""
    async with place.open() as registry:
        with pytest.raises(RegistryError, match=r"to take the blob .* answered 400 Bad Request \(DIGEST_INVALID"):
            await registry.upload(place.shop, NOTHING, 3, lambda: pieces(b"abc"))
        assert not await registry.has_blob(place.shop, NOTHING)


async def test_a_manifest_whose_parts_are_missing_is_not_taken(place: Place) -> None:
    """The registry names what is missing, and nothing is there afterwards."""
    async with place.open() as registry:
        with pytest.raises(RegistryError, match=r"to take the manifest .*:1 was asked .*BLOB_UNKNOWN"):
            await registry.put(f"{place.shop}:1", IMAGE)
        assert await registry.find(f"{place.shop}:1") is None


async def test_a_blob_of_another_repository_is_mounted(place: Place) -> None:
    """Nothing is sent; what the other one does not have is not mounted, and no upload stays open."""
    async with place.open() as registry:
        await fill(registry, place.shop)
        assert await registry.mount(f"{place.name}/acme/other", digest(LAYER), place.shop)
        assert await registry.has_blob(f"{place.name}/acme/other", digest(LAYER))
        assert not await registry.mount(f"{place.name}/acme/other", NOTHING, place.shop)


async def test_all_tags_are_listed(place: Place) -> None:
    """In whatever order they come; the tag of the reference does not matter."""
    tags = {f"1.{number}" for number in range(12)}
    async with place.open() as registry:
        await fill(registry, place.shop, *tags)
        assert set(await registry.tags(f"{place.shop}:1.1")) == tags


async def test_what_refers_to_an_image_is_found(place: Place) -> None:
    """Each once, with type and annotations, although these registries list no referrers."""
    first, second = referrer("first"), referrer("second")
    async with place.open() as registry:
        await fill(registry, place.shop, "1")
        for document in (first, second, first):
            await registry.attach(place.shop, document)
        found = await registry.referrers(place.shop, IMAGE.digest)
        kept = await registry.find(f"{place.shop}:{IMAGE.digest.replace(':', '-')}")
    assert [one.digest for one in found] == [first.digest, second.digest]
    assert [(one.artifact_type, one.annotations) for one in found] == [
        (KIND, {"text": "first"}),
        (KIND, {"text": "second"}),
    ]
    assert kept
    assert kept.media_type == INDEX


async def test_a_tag_in_the_place_of_referrers_is_not_overwritten(place: Place) -> None:
    """Somebody put an image there."""
    async with place.open() as registry:
        await fill(registry, place.shop, IMAGE.digest.replace(":", "-"))
        with pytest.raises(RegistryError, match="and it is no index; delete it"):
            await registry.attach(place.shop, referrer("first"))


async def test_a_manifest_is_deleted(place: Place) -> None:
    """By its digest, once."""
    async with place.open() as registry:
        await fill(registry, place.shop, "1")
        assert await registry.delete(f"{place.shop}@{IMAGE.digest}")
        assert not await registry.delete(f"{place.shop}@{IMAGE.digest}")
        assert await registry.find(f"{place.shop}@{IMAGE.digest}") is None


async def test_a_tag_alone_is_deleted_where_the_registry_can(place: Place) -> None:
    """Version 2.8 cannot, and the error says so."""
    async with place.open() as registry:
        await fill(registry, place.shop, "1", "2")
        if not place.third:
            with pytest.raises(RegistryError, match="the registry deletes by digest only"):
                await registry.delete(f"{place.shop}:1")
            return
        assert await registry.delete(f"{place.shop}:1")
        assert not await registry.delete(f"{place.shop}:1")
        assert await registry.tags(place.shop) == ["2"]
        assert await registry.find(f"{place.shop}@{IMAGE.digest}")


async def test_a_registry_that_allows_no_deletes_is_said(program: str, shelf: debian.Shelf) -> None:
    """That is how they come."""
    name = shelf.take(Path(program).name, program)
    async with Registry(name) as registry:
        await fill(registry, f"{name}/shop", "1")
        with pytest.raises(RegistryError, match=r"UNSUPPORTED.*the registry does not allow deletes"):
            await registry.delete(f"{name}/shop:1")


@pytest.mark.parametrize(
    ("user", "password", "advice"), [("", "", "nobody may do that without"), (USER, "wrong-word", "pass a user and")]
)
async def test_others_may_not_write(program: str, shelf: debian.Shelf, user: str, password: str, advice: str) -> None:
    """The error names what was to be written and what helps, and no password."""
    name = shelf.take(f"{Path(program).name}, closed", program, closed=True)
    async with Registry(name, user=user, password=password) as registry:
        with pytest.raises(RegistryError, match=f"answered 401 .*; {advice}") as failed:
            await registry.put(f"{name}/shop:1", IMAGE)
    assert f"{name}/shop:1" in str(failed.value)
    assert "wrong-word" not in str(failed.value)
