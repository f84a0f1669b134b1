"""An HTTP server that misbehaves on demand."""

import dataclasses
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from anyio.abc import ByteStream, Listener
from anyio.streams.tls import TLSListener


@dataclasses.dataclass(frozen=True)
class Request:
    """What a client sent; the names of headers are in lower case."""

    target: str
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""


@dataclasses.dataclass(frozen=True)
class Reply:
    """An answer: after `cut` bytes of the body the connection breaks, `delay` passes before each of its bytes.

    With `stop` there is none: the connection breaks after so many bytes of what the client sends.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    cut: int | None = None
    delay: float = 0
    stop: int | None = None


def problem(status: int, code: str, message: str, **headers: str) -> Reply:
    """An error as the distribution specification writes it."""
    body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
    return Reply(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


class Server:
    """Answers each target with the replies given for it, the last of them again and again; others with 404."""

    def __init__(self, port: int) -> None:
        """It is known by its port and remembers what it was asked, and whether a client left before the end."""
        self.port = port
        self.requests: list[Request] = []
        self.left = anyio.Event()
        self._replies: dict[str, list[Reply]] = {}

    @property
    def name(self) -> str:
        """The name that references give it."""
        return f"127.0.0.1:{self.port}"

    @property
    def secure(self) -> str:
        """Its address, where it has a certificate."""
        return f"https://localhost:{self.port}"

    @property
    def other(self) -> str:
        """The same server under another host's name."""
        return f"http://localhost:{self.port}"

    def answer(self, target: str, *replies: Reply) -> None:
        """Play these replies, in this order; a target may begin with a method, as `PUT /v2/`."""
        self._replies[target] = list(replies)

    def asked(self, target: str) -> list[Request]:
        """The requests for a target."""
        return [request for request in self.requests if target in (request.target, _spelled(request))]

    async def serve(self, stream: ByteStream) -> None:
        """Read one request, play its reply, and close."""
        async with stream:
            try:
                request, rest = await _read(stream)
                reply = self._reply(request)
                body = await _body(stream, request, reply, rest)
                self.requests.append(dataclasses.replace(request, body=body))
                if reply.stop is None:
                    await self._play(stream, reply, request.method)
            except (anyio.BrokenResourceError, anyio.EndOfStream):
                self.left.set()

    def _reply(self, request: Request) -> Reply:
        found = self._replies.get(_spelled(request)) or self._replies.get(request.target) or [Reply(status=404)]
        return found.pop(0) if len(found) > 1 else found[0]

    async def _play(self, stream: ByteStream, reply: Reply, method: str) -> None:
        headers = {"Content-Length": str(len(reply.body)), "Connection": "close"} | dict(reply.headers)
        lines = [f"HTTP/1.1 {reply.status} Said", *(f"{name}: {value}" for name, value in headers.items())]
        await stream.send("\r\n".join([*lines, "", ""]).encode())
        body = b"" if method == "HEAD" else reply.body[: reply.cut]
        for part in [body[i : i + 1] for i in range(len(body))] if reply.delay else [body]:
            await anyio.sleep(reply.delay)
            await stream.send(part)


@asynccontextmanager
async def serving(certificate: Path | None = None) -> AsyncIterator[Server]:
    """A server on a free port of the loopback; over TLS where it has a certificate."""
    listener: Listener[ByteStream] = await anyio.create_tcp_listener(local_host="127.0.0.1")
    server = Server(listener.extra(anyio.abc.SocketAttribute.local_port))  # noqa: S610 - it is no query
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        listener = TLSListener(listener, context, standard_compatible=False)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, server.serve)
        yield server
        tasks.cancel_scope.cancel()


def _spelled(request: Request) -> str:
    return f"{request.method} {request.target}"


async def _read(stream: ByteStream) -> tuple[Request, bytes]:
    """A request without its body, and what of that came along."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += await stream.receive()
    head, _, rest = head.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Request(first.split(" ")[1], headers, first.split(" ")[0]), rest


async def _body(stream: ByteStream, request: Request, reply: Reply, body: bytes) -> bytes:
    size = int(request.headers.get("content-length", 0))
    size = size if reply.stop is None else min(size, reply.stop)
    while len(body) < size:
        body += await stream.receive()
    return body
