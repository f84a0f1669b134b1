"""Reading a registry: manifests, blobs, and the lists of what there is."""

import contextlib
import dataclasses
import functools
import hashlib
import itertools
import json
import re
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, Final, TypeVar

from pipeline.policy.documents import INDEX, INDEXES, Descriptor, Document, is_digest
from pipeline.policy.references import Address
from pipeline.remote.asking import Asker, Question
from pipeline.remote.errors import RegistryError, about
from pipeline.remote.manifests import LARGEST, MEDIA_TYPES, parse_manifest
from pipeline.remote.transport import beginning, close, origin

T = TypeVar("T")

_DROPS: Final = 5
"""Times that a blob is taken up again where its connection broke."""

_PAGES: Final = 1000
"""Pages of a list that are read at most."""

_ACCEPT: Final = ", ".join(MEDIA_TYPES)


class _NoReferrers(Exception):
    """The registry does not list referrers."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reader(Asker):
    """A registry that is read."""

    async def manifest(self, reference: str) -> Document:
        """The manifest or index of a reference: by its digest, else by its tag, else `latest`.

        Raises:
            RegistryError: the registry did not give it, or gave another one than its digest says.
            ValueError: the reference is none, or another registry's.
        """
        place = self._own(reference)
        question = self._ask(place, f"manifests/{place.digest or place.tag or 'latest'}", f"the manifest {reference}")

        async def attempt() -> Document:
            response = await self._open(question, {"Accept": _ACCEPT})
            return parse_manifest(await beginning(response, LARGEST), response.headers, place.digest)

        return await self.retries.persist(RegistryError, question.subject, attempt)

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

    async def head(self, reference: str) -> Descriptor | None:
        """A descriptor of the manifest or index of a reference, without its bytes; None where there is none.

        Where the registry does not say enough without the bytes, they are read.

        Raises:
            RegistryError: the registry did not say, or has another one than the reference's digest says.
            ValueError: the reference is none, or another registry's.
        """
        place = self._own(reference)
        path = f"manifests/{place.digest or place.tag or 'latest'}"
        question = self._ask(place, path, f"the manifest {reference}", "HEAD")
        headers = await self._headers(question, {"Accept": _ACCEPT})
        if headers is None:
            return None
        said = _described(headers)
        if not said:
            found = await self.find(reference)
            return found.described() if found else None
        if place.digest not in {"", said.digest}:
            raise RegistryError(f"{question.subject}: it has the digest {said.digest}; do not use it")
        return said

    async def has_blob(self, repository: str, digest: str) -> bool:
        """Whether a reference's repository has a blob.

        Raises:
            RegistryError: the registry did not say.
            ValueError: the reference is none, or another registry's, or the digest is no SHA-256.
        """
        return await self._headers(self._blob(repository, digest, "HEAD"), {}) is not None

    async def tags(self, repository: str) -> list[str]:
        """All tags of a reference's repository, page by page; none where there is no such repository.

        Raises:
            RegistryError: the registry did not say.
            ValueError: the reference is none, or another registry's.
        """
        place = self._own(repository)
        question = self._ask(place, "tags/list", f"the tags of {place.registry}/{place.repository}")
        try:
            return await self._pages(question, {}, _tags)
        except RegistryError as error:
            if error.not_found:
                return []
            raise

    async def referrers(self, repository: str, digest: str, tags: Collection[str] = ()) -> list[Descriptor]:
        """What refers to a manifest of a reference's repository, such as its SBOM; none where nothing does.

        A registry that does not list them is asked for the tag that its clients keep (distribution specification,
        Unavailable Referrers API); where this is known to be among its `tags`, it is asked for nothing else.

        Raises:
            RegistryError: the registry did not say.
            ValueError: the reference is none, or another registry's, or the digest is no SHA-256.
        """
        place = self._about(repository, digest)
        what = f"what refers to {digest} in {place.registry}/{place.repository}"
        if fallback(place).rpartition(":")[2] in tags and (kept := await self._kept(place)):
            return kept.children
        try:
            return await self._pages(self._ask(place, f"referrers/{digest}", what), {"Accept": INDEX}, _referrers)
        except _NoReferrers:
            pass
        except RegistryError as error:
            if not (error.not_found or error.unsupported):
                raise
        kept = await self._kept(place)
        return kept.children if kept else []

    async def _kept(self, place: Address) -> Document | None:
        """The index of referrers that clients keep where the registry does not."""
        reference = fallback(place)
        found = await self.find(reference)
        if found and found.media_type not in INDEXES:
            raise RegistryError(f"{reference} is kept for what refers to {place.digest}, and it is no index; delete it")
        return found

    async def _headers(self, question: Question, headers: Mapping[str, str]) -> Mapping[str, str] | None:
        """The headers of an answer; None where there is no such thing."""

        async def attempt() -> Mapping[str, str] | None:
            try:
                response = await self._open(question, headers)
            except RegistryError as error:
                if error.not_found:
                    return None
                raise
            await close(response)
            return response.headers

        return await self.retries.persist(RegistryError, question.subject, attempt)

    async def _pages(
        self, question: Question, headers: Mapping[str, str], read: Callable[[Mapping[str, str], Any], list[T]]
    ) -> list[T]:
        """All entries of a list that comes in pages (RFC 8288); `read` takes headers and JSON of one."""
        found: list[T] = []
        for _ in range(_PAGES):
            page = partial(self._page, question, headers, read)
            try:
                entries, following = await self.retries.persist(RegistryError, question.subject, page)
            except _NoReferrers:
                if not found:
                    raise
                raise RegistryError(f"{question.subject}: the next page is no index; try again later") from None
            except RegistryError as error:
                # The first page was there: it is no answer that the list is not.
                none = error.not_found or error.unsupported
                raise dataclasses.replace(error, status=0, codes=()) if found and none else error from None
            found += entries
            if not following:
                return found
            question = following
        raise RegistryError(f"{question.subject}: there are more than {_PAGES} pages of them; prune the repository")

    async def _page(
        self, question: Question, headers: Mapping[str, str], read: Callable[[Mapping[str, str], Any], list[T]]
    ) -> tuple[list[T], Question | None]:
        response = await self._open(question, headers)
        raw = await beginning(response, LARGEST)
        if len(raw) > LARGEST:
            raise RegistryError(f"{question.subject}: a page is larger than {LARGEST // 2**20} MiB, which is refused")
        try:
            content = json.loads(raw)
        except (ValueError, RecursionError):
            content = None
        entries = read(response.headers, content)
        link = response.links.get("next", {}).get("url", "")
        if not link:
            return entries, None
        url = response.url.join(link)
        if origin(url) != origin(self._base):
            raise RegistryError(f"{question.subject}: the next page would be at {url.host}, which is not followed")
        return entries, dataclasses.replace(question, url=url)

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

    def _about(self, repository: str, digest: str) -> Address:
        """A digest in a reference's repository."""
        return self._own(f"{repository.partition('@')[0]}@{digest}")

    def _blob(self, repository: str, digest: str, method: str = "GET") -> Question:
        place = self._about(repository, digest)
        what = f"the blob {digest} of {place.registry}/{place.repository}"
        return self._ask(place, f"blobs/{digest}", what, method)

    async def _chunks(self, question: Question) -> AsyncGenerator[bytes, None]:
        """A body, taken up again where the connection broke."""
        count = 0
        for drop in itertools.count():
            headers = {"Range": f"bytes={count}-"} if count else {}
            response = await self.retries.persist(
                RegistryError, question.subject, functools.partial(self._open, question, headers)
            )
            skipped = 0 if response.status_code == HTTPStatus.PARTIAL_CONTENT else count
            try:
                with about(RegistryError, question.subject):
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


def fallback(place: Address) -> str:
    """The tag that clients keep for what refers to a digest."""
    return f"{place.registry}/{place.repository}:{place.digest.replace(':', '-')}"


def _described(headers: Mapping[str, str]) -> Descriptor | None:
    digest, size = headers.get("docker-content-digest", ""), headers.get("content-length", "")
    media_type = headers.get("content-type", "").partition(";")[0].strip()
    if not (is_digest(digest) and re.fullmatch(r"[0-9]{1,18}", size) and media_type in MEDIA_TYPES):
        return None
    return Descriptor(media_type=media_type, digest=digest, size=int(size))


def _tags(_: Mapping[str, str], content: Any) -> list[str]:  # noqa: ANN401 - it is what it checks
    # A repository without tags has null in Go's JSON.
    found = (content.get("tags") or []) if isinstance(content, dict) else None
    if isinstance(found, list) and all(isinstance(tag, str) for tag in found):
        return found
    raise ValueError("what came is no list of tags; check its address")


def _referrers(headers: Mapping[str, str], content: Any) -> list[Descriptor]:  # noqa: ANN401 - same
    # GHCR leads to a page of its own; only an index is a list of referrers.
    if headers.get("content-type", "").partition(";")[0].strip() != INDEX:
        raise _NoReferrers
    found = content.get("manifests") if isinstance(content, dict) else None
    if not isinstance(found, list):
        raise ValueError("what came is no index; check the address of the registry")  # noqa: TRY004 - data
    return [Descriptor.parse(raw) for raw in found]
