"""Asking GitHub's API: who asks, with which token, and what becomes of a request until it is answered."""

import dataclasses
import functools
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx

from pipeline.policy.text import line
from pipeline.remote.github_errors import GitHubError, refusal
from pipeline.remote.retries import Retries
from pipeline.remote.transport import Body, Request, Transport, beginning, is_loopback, once, origin

T = TypeVar("T")

API: Final = "https://api.github.com"
"""Where github.com answers; a GitHub Enterprise Server does at `https://HOST/api/v3`."""

_VERSION: Final = "2022-11-28"
_JSON: Final = "application/vnd.github+json"
_AGENT: Final = "neuronip-pipeline"

_LIMIT: Final = 300.0
"""Seconds that a request may take with all its repetitions: a secondary rate limit alone asks for a minute."""

_WAIT: Final = 60.0
"""Seconds of the whole that one answer is waited for; a part of them for each wait on the network."""

_SMALL: Final = 2**16
_LARGEST: Final = 2**25
"""Bytes of an error, and of a page of a list, that are read: 100 releases may have many assets and long notes."""

_PAGES: Final = 100
_PAGE: Final = "100"

_REPOSITORY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}/[A-Za-z0-9._-]{1,100}")

# What is no visible ASCII could end the header and start another one.
_TOKEN: Final = re.compile(r"[!-~]*")

# Names that the public's name servers do not know.
_PRIVATE: Final = (".local", ".internal", ".localhost", ".test")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked, as a person says it, how and where; the body has `size` bytes of a media type."""

    subject: str
    url: httpx.URL
    method: str = "GET"
    accept: str = _JSON
    body: Body | None = None
    size: int = 0
    media_type: str = "application/json"


@dataclasses.dataclass(frozen=True, slots=True)
class Api:
    """GitHub's API for one repository, `owner/name`, and who asks: the owner of a token, or nobody.

    `base` is where it answers. Plain HTTP is for this machine and for services that only a private network knows. The
    token goes into the Authorization header, to the API and to where it takes uploads, and nowhere else. It is an
    asynchronous context manager: connections are closed at its end.

    Raises:
        ValueError: the repository, the token or the base are none.
    """

    repository: str
    _: dataclasses.KW_ONLY
    token: str = dataclasses.field(default="", repr=False)
    base: str = API
    retries: Retries = dataclasses.field(default_factory=functools.partial(Retries, limit=_LIMIT), repr=False)
    transport: Transport = dataclasses.field(default_factory=Transport.create, repr=False)

    def __post_init__(self) -> None:
        """Refuse what could not work, or would be read by others, before anything is asked."""
        if not _REPOSITORY.fullmatch(self.repository):
            raise ValueError(f"{self.repository!r} is no repository of GitHub; give it as owner/name")
        if not _TOKEN.fullmatch(self.token):
            # It is not repeated: most of it is the token.
            raise ValueError("the token has characters that no token has; look for a line end or a space in it")
        if self._base.scheme == "http" and not is_private(self._base.host):
            raise ValueError(f"the token would go to {self._base.host} unencrypted; give its address as https://")

    async def __aenter__(self) -> Self:
        """Nothing is asked yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self.transport.close()

    @property
    def _base(self) -> httpx.URL:
        return address(self.base)

    def _url(self, path: str) -> httpx.URL:
        """An address of the API."""
        return self._base.copy_with(path=f"{self._base.path.rstrip('/')}{path}")

    def _call(self, what: str, path: str, method: str = "GET", content: Mapping[str, Any] | None = None) -> Call:
        """A question to the API, with a JSON body where there is one."""
        raw = json.dumps(content).encode() if content is not None else b""
        subject = f"{what} was asked of GitHub ({self.repository} at {self._base.host})"
        body = functools.partial(once, raw) if raw else None
        return Call(
            subject=subject, url=self._url(f"/repos/{self.repository}{path}"), method=method, body=body, size=len(raw)
        )

    def _own(self, url: httpx.URL) -> bool:
        """Whether an address is the API's, or where it takes uploads: `uploads.` stands there for `api.`."""
        base = self._base
        uploads = base.copy_with(host=re.sub(r"^api\.", "uploads.", base.host))
        return origin(url) in {origin(base), origin(uploads)}

    async def _open(self, call: Call) -> httpx.Response:
        """A successful answer, its body unread."""
        headers = {"Accept": call.accept, "X-GitHub-Api-Version": _VERSION, "User-Agent": _AGENT}
        if call.body:
            headers |= {"Content-Type": call.media_type, "Content-Length": str(call.size)}
        if self.token and self._own(call.url):
            headers["Authorization"] = f"Bearer {self.token}"
        request = Request(call.method, call.url, headers, call.body)
        response = await self.transport.send(request, self._base, min(self.retries.limit, _WAIT))
        if response.is_success:
            return response
        who = "it" if self._own(response.url) else f"{response.url.host}, to which it leads,"
        body = await beginning(response, _SMALL)
        raise refusal(call.subject, who, response.status_code, response.headers, body, [self.token])

    async def _read(self, call: Call) -> tuple[Any, httpx.Response]:
        """The JSON of an answer, None where it has no body, and the answer."""
        response = await self._open(call)
        raw = await beginning(response, _LARGEST)
        if len(raw) > _LARGEST:
            raise GitHubError(f"{call.subject}: the answer is larger than {_LARGEST // 2**20} MiB, which is refused")
        try:
            return json.loads(raw) if raw else None, response
        except (ValueError, RecursionError):
            raise GitHubError(f"{call.subject}: what came is no JSON; check the address of its API") from None

    async def _persist(self, call: Call, read: Callable[[Any], T]) -> T:
        """Ask until there is an answer, and read it."""

        async def attempt() -> T:
            content, _ = await self._read(call)
            return read(content)

        return await self.retries.persist(GitHubError, call.subject, attempt)

    async def _find(self, call: Call, read: Callable[[Any], T]) -> T | None:
        """The same; None where it says that there is no such thing."""
        try:
            return await self._persist(call, read)
        except GitHubError as error:
            if error.not_found:
                return None
            raise

    async def _pages(self, call: Call, read: Callable[[Any], T]) -> list[T]:
        """All entries of a list that comes in pages; where the next one is stands in the Link header (RFC 8288)."""
        found: list[T] = []
        call = dataclasses.replace(call, url=call.url.copy_merge_params({"per_page": _PAGE}))
        for _ in range(_PAGES):
            content, response = await self.retries.persist(
                GitHubError, call.subject, functools.partial(self._read, call)
            )
            if not isinstance(content, list):
                raise GitHubError(f"{call.subject}: what came is no list; check the address of its API")
            try:
                found += [read(raw) for raw in content]
            except ValueError as error:
                raise GitHubError(f"{call.subject}: {line(str(error))}") from None
            link = response.links.get("next", {}).get("url", "")
            if not link:
                return found
            url = response.url.join(link)
            if origin(url) != origin(self._base):
                raise GitHubError(f"{call.subject}: the next page would be at {url.host}, which is not followed")
            call = dataclasses.replace(call, url=url)
        raise GitHubError(f"{call.subject}: there are more than {_PAGES} pages of them, which is refused")


@functools.cache
def address(base: str) -> httpx.URL:
    """Where an API answers.

    Raises:
        ValueError: it is no address of one.
    """
    try:
        url = httpx.URL(base)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query or url.fragment:
        # The address is not repeated: a password may stand in it.
        raise ValueError("the address of GitHub's API is none; give it as https://HOST or https://HOST/api/v3")
    return url


def is_private(host: str) -> bool:
    """Whether only this machine or a private network knows a host."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return is_loopback(host) or "." not in host or host.endswith(_PRIVATE)
