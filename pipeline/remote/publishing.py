"""Publishing: an image goes into a registry in an order in which no name ever points at something incomplete."""

import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Final

from pipeline.policy.documents import Descriptor, Document
from pipeline.policy.tags import Change, Decision, Held, decide, settle
from pipeline.remote.errors import RegistryError
from pipeline.remote.registry import Registry
from pipeline.remote.transport import once

Opener = Callable[[Descriptor], AsyncIterator[bytes]]
"""Gives the bytes of a layer from its beginning, each time that it is called."""


_VERSION: Final = "org.opencontainers.image.version"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Artifact:
    """An image as it is pushed: its index, the manifests and configs under it, and who has the layers' bytes."""

    index: Document
    manifests: Sequence[Document]
    configs: Sequence[Document]
    layers: Opener

    @property
    def blobs(self) -> dict[str, Descriptor]:
        """Every blob once, by its digest."""
        return {blob.digest: blob for manifest in self.manifests for blob in manifest.blobs}

    def content(self, blob: Descriptor) -> AsyncIterator[bytes]:
        """The bytes of a blob from its beginning."""
        held = next((config.raw for config in self.configs if config.digest == blob.digest), None)
        return self.layers(blob) if held is None else once(held)


async def decisions(registry: Registry, repository: str, change: Change, digest: str) -> list[Decision]:
    """Decide on the tags of a change by what the repository `registry/name` has, for the index of this digest.

    Raises:
        RegistryError: the registry did not say what it has.
        ValueError: the change makes no tag, or one that never moves points at another image.
    """
    tags = await registry.tags(repository)
    asked = [decision.tag for decision in decide(change, Held(tags=tags)) if decision.tag in tags]
    found = {tag: await registry.find(f"{repository}:{tag}") for tag in asked}
    known = {tag: document for tag, document in found.items() if document}
    held = Held(
        tags=tags,
        digests={tag: document.digest for tag, document in known.items()},
        versions={tag: document.annotations.get(_VERSION, "") for tag, document in known.items()},
    )
    return settle(decide(change, held), digest, held)


async def push(registry: Registry, repository: str, artifact: Artifact) -> list[Descriptor]:
    """Push an image by its digest alone; gives the blobs that were missing.

    A registry takes no manifest whose parts it lacks: where it has the index there is nothing to do. Stopped anywhere
    and begun again, it goes on with what is missing.

    Raises:
        RegistryError: the registry did not take it, or gives back something else.
    """
    name = f"{repository}@{artifact.index.digest}"
    if await registry.find(name):
        return []
    missing = [blob for blob in artifact.blobs.values() if not await registry.has_blob(repository, blob.digest)]
    for blob in missing:
        await registry.upload(repository, blob.digest, blob.size, partial(artifact.content, blob))
    for document in (*artifact.manifests, artifact.index):
        await registry.put(f"{repository}@{document.digest}", document)
    return missing


async def tag(registry: Registry, repository: str, index: Document, decisions: Sequence[Decision]) -> None:
    """Put the tags that were decided on, in their order, and read each back.

    Raises:
        RegistryError: the registry did not take one, or gives back something else under it.
    """
    for decision in decisions:
        if not decision.moved:
            continue
        reference = f"{repository}:{decision.tag}"
        await registry.put(reference, index)
        found = await registry.find(reference)
        if not found or found.raw != index.raw:
            said = f"{found.digest} of {len(found.raw)} bytes" if found else "nothing"
            raise RegistryError(
                f"{reference} was put as {index.digest} of {len(index.raw)} bytes, and the registry gives back {said}; "
                "do not use it, and look who else pushes there"
            )
