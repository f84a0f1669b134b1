"""Copying: an image goes from one repository into another, byte for byte, with all that refers to it."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator
from functools import partial

from pipeline.policy.documents import INDEXES, Descriptor, Document
from pipeline.remote.errors import LostError, RegistryError
from pipeline.remote.registry import Registry


@dataclasses.dataclass(frozen=True, kw_only=True)
class Copied:
    """What a copy did: the document that it was of, and the blobs that were mounted, or had to be sent."""

    top: Document
    mounted: tuple[Descriptor, ...] = ()
    sent: tuple[Descriptor, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Copy:
    """A copy between two repositories, each `registry/name`; both may lie in one registry."""

    source: Registry
    origin: str
    target: Registry
    repository: str
    _mounted: dict[str, Descriptor] = dataclasses.field(default_factory=dict, init=False)
    _sent: dict[str, Descriptor] = dataclasses.field(default_factory=dict, init=False)
    _seen: set[str] = dataclasses.field(default_factory=set, init=False)

    async def run(self, top: Document, *, whole: bool = True) -> Copied:
        """Copy an image or an index with everything under it, then what refers to any of it.

        Where it lies in that repository already, it is `whole` when every part of it was asked for.

        Every part is asked for: a registry may have lost some since. Stopped anywhere and begun again, it goes on with
        what is missing.

        Raises:
            LostError: where it lies, a part of it is gone.
            RegistryError: a registry failed or refused, or gave something else than its digest says.
        """
        if self.origin == self.repository:
            for document in [top, *[await self._child(child) for child in top.children]] if whole else []:
                await self._there(document)
            return Copied(top=top)
        await self._manifest(top)
        for document in await self._family(top):
            await self._referrers(document.digest)
        found = await self.target.manifest(f"{self.repository}@{top.digest}")
        if found.raw != top.raw:
            raise RegistryError(
                f"{self.repository} has other bytes under {top.digest} than {self.origin}; do not use it"
            )
        return Copied(top=top, mounted=tuple(self._mounted.values()), sent=tuple(self._sent.values()))

    async def _manifest(self, document: Document) -> None:
        """One document, its parts before it."""
        for child in document.children:
            await self._manifest(await self._child(child))
        for blob in document.blobs:
            await self._blob(blob)
        if not await self.target.head(f"{self.repository}@{document.digest}"):
            await self.target.put(f"{self.repository}@{document.digest}", document)

    async def _child(self, child: Descriptor) -> Document:
        found = await self.source.find(f"{self.origin}@{child.digest}")
        if not found:
            raise self._lost(f"its manifest {child.digest}")
        return found

    async def _there(self, document: Document) -> None:
        for blob in document.blobs:
            if not await self.source.has_blob(self.origin, blob.digest):
                raise self._lost(f"the blob {blob.digest} of {document.digest}")

    def _lost(self, part: str) -> LostError:
        return LostError(
            f"{self.origin} has lost a part of an image: {part}; it gets no other tag, publish it again with --rebuild"
        )

    async def _blob(self, blob: Descriptor) -> None:
        if blob.digest in self._seen or await self.target.has_blob(self.repository, blob.digest):
            return
        self._seen.add(blob.digest)
        near = self.source.name == self.target.name
        if near and await self.target.mount(self.repository, blob.digest, self.origin):
            self._mounted[blob.digest] = blob
            return
        await self.target.upload(self.repository, blob.digest, blob.size, partial(self._bytes, blob))
        self._sent[blob.digest] = blob

    async def _bytes(self, blob: Descriptor) -> AsyncIterator[bytes]:
        try:
            async with contextlib.aclosing(self.source.blob(self.origin, blob.digest, blob.size)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except RegistryError as error:
            if error.not_found:
                raise self._lost(f"the blob {blob.digest}") from None
            raise

    async def _family(self, top: Document) -> list[Document]:
        """What may be referred to: the platforms, then the index, whose referrers say that all others are there."""
        if top.media_type not in INDEXES:
            return [top]
        return [*[await self._child(one) for one in top.children], top]

    async def _referrers(self, digest: str) -> None:
        """What refers to a document, and to that in turn, such as the signature of an SBOM."""
        there = {found.digest for found in await self.target.referrers(self.repository, digest)}
        for found in await self.source.referrers(self.origin, digest):
            if found.digest in self._seen:
                continue
            self._seen.add(found.digest)
            await self._referrers(found.digest)
            if found.digest not in there:
                document = await self._child(found)
                for child in document.children:
                    await self._manifest(await self._child(child))
                for blob in document.blobs:
                    await self._blob(blob)
                await self.target.attach(self.repository, document)
