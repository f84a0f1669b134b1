"""Registry: a client of the OCI distribution specification, v1.1."""

import contextlib
import dataclasses
import functools
import hashlib
import itertools
import json
from collections.abc import AsyncGenerator, AsyncIterator
from functools import partial
from http import HTTPStatus
from typing import Final

from pipeline.policy.documents import Document
from pipeline.remote.asking import Asker, Body, Question
from pipeline.remote.errors import RegistryError, about
from pipeline.remote.manifests import LARGEST, MEDIA_TYPES, parse_manifest
from pipeline.remote.retries import Retries
from pipeline.remote.transport import beginning

__all__ = ["Registry", "RegistryError", "Retries"]

_DROPS: Final = 5
"""Times that a blob is taken up again where its connection broke."""

_PAGES: Final = 1000
"""Pages of tags that are read at most."""


@dataclasses.dataclass(frozen=True, slots=True)
class Registry(Asker):
    """A registry that is read and written."""

    async def manifest(self, reference: str) -> Document:
        """The manifest or index of a reference: by its digest, else by its tag, else `latest`.

        Raises:
            RegistryError: the registry did not give it, or gave another one than its digest says.
            ValueError: the reference is none, or another registry's.
        """
        place = self._own(reference)
        question = self._ask(place, f"manifests/{place.digest or place.tag or 'latest'}", f"the manifest {reference}")

        async def attempt() -> Document:
            response = await self._open(question, {"Accept": ", ".join(MEDIA_TYPES)})
            return parse_manifest(await beginning(response, LARGEST), response.headers, place.digest)

        return await self.retries.persist(question.subject, attempt)

    async def find(self, reference: str) -> Document | None:
        """The manifest or index of a reference; None where the registry says that there is none.

        Raises:
            RegistryError: the registry did not say so, but failed or refused.
            ValueError: the reference is none, or another registry's.
        """
        try:
            return await self.manifest(reference)
        except RegistryError as error:
            if error.not_found:
                return None
            raise

    async def put(self, reference: str, document: Document) -> None:
        """Put a manifest or an index, byte for byte, under a tag or its own digest; again does no harm.

        Raises:
            RegistryError: the registry did not take it, or says that it took something else.
            ValueError: the reference is none, another registry's, or has another digest.
        """
        place = self._own(reference)
        if place.digest not in {"", document.digest}:
            raise ValueError(f"{reference} was to be put, and the document has the digest {document.digest}")
        path = f"manifests/{place.digest or place.tag or 'latest'}"
        question = self._ask(place, path, f"to take the manifest {reference}", "PUT", partial(_once, document.raw))

        async def attempt() -> None:
            headers = {"Content-Type": document.media_type, "Content-Length": str(len(document.raw))}
            response = await self._open(question, headers)
            await response.aclose()
            said = response.headers.get("docker-content-digest", document.digest)
            if said != document.digest:
                raise RegistryError(f"{question.subject}: it took {said} for {document.digest}; do not use it")

        await self.retries.persist(question.subject, attempt)

    async def tags(self, repository: str) -> list[str]:
        """All tags of a reference's repository, page by page; none where there is no such repository.

        Raises:
            RegistryError: the registry did not say.
            ValueError: the reference is none, or another registry's.
        """
        place = self._own(repository)
        question = self._ask(place, "tags/list", f"the tags of {place.registry}/{place.repository}")
        found: list[str] = []
        for _ in range(_PAGES):
            try:
                tags, link = await self.retries.persist(question.subject, partial(self._page, question))
            except RegistryError as error:
                if error.not_found and not found:
                    return []
                raise
            found += tags
            if not link:
                return found
            question = dataclasses.replace(question, url=question.url.join(link))
        raise RegistryError(f"{question.subject}: there are more than {_PAGES} pages of them; prune the repository")

    async def _page(self, question: Question) -> tuple[list[str], str]:
        """Tags, and where the next ones are (distribution specification, Listing Tags)."""
        response = await self._open(question, {})
        try:
            tags = json.loads(await beginning(response, LARGEST)).get("tags") or []
        except (ValueError, AttributeError, RecursionError):
            tags = None
        if not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
            raise RegistryError(f"{question.subject}: what came is no list of tags; check its address")
        return tags, response.links.get("next", {}).get("url", "")

    async def has_blob(self, repository: str, digest: str) -> bool:
        """Whether a reference's repository has a blob.

        Raises:
            RegistryError: the registry did not say.
            ValueError: the reference is none, or another registry's, or the digest is no SHA-256.
        """
        question = self._blob(repository, digest, "HEAD")

        async def attempt() -> bool:
            try:
                await (await self._open(question, {})).aclose()
            except RegistryError as error:
                if error.not_found:
                    return False
                raise
            return True

        return await self.retries.persist(question.subject, attempt)

    async def upload(self, repository: str, digest: str, size: int, content: Body) -> None:
        """Upload a blob of `size` bytes in one piece, as a stream; what fails begins again with a new upload.

        Raises:
            RegistryError: the registry did not take it.
            ValueError: the reference is none, or another registry's, or the digest is no SHA-256.
        """
        place = self._own(f"{repository.partition('@')[0]}@{digest}")
        what = f"to take the blob {digest} of {place.registry}/{place.repository}"
        begin = self._ask(place, "blobs/uploads/", what, "POST")

        async def attempt() -> None:
            opened = await self._open(begin, {"Content-Length": "0"})
            await opened.aclose()
            if not (location := opened.headers.get("location")):
                raise RegistryError(f"{begin.subject}: it did not say where to; check the address of the registry")
            url = begin.url.join(location).copy_merge_params({"digest": digest})
            question = dataclasses.replace(begin, url=url, method="PUT", body=content)
            headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
            await (await self._open(question, headers)).aclose()

        await self.retries.persist(begin.subject, attempt)

    async def blob(self, repository: str, digest: str, size: int | None = None) -> AsyncGenerator[bytes, None]:
        """The bytes of a blob of a reference's repository. They are checked at the end: only then use what came.

        A connection that breaks is taken up again where it broke. Each wait for bytes is limited, the whole is not.
        Whoever leaves early closes the iterator (`contextlib.aclosing`). `size` is in bytes, where it is known.

        Raises:
            RegistryError: the registry did not give it, or gave other bytes than digest and size say.
            ValueError: the reference is none, or another registry's, or the digest is no SHA-256.
        """
        question = self._blob(repository, digest)
        hashed, count = hashlib.sha256(), 0
        async with contextlib.aclosing(self._chunks(question)) as chunks:
            async for chunk in chunks:
                hashed.update(chunk)
                count += len(chunk)
                if size is not None and count > size:
                    raise RegistryError(f"{question.subject}: more than its {size} bytes came; do not use it")
                yield chunk
        if size is not None and count != size:
            raise RegistryError(f"{question.subject}: {count} bytes came and not {size}; do not use it")
        found = f"sha256:{hashed.hexdigest()}"
        if found != digest:
            raise RegistryError(f"{question.subject}: what came has the digest {found}; do not use it")

    def _blob(self, repository: str, digest: str, method: str = "GET") -> Question:
        place = self._own(f"{repository.partition('@')[0]}@{digest}")
        what = f"the blob {digest} of {place.registry}/{place.repository}"
        return self._ask(place, f"blobs/{digest}", what, method)

    async def _chunks(self, question: Question) -> AsyncGenerator[bytes, None]:
        """A body, taken up again where the connection broke."""
        count = 0
        for drop in itertools.count():
            headers = {"Range": f"bytes={count}-"} if count else {}
            response = await self.retries.persist(question.subject, functools.partial(self._open, question, headers))
            skipped = 0 if response.status_code == HTTPStatus.PARTIAL_CONTENT else count
            try:
                with about(question.subject):
                    async for chunk in response.aiter_raw():
                        fresh = chunk[skipped:]
                        skipped = max(0, skipped - len(chunk))
                        count += len(fresh)
                        yield fresh
            except RegistryError as error:
                if error.retry_after is None or drop == _DROPS:
                    raise
            else:
                return
            finally:
                await response.aclose()
            await self.retries.sleep(self.retries.pause(drop))


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
