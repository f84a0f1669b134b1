"""Memory: what a layer or an asset weighs goes through, and is never held."""

import dataclasses
import hashlib
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.policy.documents import Descriptor
from pipeline.policy.images import Facts, index, variant
from pipeline.policy.sizes import Layer, Measured
from pipeline.policy.versions import Stamp
from pipeline.remote import publishing
from pipeline.remote.copying import Copy
from pipeline.remote.github import GitHub
from pipeline.remote.publishing import Artifact
from pipeline.remote.registry import Registry
from pipeline.remote.wanted import File
from tests.http.gateway import REPOSITORY, TOKEN, started, wanted

pytestmark = pytest.mark.anyio

CHUNK = 2**18
SIZE = 64 * 2**20
MOST = 8 * 2**20
"""Bytes that may be held at once: an eighth of the layer."""


@dataclasses.dataclass
class Peak:
    """The most that was allocated at once."""

    bytes: int = 0


def chunks() -> Iterator[bytes]:
    """A layer of 64 MB, no two chunks of it the same, made when they are asked for."""
    for number in range(SIZE // CHUNK):
        yield number.to_bytes(8, "big") * (CHUNK // 8)


def large() -> Artifact:
    """An image of one platform with this layer alone."""
    hashed = hashlib.sha256()
    for chunk in chunks():
        hashed.update(chunk)
    digest = f"sha256:{hashed.hexdigest()}"
    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest]}}
    layer = Layer(digest, SIZE, SIZE, digest)
    facts = Facts(app="shop", title="Shop", stamp=Stamp("1.2.3", "abc1234def", 1_700_000_000))
    one = variant(Measured(platform="linux/amd64", config=config, layers=[layer]), facts)

    async def opened(_: Descriptor) -> AsyncIterator[bytes]:
        for chunk in chunks():
            yield chunk

    return Artifact(index=index([one], facts), manifests=[one.manifest], configs=[one.config], layers=opened)


@contextmanager
def measured() -> Iterator[Peak]:
    """What is allocated meanwhile."""
    found = Peak()
    tracemalloc.start()
    try:
        yield found
        found.bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def test_a_layer_of_any_size_is_pushed_and_copied_in_little_memory(
    empty_registry: str, other_registry: str
) -> None:
    """From its maker into a registry, and from there into another one: each has all of it afterwards."""
    artifact = large()
    async with (
        Registry(empty_registry, actions="pull,push") as source,
        Registry(other_registry, actions="pull,push") as target,
    ):
        origin, repository = f"{empty_registry}/acme/shop", f"{other_registry}/acme/shop"
        with measured() as pushing:
            pushed = await publishing.push(source, origin, artifact)
        with measured() as copying:
            copy = Copy(source=source, origin=origin, target=target, repository=repository)
            copied = await copy.run(artifact.index)
    assert [max(blob.size for blob in sent) for sent in (pushed, copied.sent)] == [SIZE, SIZE]
    assert 0 < pushing.bytes < MOST
    assert 0 < copying.bytes < MOST


async def test_an_asset_of_any_size_is_uploaded_and_read_in_little_memory(tmp_path: Path) -> None:
    """A file of this machine: it is read for its digest, sent, and read back, and GitHub has all of it."""
    path = tmp_path / "shop.bin"
    with path.open("wb") as file:
        file.writelines(chunks())
    with started() as base:
        async with GitHub(REPOSITORY, token=TOKEN, base=base) as github:
            with measured() as sending:
                own = await File.of(path)
                asset = await github.upload(await github.create(wanted(files=[own]).draft), own.asset, own.content)
            with measured() as reading:
                found = await github.digest(asset)
    assert (asset.size, found) == (SIZE, own.asset.digest)
    assert 0 < sending.bytes < MOST
    assert 0 < reading.bytes < MOST
