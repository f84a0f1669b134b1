"""Registry: a client of the OCI distribution specification, v1.1."""

import contextlib
import dataclasses
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import anyio
import httpx

from pipeline.policy.documents import INDEX, Descriptor, Document
from pipeline.remote.asking import DELETE, PULL, PUSH, Question
from pipeline.remote.errors import RegistryError, about
from pipeline.remote.reading import Reader, fallback
from pipeline.remote.retries import Retries
from pipeline.remote.transport import Body, close, exactly, once

__all__ = ["Registry", "RegistryError", "Retries"]

_EMPTY: Final = {"Content-Length": "0"}

_WRITES: Final = 5
"""Times that an index of referrers is written which somebody else overwrites."""

_FAREWELL: Final = 5
"""Seconds that it may take to cancel what nobody needs."""


@dataclasses.dataclass(frozen=True, slots=True)
class Registry(Reader):
    """A registry that is read and written."""

    async def put(self, reference: str, document: Document) -> bool:
        """Put a manifest or an index, byte for byte, under a tag or its own digest; again does no harm.

        Gives whether the registry will list it among what refers to its subject.

        Raises:
            RegistryError: the registry did not take it, or says that it took something else.
            ValueError: the reference is none, another registry's, or has another digest.
        """
        place = self._own(reference)
        if place.digest not in {"", document.digest}:
            raise ValueError(f"{reference} was to be put, and the document has the digest {document.digest}")
        path = f"manifests/{place.digest or place.tag or 'latest'}"
        body = partial(once, document.raw)
        question = self._ask(place, path, f"to take the manifest {reference}", "PUT", body, actions=PUSH)
        headers = {"Content-Type": document.media_type, "Content-Length": str(len(document.raw))}

        async def attempt() -> bool:
            response = await self._close(question, headers)
            _same(question, response, document.digest)
            said = response.headers.get("oci-subject", "").strip()
            return bool(said and document.subject and said == document.subject.digest)

        return await self.retries.persist(RegistryError, question.subject, attempt)

    async def upload(self, repository: str, digest: str, size: int, content: Body) -> None:
        """Upload a blob of `size` bytes in one piece, as a stream; what fails begins again with a new upload.

        Each wait for bytes is limited, the whole is not.

        Raises:
            RegistryError: the registry did not take it, or it has another size.
            ValueError: the reference is none, or another registry's, or the digest is no SHA-256.
        """
        place = self._about(repository, digest)
        what = f"to take the blob {digest} of {place.registry}/{place.repository}"
        begin = self._ask(place, "blobs/uploads/", what, "POST", actions=PUSH)
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}

        async def attempt() -> None:
            url = _location(await self._close(begin, _EMPTY))
            if not url:
                raise RegistryError(f"{begin.subject}: it did not say where to; check the address of the registry")
            url = url.copy_merge_params({"digest": digest})
            body = partial(exactly, content, size)
            response = await self._close(dataclasses.replace(begin, url=url, method="PUT", body=body), headers)
            _same(begin, response, digest)

        await self.retries.persist(RegistryError, begin.subject, attempt, stream=True)

    async def writable(self, repository: str) -> None:
        """Find out whether a reference's repository may be written, by an upload that is begun and cancelled.

        Raises:
            RegistryError: it may not, or the registry failed.
            ValueError: the reference is none, or another registry's.
        """
        place = self._own(repository)
        what = f"whether {place.registry}/{place.repository} may be written"
        question = self._ask(place, "blobs/uploads/", what, "POST", actions=PUSH)
        await self._cancel(
            question,
            await self.retries.persist(RegistryError, question.subject, partial(self._close, question, _EMPTY)),
        )

    async def mount(self, repository: str, digest: str, source: str) -> bool:
        """Let a reference's repository have a blob that another one of this registry has: `source`, a reference too.

        False where the registry would rather have it uploaded.

        Raises:
            RegistryError: the registry refused.
            ValueError: a reference is none, or another registry's, or the digest is no SHA-256.
        """
        place, other = self._about(repository, digest), self._own(source)
        what = f"to take the blob {digest} of {place.registry}/{other.repository} into {place.repository}"
        question = self._ask(place, "blobs/uploads/", what, "POST", actions=PUSH)
        question = dataclasses.replace(
            question,
            url=question.url.copy_merge_params({"mount": digest, "from": other.repository}),
            scopes={other.repository: PULL} | dict(question.scopes),
        )
        response = await self.retries.persist(RegistryError, question.subject, partial(self._close, question, _EMPTY))
        if response.status_code == HTTPStatus.CREATED:
            return True
        await self._cancel(question, response)
        return False

    async def attach(self, repository: str, document: Document) -> None:
        """Put a manifest that refers to another one, its subject, so that `referrers` finds it.

        Where the registry does not list referrers, they are kept in an index under a tag (distribution specification,
        Pushing Manifests with Subject). Of two who write it at the same moment one overwrites the other: it is read
        back, and written again with the entries of both while something is missing. Who is overwritten after reading
        back is lost all the same: no registry has to let a tag be put under a condition.

        Raises:
            RegistryError: the registry did not take it, or others overwrote it each time.
            ValueError: it has no subject; or the reference is none, or another registry's.
        """
        if not document.subject:
            raise ValueError(f"{document.digest} was to be attached in {repository}, and it refers to nothing")
        place = self._about(repository, document.subject.digest)
        if await self.put(f"{place.registry}/{place.repository}@{document.digest}", document):
            return
        wanted = {document.digest: _referrer(document).json}
        for attempt in range(_WRITES):
            kept = await self._kept(place)
            if wanted.keys() <= (found := _entries(kept)).keys():
                return
            wanted = found | wanted
            content = dict(kept.content) if kept else {"schemaVersion": 2, "mediaType": INDEX}
            index = Document.write(kept.media_type if kept else INDEX, content | {"manifests": [*wanted.values()]})
            await self.put(fallback(place), index)
            if wanted.keys() <= _entries(await self._kept(place)).keys():
                return
            await self.retries.sleep(self.retries.pause(attempt))
        raise RegistryError(
            f"{fallback(place)} was written {_WRITES} times with {document.digest}, "
            "and somebody overwrote it each time; look who else pushes there, and try again"
        )

    async def delete(self, reference: str) -> bool:
        """Delete the manifest of a digest, or else a tag; False where it is not there.

        Raises:
            RegistryError: the registry did not do so, or does not allow it.
            ValueError: the reference is another registry's, or none, or names neither tag nor digest.
        """
        place = self._own(reference)
        if not (named := place.digest or place.tag):
            raise ValueError(f"{reference} was to be deleted; give it with a tag or a digest")
        question = self._ask(place, f"manifests/{named}", f"to delete {reference}", "DELETE", actions=DELETE)
        try:
            await self.retries.persist(RegistryError, question.subject, partial(self._close, question, {}))
        except RegistryError as error:
            if error.not_found:
                return False
            # Version 2.8 of the distribution project's takes a tag for a broken digest.
            digests_only = error.status == HTTPStatus.BAD_REQUEST and not place.digest
            if error.unsupported or digests_only:
                said = "the registry deletes by digest only" if digests_only else "the registry does not allow deletes"
                raise dataclasses.replace(error, message=f"{error.message}: {said}") from None
            raise
        return True

    async def _close(self, question: Question, headers: dict[str, str]) -> httpx.Response:
        """An answer whose headers alone count."""
        response = await self._open(question, headers)
        await close(response)
        return response

    async def _cancel(self, question: Question, response: httpx.Response) -> None:
        """End an upload that was opened, as far as it goes: a registry forgets it by itself sooner or later."""
        with contextlib.suppress(RegistryError), anyio.move_on_after(_FAREWELL), about(RegistryError, question.subject):
            if url := _location(response):
                await self._close(dataclasses.replace(question, url=url, method="DELETE"), {})


def _location(response: httpx.Response) -> httpx.URL | None:
    """Where an upload goes on."""
    said = response.headers.get("location")
    return response.url.join(said) if said else None


def _same(question: Question, response: httpx.Response, digest: str) -> None:
    said = response.headers.get("docker-content-digest", digest)
    if said != digest:
        raise RegistryError(f"{question.subject}: it took {said} for {digest}; do not use it")


def _entries(kept: Document | None) -> dict[str, Any]:
    """The entries of an index as they stand in it, by their digests."""
    raw = (kept.content.get("manifests") or []) if kept else []
    return {child.digest: entry for child, entry in zip(kept.children if kept else [], raw, strict=True)}


def _referrer(document: Document) -> Descriptor:
    """A descriptor as a list of referrers has it (distribution specification, Listing Referrers)."""
    config = document.content.get("config") or {}
    kind = document.content.get("artifactType") or config.get("mediaType") or ""
    return dataclasses.replace(document.described(), artifact_type=str(kind), annotations=document.annotations)
