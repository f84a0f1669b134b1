"""Requests: where they may go, by which way, and what goes with them."""

import dataclasses
import functools
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from http import HTTPStatus
from typing import Final

import httpx

_CONNECT: Final = 10.0
_READ: Final = 30.0
"""Seconds that a connection, and each wait for bytes on it, may take."""

_TAKEN: Final = 5
"""Times its limit that a registry may need to take what was sent: the last bytes may still be on their way."""

_HOPS: Final = 5
_MOVED: Final = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)

# These two keep the method and the body (RFC 9110, 15.4.8 and 15.4.9).
_KEPT: Final = frozenset({HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT})
_READING: Final = ("GET", "HEAD")

Body = Callable[[], AsyncIterator[bytes]]
"""Gives a request's body from its beginning, each time that it is sent."""


async def once(content: bytes) -> AsyncIterator[bytes]:
    """A body in one piece."""
    yield content


async def exactly(content: Body, size: int) -> AsyncIterator[bytes]:
    """Content that has to have a size: it was said already.

    Raises:
        ValueError: it has another one.
    """
    count = 0
    async for part in content():
        count += len(part)
        if count > size:
            break
        yield part
    if count != size:
        more = " or more" if count > size else ""
        raise ValueError(f"it was said to have {size} bytes, and has {count}{more}")


# The name in references is not where its API answers.
_API: Final = {"docker.io": "registry-1.docker.io"}


# Each request asks for it several times.
@functools.lru_cache
def endpoint(registry: str, address: str = "") -> httpx.URL:
    """Where a registry is reached: at the address where one is given, else over https unless it is on the loopback.

    Raises:
        ValueError: it is not `http://host[:port]` or `https://host[:port]`.
    """
    try:
        url = httpx.URL(address or f"https://{_API.get(registry, registry)}")
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.raw_path != b"/":
        # The address is not repeated: a password may stand in it.
        raise ValueError(f"the address of the registry {registry} is none; give it as http://host:port or https://host")
    return url if address or not is_loopback(url.host) else httpx.URL(f"http://{registry}")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port: what has to be the same for a credential to go with a request (RFC 6454)."""
    return url.scheme, url.host, url.port


def permit(url: httpx.URL, base: httpx.URL) -> None:
    """Let a request go where a registry, reached at `base`, leads it.

    Plain HTTP is for one that is reached so itself, there and on this machine; a user in an address is for none.

    Raises:
        httpx.UnsupportedProtocol: it may not go there.
    """
    plain = url.scheme == "http" and base.scheme == "http" and (origin(url) == origin(base) or is_loopback(url.host))
    if (url.scheme != "https" and not plain) or url.userinfo:
        raise httpx.UnsupportedProtocol(
            f"it leads to {url.scheme}://{url.host}, which is not followed: only https is safe beyond this machine"
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """What is sent where."""

    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    body: Body | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Transport:
    """Two ways to send a request: with the environment's proxies, and without."""

    proxied: httpx.AsyncClient
    direct: httpx.AsyncClient

    @classmethod
    def create(cls) -> "Transport":
        """Clients that trust public authorities and the system's own."""
        context = _authorities()
        return cls(httpx.AsyncClient(verify=context), httpx.AsyncClient(verify=context, trust_env=False))

    async def close(self) -> None:
        """Close every connection."""
        await self.proxied.aclose()
        await self.direct.aclose()

    async def send(self, request: Request, base: httpx.URL, limit: float) -> httpx.Response:
        """Send a request. The answer's body is not read; the caller closes it.

        One that reads follows redirects; one that writes does so only within its origin, and where the method is kept.
        The Authorization header goes to the origin of the request only; `base` is where the registry is reached, and
        `limit` are the seconds that no wait may exceed, but that for a registry to take what was sent.

        Raises:
            httpx.HTTPError: no answer, or a redirect that is not followed.
            httpx.InvalidURL: a redirect to what is no address.
        """
        url, sent = request.url, httpx.Headers({"Accept-Encoding": "identity"} | dict(request.headers))
        for _ in range(_HOPS + 1):
            response = await self._send(dataclasses.replace(request, url=url, headers=sent), base, limit)
            target = _target(request.method, response)
            if not target:
                return response
            await close(response)
            if origin(target) != origin(url):
                sent.pop("authorization", None)
            url = target
        raise httpx.TooManyRedirects(f"it redirects more than {_HOPS} times; check the address")

    async def _send(self, request: Request, base: httpx.URL, limit: float) -> httpx.Response:
        permit(request.url, base)
        near = request.url.scheme == "http" or is_loopback(request.url.host)
        client = self.direct if near else self.proxied
        answer = _TAKEN * limit if request.body else min(_READ, limit)
        timeout = httpx.Timeout(min(_READ, limit), connect=min(_CONNECT, limit), read=answer)
        built = client.build_request(
            request.method,
            request.url,
            headers=request.headers,
            content=request.body() if request.body else None,
            timeout=timeout,
        )
        return await client.send(built, stream=True)


def _target(method: str, response: httpx.Response) -> httpx.URL | None:
    """Where a request is sent on to; what writes is not sent to wherever an answer points."""
    if response.status_code not in _MOVED or "location" not in response.headers:
        return None
    target = response.url.join(response.headers["location"])
    kept = response.status_code in _KEPT and origin(target) == origin(response.url)
    return target if method in _READING or kept else None


# Reading the authorities takes a tenth of a second: once a process is enough.
@functools.cache
def _authorities() -> ssl.SSLContext:
    context = httpx.create_ssl_context()
    # A company, or an engine behind a proxy, adds its authority to the system's store.
    context.load_default_certs()
    return context


async def close(response: httpx.Response) -> None:
    """Close an answer whose headers alone count. Where it has no body its connection is there for the next request.

    One that nobody saw end is closed: the next request would begin with another one, and its handshakes.
    """
    if response.request.method == "HEAD" or response.headers.get("content-length") == "0":
        async for _ in response.aiter_raw():
            pass
    await response.aclose()


async def beginning(response: httpx.Response, size: int) -> bytes:
    """The first bytes of a body, at most one more than `size`, so that a longer one is seen; closes the response."""
    body = bytearray()
    try:
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > size:
                break
    finally:
        await response.aclose()
    return bytes(body[: size + 1])
