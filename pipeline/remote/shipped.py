"""What was shipped: a published image as a release speaks of it, read from its registry."""

import dataclasses
from collections.abc import Iterable, Mapping

from pipeline.policy.documents import Document
from pipeline.policy.references import address
from pipeline.remote.registry import Registry
from pipeline.remote.verifying import content


@dataclasses.dataclass(frozen=True, kw_only=True)
class Image:
    """A published image: its index, the platform of each manifest by digest, and compressed bytes by platform.

    `proofs` has what hangs on it, by the digest of the manifest that hangs it there.
    """

    index: Document
    platforms: Mapping[str, str]
    sizes: Mapping[str, int]
    proofs: Mapping[str, bytes]


async def shipped(registry: Registry, reference: str, proofs: Iterable[str] = ()) -> Image:
    """Read an image, and what hangs on it by these digests.

    Raises:
        RegistryError: the registry does not have it, or gives something else than a digest says.
    """
    index = await registry.manifest(reference)
    repository = address(reference).full
    sizes = {}
    for child in index.children:
        _, *layers = (await registry.manifest(f"{repository}@{child.digest}")).blobs
        sizes[child.platform] = sum(layer.size for layer in layers)
    return Image(
        index=index,
        platforms={child.digest: child.platform for child in index.children},
        sizes=sizes,
        proofs={digest: await _hung(registry, repository, digest) for digest in proofs},
    )


async def _hung(registry: Registry, repository: str, digest: str) -> bytes:
    _, *layers = (await registry.manifest(f"{repository}@{digest}")).blobs
    return b"".join([await content(registry, repository, layer) for layer in layers])
