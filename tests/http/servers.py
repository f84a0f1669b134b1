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
    """An answer: after `cut` bytes of the body the connection breaks, `delay` passes before each of its bytes."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    cut: int | None = None
    delay: float = 0


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
        """Play these replies, in this order."""
        self._replies[target] = list(replies)

    def asked(self, target: str) -> list[Request]:
        """The requests for a target."""
        return [request for request in self.requests if request.target == target]

    async def serve(self, stream: ByteStream) -> None:
        """Read one request, play its reply, and close."""
        async with stream:
            try:
                await self._play(stream, self._reply(await _read(stream)))
            except (anyio.BrokenResourceError, anyio.EndOfStream):
                self.left.set()

    def _reply(self, request: Request) -> Reply:
        self.requests.append(request)
        replies = self._replies.get(request.target, [Reply(status=404)])
        return replies.pop(0) if len(replies) > 1 else replies[0]

    async def _play(self, stream: ByteStream, reply: Reply) -> None:
        headers = {"Content-Length": str(len(reply.body)), "Connection": "close"} | dict(reply.headers)
        lines = [f"HTTP/1.1 {reply.status} Said", *(f"{name}: {value}" for name, value in headers.items())]
        await stream.send("\r\n".join([*lines, "", ""]).encode())
        body = reply.body[: reply.cut]
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


async def _read(stream: ByteStream) -> Request:
    head = b""
    while b"\r\n\r\n" not in head:
        head += await stream.receive()
    top, _, body = head.partition(b"\r\n\r\n")
    first, *lines = top.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += await stream.receive()
    method, target, _ = first.split(" ")
    return Request(target, headers, method, body)
