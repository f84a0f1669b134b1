"""A proxy in front of a real registry that breaks what passes through it."""

import dataclasses
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import ByteStream
from anyio.streams.buffered import BufferedByteReceiveStream

from tests.http.servers import Reply

_HEAD = 2**16
_PARTS = 4


@dataclasses.dataclass(frozen=True)
class Fault:
    """What befalls the next request whose spelling (`PUT /v2/…`) begins with the pattern, or all with `lasting`.

    With a `reply`, the registry is not asked. The connection breaks after `sent` bytes of the request's body, after
    `came` bytes of the answer's, or, with `lost`, when the registry has done it and before anybody hears of it. `delay`
    seconds pass before each part of a body. Nothing befalls before a request came whose spelling begins with `after`.
    """

    pattern: str
    reply: Reply | None = None
    sent: int | None = None
    came: int | None = None
    lost: bool = False
    delay: float = 0
    lasting: bool = False
    after: str = ""


class Proxy:
    """Passes each request on to a registry, unless a fault befalls it."""

    def __init__(self, port: int, registry: str) -> None:
        """It remembers what it was asked; what is still in `faults` has befallen nothing yet, or lasts."""
        self.address = f"http://127.0.0.1:{port}"
        self.connections = 0
        self.requests: list[str] = []
        self.faults: list[Fault] = []
        self._registry = registry

    async def serve(self, stream: ByteStream) -> None:
        """Pass requests on until a fault breaks the connection, or somebody closes it."""
        self.connections += 1
        host, _, port = self._registry.partition(":")
        async with stream, await anyio.connect_tcp(host, int(port)) as registry:
            client, answers = BufferedByteReceiveStream(stream), BufferedByteReceiveStream(registry)
            try:
                while True:
                    head = (await client.receive_until(b"\r\n\r\n", _HEAD)).decode()
                    self.requests.append(" ".join(head.split(" ")[:2]))
                    fault = self._next(self.requests[-1])
                    if fault.reply:
                        await _pass(client, None, _size(head))
                        await _answer(stream, fault.reply)
                        return
                    await registry.send(f"{head}\r\n\r\n".encode())
                    await _pass(client, registry, _least(_size(head), fault.sent), fault.delay)
                    if fault.sent is not None or not await _answered(head, answers, stream, fault):
                        return
            except (anyio.BrokenResourceError, anyio.EndOfStream, anyio.IncompleteRead):
                """Whoever broke it knows."""

    def _next(self, spelled: str) -> Fault:
        due = (fault for fault in self.faults if any(re.match(fault.after, one) for one in self.requests))
        found = next((fault for fault in due if re.match(fault.pattern, spelled)), Fault(""))
        if found in self.faults and not found.lasting:
            self.faults.remove(found)
        return found


@asynccontextmanager
async def before(registry: str) -> AsyncIterator[Proxy]:
    """A proxy on a free port of the loopback, before the registry of this name."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    proxy = Proxy(listener.extra(anyio.abc.SocketAttribute.local_port), registry)  # noqa: S610 - it is no query
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, proxy.serve)
        yield proxy
        tasks.cancel_scope.cancel()


async def _pass(source: BufferedByteReceiveStream, target: ByteStream | None, size: int, delay: float = 0) -> None:
    """Pass so many bytes on."""
    while size:
        chunk = await source.receive(min(size, 2**14))
        size -= len(chunk)
        step = -(-len(chunk) // _PARTS) if delay else len(chunk)
        for start in range(0, len(chunk), step):
            await anyio.sleep(delay)
            if target:
                await target.send(chunk[start : start + step])


async def _answered(head: str, answers: BufferedByteReceiveStream, client: ByteStream, fault: Fault) -> bool:
    """Pass the registry's answer on; False where the connection is to break."""
    said = (await answers.receive_until(b"\r\n\r\n", _HEAD)).decode()
    if fault.lost:
        return False
    await client.send(f"{said}\r\n\r\n".encode())
    size = 0 if head.startswith("HEAD ") else _size(said)
    await _pass(answers, client, _least(size, fault.came), fault.delay)
    return fault.came is None


async def _answer(stream: ByteStream, reply: Reply) -> None:
    headers = {"Content-Length": str(len(reply.body)), "Connection": "close"} | dict(reply.headers)
    lines = [f"HTTP/1.1 {reply.status} Said", *(f"{name}: {value}" for name, value in headers.items())]
    await stream.send("\r\n".join([*lines, "", ""]).encode() + reply.body)


def _size(head: str) -> int:
    found = re.search(r"(?im)^content-length: *(\d+)", head)
    return int(found[1]) if found else 0


def _least(size: int, limit: int | None) -> int:
    return size if limit is None else min(size, limit)
