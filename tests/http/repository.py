"""A repository with images, SBOMs and signatures in it, as publishing leaves it, and what is there of it."""

import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from pipeline.policy.documents import CONFIG, EMPTY, INDEX, MANIFEST, Descriptor, Document
from pipeline.policy.holdings import JOURNAL
from pipeline.remote.asking import DELETE
from pipeline.remote.manifests import MEDIA_TYPES
from pipeline.remote.registry import Registry, Retries
from tests.http import debian

OLD: Final = "2025-01-01T00:00:00Z"
NEW: Final = "2026-03-30T00:00:00Z"
BASE: Final = b"base" * 50_000
KINDS: Final = ", ".join(MEDIA_TYPES)

IMAGES: Final = {
    "release": (OLD, "1.2.3", "latest", "main-abc1234"),
    "young": (NEW, "pr-3"),
    "old": (OLD, "pr-1", "key-abcd"),
    "older": (OLD, "pr-2"),
    "odd": (OLD, "odd"),
}
"""When each image was made, and its tags."""


@contextlib.contextmanager
def running(program: str, filled: Path, folder: Path, *, deletes: bool = True) -> Iterator[str]:
    """A repository in a registry on a copy of a folder."""
    shutil.copytree(filled / "storage", folder / "storage")
    with debian.running(folder, program=program, deletes=deletes) as name:
        yield f"{name}/acme/shop"


def opened(shop: str) -> Registry:
    """A client that may delete."""
    return Registry(shop.partition("/")[0], actions=DELETE, retries=Retries(limit=10))


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    """Bytes as a stream."""
    yield content


async def blob(registry: Registry, shop: str, kind: str, content: bytes) -> Descriptor:
    """Upload a blob."""
    digest = debian.digest(content)
    await registry.upload(shop, digest, len(content), lambda: pieces(content))
    return Descriptor(media_type=kind, digest=digest, size=len(content))


async def push(registry: Registry, shop: str, own: str, created: str, *tags: str) -> Document:
    """Push an image of two platforms on a base that all share, each with an SBOM, and one of them signed."""
    manifests = []
    for arch in ("amd64", "arm64"):
        config = await blob(registry, shop, CONFIG, debian.encoded({"architecture": arch, "own": own}))
        layers = [await blob(registry, shop, "a/layer", raw) for raw in (BASE, f"{own} {arch}".encode() * 20_000)]
        content = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config.json}
        manifest = Document.write(MANIFEST, content | {"layers": [layer.json for layer in layers]})
        await registry.put(f"{shop}@{manifest.digest}", manifest)
        manifests.append(manifest)
        sbom = await attach(registry, shop, manifest, f"SBOM of {own} {arch}")
    await attach(registry, shop, sbom, f"signature of {own}")
    content = {"schemaVersion": 2, "mediaType": INDEX, "annotations": {"org.opencontainers.image.created": created}}
    index = Document.write(INDEX, content | {"manifests": [one.described().json for one in manifests]})
    for tag in tags:
        await registry.put(f"{shop}:{tag}", index)
    return index


async def attach(registry: Registry, shop: str, subject: Document, text: str) -> Document:
    """Attach a text to a manifest."""
    empty, layer = await blob(registry, shop, EMPTY, b"{}"), await blob(registry, shop, "text/plain", text.encode())
    content = {"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "text/plain", "config": empty.json}
    about = subject.described().json
    document = Document.write(MANIFEST, content | {"layers": [layer.json], "subject": about})
    await registry.attach(shop, document)
    return document


async def fill(shop: str, *images: str) -> None:
    """Push these images, all of them where none is named."""
    async with opened(shop) as registry:
        for own in images or IMAGES:
            created, *tags = IMAGES[own]
            await push(registry, shop, own, created, *tags)


def state(shop: str) -> dict[str, str]:
    """Every tag and its digest; whatever an index leads to has to be there, but for the list of a prune."""
    name, _, repository = shop.partition("/")
    found: dict[str, str] = {}
    seen: set[str] = set()
    with debian.plain_client(f"http://{name}/v2/{repository}") as client:
        for tag in client.get("/tags/list").json().get("tags") or []:
            answer = client.get(f"/manifests/{tag}", headers={"Accept": KINDS}).raise_for_status()
            top = Document(answer.headers["content-type"], answer.content)
            found[tag] = top.digest
            for child in top.children if tag != JOURNAL else ():
                if child.digest in seen:
                    continue
                seen.add(child.digest)
                raw = client.get(f"/manifests/{child.digest}", headers={"Accept": KINDS}).raise_for_status()
                for part in Document(child.media_type, raw.content).blobs:
                    assert client.head(f"/blobs/{part.digest}").headers["content-length"] == str(part.size)
    return found


def stored(folder: Path, repository: str = "acme/shop") -> set[str]:
    """The manifests that a repository has, whether a tag leads to them or not."""
    return {path.parent.name for path in _kept(folder, repository).glob("_manifests/revisions/sha256/*/link")}


def links(folder: Path, repository: str) -> dict[str, str]:
    """All that a registry knows of a repository: where each name and each digest leads to."""
    kept = _kept(folder, repository)
    return {path.relative_to(kept).as_posix(): path.read_text("ascii") for path in kept.rglob("link")}


def double(folder: Path, repository: str, name: str) -> None:
    """Let a registry have a repository once more, under another name: what it leads to lies beside all of them."""
    shutil.copytree(_kept(folder, repository), _kept(folder, name))


def _kept(folder: Path, repository: str) -> Path:
    return folder / "storage/docker/registry/v2/repositories" / repository
