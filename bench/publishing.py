"""What publishing costs in requests, bytes and seconds, on two registries of this machine.

Run it with `uv run python bench/publishing.py`; it needs distribution 3, or else Debian's docker-registry.
"""

import dataclasses
import hashlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import anyio
import httpx

from pipeline.policy.tags import Change, Event
from pipeline.remote import publishing
from pipeline.remote.copying import Copy
from pipeline.remote.publishing import Artifact
from pipeline.remote.registry import Registry
from tests.http import debian, shop

MEBI: Final = 2**20

REPOSITORY: Final = "acme/shop"


def content(name: str, size: int) -> bytes:
    """Bytes that no registry can make smaller, the same at every run."""
    return hashlib.shake_256(name.encode()).digest(size)


BASE: Final = content("base", 20 * MEBI)
FIRST: Final = shop.image("1.0.0", content("application", MEBI), BASE)
CHANGED: Final = shop.image("1.0.1", content("changed application", MEBI), BASE)
"""Two platforms, which share a base of 20 MiB; each has a layer of 1 MiB of its own."""


@dataclasses.dataclass
class Cost:
    """What a case took; bytes are those of bodies."""

    requests: dict[str, int] = dataclasses.field(default_factory=dict)
    sent: int = 0
    received: int = 0
    seconds: float = 0

    async def asked(self, request: httpx.Request) -> None:
        """Count a request."""
        self.requests[request.method] = self.requests.get(request.method, 0) + 1
        self.sent += int(request.headers.get("content-length", 0))

    async def answered(self, response: httpx.Response) -> None:
        """Count an answer; one to HEAD has a length and no body."""
        if response.request.method != "HEAD":
            self.received += int(response.headers.get("content-length", 0))

    def row(self, name: str) -> tuple[str, ...]:
        """As it stands in the table."""
        methods = ", ".join(f"{count} {method}" for method, count in sorted(self.requests.items()))
        return (
            name,
            str(sum(self.requests.values())),
            f"{self.sent:,}",
            f"{self.received:,}",
            f"{self.seconds:.2f}",
            methods,
        )


@dataclasses.dataclass
class Bench:
    """Two registries that are empty at first, by the names that references give them, and what is counted now."""

    near: str
    far: str
    cost: Cost = dataclasses.field(default_factory=Cost)

    @asynccontextmanager
    async def open(self, name: str) -> AsyncIterator[Registry]:
        """A client of which every request is counted."""
        async with Registry(name, actions="pull,push") as registry:
            for client in (registry._transport.direct, registry._transport.proxied):
                client.event_hooks = {"request": [self.cost.asked], "response": [self.cost.answered]}
            yield registry

    async def measure(self, case: Callable[["Bench"], Awaitable[None]]) -> Cost:
        """Run a case, and count what it costs."""
        self.cost = Cost()
        begun = time.perf_counter()
        await case(self)
        self.cost.seconds = time.perf_counter() - begun
        return self.cost


async def first_push(bench: Bench) -> None:
    """Nothing is there."""
    await _publish(bench, FIRST, "1.0.0")


async def unchanged_push(bench: Bench) -> None:
    """All is there."""
    await _publish(bench, FIRST, "1.0.0")


async def changed_layer(bench: Bench) -> None:
    """The next patch release: of each platform one layer, the config and the manifest are new."""
    await _publish(bench, CHANGED, "1.0.1")


async def promotion_near(bench: Bench) -> None:
    """Into another repository of the registry."""
    await _promote(bench, bench.near, "acme/promoted")


async def promotion_far(bench: Bench) -> None:
    """Into another registry."""
    await _promote(bench, bench.far, REPOSITORY)


async def reuse(bench: Bench) -> None:
    """All is there, and is found by its content key: nothing was built."""
    repository = f"{bench.near}/{REPOSITORY}"
    async with bench.open(bench.near) as registry:
        found = await publishing.known(registry, repository, shop.KEY, {"linux/amd64", "linux/arm64"})
        if not found:
            raise RuntimeError("the image was not found by its content key")
        copy = Copy(source=registry, origin=repository, target=registry, repository=repository)
        await publishing.promote(copy, found.index, shop.release("1.0.1"), found.tags)


CASES: Final[Mapping[str, Callable[[Bench], Awaitable[None]]]] = {
    "first push": first_push,
    "unchanged push": unchanged_push,
    "one layer changed": changed_layer,
    "found by its key": reuse,
    "promotion, same registry": promotion_near,
    "promotion, another registry": promotion_far,
}
"""In the order in which they are run: each finds what those before it left."""


async def run(near: str, far: str) -> list[tuple[str, ...]]:
    """All cases, one after the other."""
    bench = Bench(near, far)
    # Authorities are read once a process, which is not what is measured.
    async with bench.open(near) as registry:
        await registry.tags(f"{near}/{REPOSITORY}")
    return [(await bench.measure(case)).row(name) for name, case in CASES.items()]


def main() -> None:
    """Print the table."""
    program = debian.third() or debian.found()
    if not program:
        sys.exit("neither registry (distribution 3) nor docker-registry is on PATH: install one of them")
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder, name) for name in ("near", "far")]
        for place in places:
            place.mkdir()
        with (
            debian.running(places[0], program=program, deletes=True) as near,
            debian.running(places[1], program=program, deletes=True) as far,
        ):
            rows = anyio.run(run, near, far)
    head = ("case", "requests", "bytes sent", "bytes received", "seconds", "of them")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        aligned = zip(row, widths, ("<", ">", ">", ">", ">", "<"), strict=True)
        print("  ".join(f"{cell:{side}{width}}" for cell, width, side in aligned).rstrip())


async def _publish(bench: Bench, artifact: Artifact, version: str) -> None:
    async with bench.open(bench.near) as registry:
        await publishing.publish(registry, f"{bench.near}/{REPOSITORY}", artifact, shop.release(version))


async def _promote(bench: Bench, target: str, repository: str) -> None:
    change = Change(event=Event.MANUAL, version="1.0.1", tags=["1.0.1"])
    async with bench.open(bench.near) as near, bench.open(target) as registry:
        origin = f"{bench.near}/{REPOSITORY}"
        copy = Copy(source=near, origin=origin, target=registry, repository=f"{target}/{repository}")
        await publishing.promote(copy, CHANGED.index, change)


if __name__ == "__main__":
    main()
