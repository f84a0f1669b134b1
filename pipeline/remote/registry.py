"""Registry: a reader of the OCI distribution specification, v1.1 (pull)."""

import contextlib
import dataclasses
import functools
import hashlib
import itertools
from collections.abc import AsyncGenerator, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self

import httpx

from pipeline.policy import references
from pipeline.policy.references import Address
from pipeline.remote.errors import RegistryError, about, refusal
from pipeline.remote.manifests import LARGEST, MEDIA_TYPES, Manifest, parse_manifest
from pipeline.remote.retries import Retries
from pipeline.remote.tokens import basic, bearer, challenges, token_url
from pipeline.remote.transport import Transport, beginning, endpoint, origin

__all__ = ["Manifest", "Registry", "RegistryError", "Retries"]

_SMALL: Final = 2**16
"""Bytes of an error, and of a token, that are read."""

_DROPS: Final = 5
"""Times that a blob is taken up again where its connection broke."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Question:
    """What is asked, as a person says it, and where."""

    subject: str
    url: httpx.URL
    repository: str


@dataclasses.dataclass(frozen=True, slots=True)
class Registry:
    """A registry by the name that references give it, and who asks: a user, or nobody.

    `address` (`http://host:port`) is where it is reached if not by its name. Only there and on the loopback may HTTP be
    plain. It is an asynchronous context manager: connections are closed at its end.

    Raises:
        ValueError: name or address are no address.
    """

    name: str
    _: dataclasses.KW_ONLY
    user: str = ""
    password: str = dataclasses.field(default="", repr=False)
    address: str = ""
    retries: Retries = dataclasses.field(default_factory=Retries, repr=False)
    _transport: Transport = dataclasses.field(default_factory=Transport.create, init=False, repr=False)
    _granted: dict[str, str] = dataclasses.field(default_factory=dict, init=False, repr=False)
    """The Authorization header that was granted last for each repository."""

    def __post_init__(self) -> None:
        """Refuse an address that is none before anything is asked."""
        _ = self._base

    async def __aenter__(self) -> Self:
        """Nothing is asked yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._transport.close()

    async def manifest(self, reference: str) -> Manifest:
        """The manifest or index of a reference: by its digest, else by its tag, else `latest`.

        Raises:
            RegistryError: the registry did not give it, or gave another one than its digest says.
            ValueError: the reference is none, or another registry's.
        """
        place = self._own(reference)
        question = self._ask(place, f"manifests/{place.digest or place.tag or 'latest'}", f"the manifest {reference}")

        async def attempt() -> Manifest:
            response = await self._open(question, {"Accept": ", ".join(MEDIA_TYPES)})
            return parse_manifest(await beginning(response, LARGEST), response.headers, place.digest)

        return await self.retries.persist(question.subject, attempt)

    async def blob(self, repository: str, digest: str, size: int | None = None) -> AsyncGenerator[bytes, None]:
        """The bytes of a blob of a reference's repository. They are checked at the end: only then use what came.

        A connection that breaks is taken up again where it broke. Each wait for bytes is limited, the whole is not.
        Whoever leaves early closes the iterator (`contextlib.aclosing`). `size` is in bytes, where it is known.

        Raises:
            RegistryError: the registry did not give it, or gave other bytes than digest and size say.
            ValueError: the reference is none, or another registry's, or the digest is no SHA-256.
        """
        place = self._own(f"{repository.partition('@')[0]}@{digest}")
        question = self._ask(place, f"blobs/{digest}", f"the blob {digest} of {place.registry}/{place.repository}")
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

    @property
    def _base(self) -> httpx.URL:
        return endpoint(self.name, self.address)

    @property
    def _own_header(self) -> str:
        return basic(self.user, self.password) if self.user or self.password else ""

    def _own(self, reference: str) -> Address:
        found = references.address(reference)
        # Else the user and the password of one registry would go to another one.
        if found.registry != self.name:
            raise ValueError(f"{reference} lies in the registry {found.registry}, and {self.name} was to be asked")
        return found

    def _ask(self, place: Address, path: str, what: str) -> _Question:
        url = self._base.copy_with(path=f"/v2/{place.repository}/{path}")
        there = f" at {self.address}" if self.address else ""
        return _Question(f"{what} was asked of the registry {self.name}{there}", url, place.repository)

    async def _chunks(self, question: _Question) -> AsyncGenerator[bytes, None]:
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

    async def _open(self, question: _Question, headers: Mapping[str, str]) -> httpx.Response:
        """A successful answer, its body unread; one round of authentication is made where it is asked for."""
        granted = self._granted.get(question.repository, "")
        response = await self._get(question.url, headers, granted)
        if _is_challenge(question, response):
            renewed = await self._grant(question, response)
            response = await self._get(question.url, headers, renewed)
        if not response.is_success:
            raise await self._refusal(question, response)
        return response

    async def _get(self, url: httpx.URL, headers: Mapping[str, str], granted: str = "") -> httpx.Response:
        sent = dict(headers) | ({"Authorization": granted} if granted else {})
        return await self._transport.get(url, sent, self._base, self.retries.limit)

    async def _grant(self, question: _Question, response: httpx.Response) -> str:
        """The header that answers a challenge: of a token server where there is one, else the user's own."""
        body = await beginning(response, _SMALL)
        offered = challenges(response.headers.get_list("www-authenticate"))
        if "bearer" in offered:
            url = token_url(offered["bearer"], question.repository)
            answer = await self._get(url, {}, self._own_header)
            if not answer.is_success:
                # A token server that finds nothing says nothing of the image: the registry's own status counts.
                refused = await self._refusal(question, answer)
                raise dataclasses.replace(refused, status=response.status_code, codes=())
            granted = bearer(await beginning(answer, _SMALL))
        elif "basic" in offered and self._own_header:
            granted = self._own_header
        else:
            raise self._error(question, response, body)
        self._granted[question.repository] = granted
        return granted

    async def _refusal(self, question: _Question, response: httpx.Response) -> RegistryError:
        return self._error(question, response, await beginning(response, _SMALL))

    def _error(self, question: _Question, response: httpx.Response, body: bytes) -> RegistryError:
        who = "it" if origin(response.url) == origin(question.url) else f"{response.url.host}, to which it leads,"
        headers = [self._own_header, *self._granted.values()]
        secrets = [self.password, *(header.partition(" ")[2] for header in headers)]
        named = bool(self._own_header)
        return refusal(question.subject, who, response.status_code, response.headers, body, secrets, named)


def _is_challenge(question: _Question, response: httpx.Response) -> bool:
    """Whether the registry itself wants to know who asks: a host that it redirects to gets no credentials."""
    return response.status_code == HTTPStatus.UNAUTHORIZED and origin(response.url) == origin(question.url)
