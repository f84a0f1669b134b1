"""Verifying: a published image is read as anybody reads it, and looked at part by part."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Final

from pipeline.policy import verification
from pipeline.policy.documents import Descriptor, Document
from pipeline.policy.provenance import IN_TOTO
from pipeline.policy.sboms import CYCLONEDX
from pipeline.policy.verification import BUNDLE, Finding, Part
from pipeline.remote.errors import RegistryError
from pipeline.remote.registry import Registry

_LARGEST: Final = 2**26
"""Bytes of a document that hangs on an image, and of a config, that are read."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Examined:
    """An image that was looked at: the document that its name leads to, its platforms, and what was seen."""

    index: Document
    parts: Sequence[Part]
    findings: Sequence[Finding]


async def examine(registry: Registry, repository: str, reference: str) -> Examined:
    """Look at an image: is all of it there, does it say what it is, does what hangs on it speak of it.

    Everything that is read is held against its digest. `reference` is in `repository`, which is `registry/name`.

    Raises:
        RegistryError: the registry does not have it, or gives something else than a digest says.
    """
    index = await registry.manifest(reference)
    parts = [await _part(registry, repository, child) for child in index.children]
    findings = [
        *verification.of_platforms(index, parts),
        *verification.of_labels(index.annotations, parts),
        *[verification.of_sbom(part, await _hung(registry, repository, part.digest, CYCLONEDX)) for part in parts],
        verification.of_provenance(index.digest, await _hung(registry, repository, index.digest, IN_TOTO)),
        verification.of_signatures(index.digest, await _hung(registry, repository, index.digest, BUNDLE)),
    ]
    return Examined(index=index, parts=parts, findings=findings)


async def _part(registry: Registry, repository: str, child: Descriptor) -> Part:
    """One platform: its config is read, of its layers is asked whether they are there."""
    manifest = await registry.manifest(f"{repository}@{child.digest}")
    lost = [blob.digest for blob in manifest.blobs if not await registry.has_blob(repository, blob.digest)]
    config = {}
    if manifest.blobs and manifest.blobs[0].digest not in lost:
        found = json.loads(await content(registry, repository, manifest.blobs[0]))
        config = found if isinstance(found, dict) else {}
    return Part(platform=child.platform, digest=child.digest, config=config, lost=lost)


async def _hung(registry: Registry, repository: str, digest: str, kind: str) -> list[bytes]:
    """What hangs on a document, of an artifact type that begins so."""
    found = []
    for one in await registry.referrers(repository, digest):
        if one.artifact_type.startswith(kind):
            manifest = await registry.manifest(f"{repository}@{one.digest}")
            found += [await content(registry, repository, layer) for layer in manifest.blobs[1:]]
    return found


async def content(registry: Registry, repository: str, blob: Descriptor) -> bytes:
    """The bytes of a blob that is small.

    Raises:
        RegistryError: it is not, or the registry does not give it.
    """
    if blob.size > _LARGEST:
        raise RegistryError(f"{repository}@{blob.digest} has {blob.size} bytes, more than is read of such a document")
    return b"".join([chunk async for chunk in registry.blob(repository, blob.digest, blob.size)])
