"""The bytes of an image's layers, for who pushes them."""

import dataclasses
import tarfile
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import anyio
import dagger

from pipeline.nodes.archives import archived
from pipeline.policy.documents import Descriptor
from pipeline.policy.images import Variant

_CHUNK: Final = 2**20
"""Bytes that are held at a time: a layer of any size takes no more memory."""


@dataclasses.dataclass(frozen=True)
class Layers:
    """Layers by their digest, out of tarballs that come to this function's disk when the first of theirs is asked for.

    `containers` and `variants` are in one order.
    """

    containers: Sequence[dagger.Container]
    variants: Sequence[Variant]
    compression: str
    folder: Path
    _lock: anyio.Lock = dataclasses.field(default_factory=anyio.Lock, init=False)

    async def open(self, blob: Descriptor) -> AsyncIterator[bytes]:
        """The bytes of a layer from its beginning.

        Raises:
            ValueError: the image has no such layer, or its tarball cannot be read.
        """
        path = await self._archive(blob.digest)
        try:
            with tarfile.open(path) as archive:
                content = archive.extractfile(f"blobs/{blob.digest.replace(':', '/')}")
                while content and (chunk := content.read(_CHUNK)):
                    yield chunk
        except (KeyError, tarfile.TarError) as error:
            raise ValueError(
                f"the engine's tarball of the image does not give the layer {blob.digest} ({error}); run it again"
            ) from None

    async def _archive(self, digest: str) -> Path:
        for number, variant in enumerate(self.variants):
            if digest in {found.digest for found in variant.manifest.blobs}:
                path = self.folder / f"{number}.tar"
                async with self._lock:
                    if not path.exists():
                        # Under its name when it is whole: an export that was stopped is begun anew.
                        part = path.with_suffix(".part")
                        _ = await archived(self.containers[number], self.compression).export(str(part))
                        part.rename(path)
                return path
        raise ValueError(f"the image has no layer {digest}")


def working_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder that the engine can write into: one below the function's working directory."""
    return tempfile.TemporaryDirectory(dir=".", prefix="layers-")
