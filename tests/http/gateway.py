"""What stands between the client of GitHub and its stand-in: faults, lists that lag behind, and sudden ends."""

import copy
import dataclasses
import json
import re
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

import pipeline.rehearsal.github
from pipeline.policy.documents import digest_of
from pipeline.policy.releases import Asset
from pipeline.rehearsal.github import Stand
from pipeline.rehearsal.state import Release, State
from pipeline.remote.github import GitHub
from pipeline.remote.releasing import Released, release
from pipeline.remote.transport import Transport, once
from pipeline.remote.wanted import File, Wanted
from tests.http.conftest import Clock
from tests.http.debian import wait_for
from tests.http.stopping import Stopped

REPOSITORY: Final = "acme/shop"
TOKEN: Final = "ghp_s3cretWord"
BASE: Final = "https://api.example.com"
COMMIT: Final = "c0ffee" + "0" * 34
TAG: Final = "v1.2.3"
NOTES: Final = "# New\n\n<b>all</b> of it\n"
CONTENTS: Final = {"shop.tar.gz": b"archive" * 5000, "checksums.txt": b"sums\n"}

_LAGGING: Final = re.compile(r"GET /(repos/acme/shop|repositories/1)/releases(\?.*|/[0-9]+/assets.*|/tags/.*|/latest)?")


@dataclasses.dataclass(frozen=True)
class Fault:
    """What befalls requests whose spelling (`PUT /repos/...`) begins with the pattern, so many `times`.

    What was asked for is done before, where it is `done`; an upload may be half done and leave a `starter`. Then the
    connection breaks, or there is an answer of a `status`. Of an answer's body no more than `came` bytes arrive. With
    `at` it befalls the request of this number alone.
    """

    pattern: str = ""
    status: int = 0
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    content: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    done: bool = False
    starter: bool = False
    came: int | None = None
    times: int = 1
    at: int = -1


@dataclasses.dataclass
class Gateway:
    """Hands requests to the stand-in, and remembers them.

    Lists and look-ups by tag are as they were before the last change for the next `lag` times. Before request number
    `last` the process ends. `before` is called with each request's number.
    """

    stand: Stand
    faults: list[Fault] = dataclasses.field(default_factory=list)
    lag: int = 0
    last: int = -1
    before: Callable[[int], Awaitable[None]] | None = None
    made: list[str] = dataclasses.field(default_factory=list)
    requests: list[httpx.Request] = dataclasses.field(default_factory=list)
    _old: list[State] = dataclasses.field(default_factory=list)
    _befallen: dict[int, int] = dataclasses.field(default_factory=dict)

    @property
    def left(self) -> list[Fault]:
        """The faults that have befallen nothing."""
        return [fault for place, fault in enumerate(self.faults) if not self._befallen.get(place)]

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        number = len(self.made)
        if number == self.last:
            raise Stopped
        spelled = f"{request.method} {request.url.raw_path.decode()}"
        self.made.append(spelled)
        self.requests.append(request)
        if self.before:
            await self.before(number)
        fault = self._fault(number, spelled)
        if not fault:
            return self._pass(spelled, request, await request.aread())
        return await self._befall(fault, spelled, request)

    def forget(self) -> None:
        """Let lists show at first what was there before anything was; what is published is found."""
        if all(one.draft for one in self.stand.state.releases.values()):
            empty = dataclasses.replace(self.stand.state, releases={}, assets={}, latest=[])
            self._old[:] = [empty] * self.lag

    def _fault(self, number: int, spelled: str) -> Fault | None:
        for place, fault in enumerate(self.faults):
            count = self._befallen.get(place, 0)
            if count < fault.times and fault.at in {-1, number} and re.match(fault.pattern, spelled):
                self._befallen[place] = count + 1
                return fault
        return None

    async def _befall(self, fault: Fault, spelled: str, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        answer = self._pass(spelled, request, body) if fault.done or fault.came is not None else None
        if fault.starter:
            self._pass(spelled, request, body[:1])
            next(reversed(self.stand.state.assets.values())).state = "starter"
        if answer and fault.came is not None:
            return _response(answer.status_code, {}, answer.read()[: fault.came])
        if not fault.status:
            raise httpx.ReadError("it broke", request=request)
        said = json.dumps({"message": f"no {TOKEN}"} | dict(fault.content)).encode()
        return _response(fault.status, fault.headers, said)

    def _pass(self, spelled: str, request: httpx.Request, body: bytes) -> httpx.Response:
        stand = self.stand
        if request.method != "GET" and self.lag:
            state = stand.state
            kept = dataclasses.replace(
                state,
                releases=copy.deepcopy(state.releases),
                assets=copy.deepcopy(state.assets),
                latest=list(state.latest),
            )
            self._old[:] = [kept] * self.lag
        elif self._old and _LAGGING.fullmatch(spelled):
            stand = dataclasses.replace(stand, state=self._old.pop())
        headers = dict(request.headers) | {"x-forwarded-proto": request.url.scheme}
        status, sent, content = stand.handle(request.method, request.url.path, dict(request.url.params), headers, body)
        return _response(status, sent, content)


def _response(status: int, headers: Mapping[str, str], content: bytes) -> httpx.Response:
    """An answer whose body is still to be read, as one that comes over a network."""
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content))


def stand(**settings: Any) -> Stand:  # noqa: ANN401 - those of the stand-in
    """A stand-in whose repository has the tag."""
    found = Stand(REPOSITORY, TOKEN, **settings)
    found.state.tag(TAG, COMMIT)
    return found


def draft(found: Stand, tag: str = TAG, name: str = "") -> Release:
    """A draft that is there already."""
    state = found.state
    made = Release(id=state.next_id(), tag=tag, target="main", name=name, draft=True, created=state.now())
    state.releases[made.id] = made
    return made


def client(
    gateway: Gateway, *, token: str = TOKEN, base: str = BASE, clock: Clock | None = None, limit: float = 300
) -> GitHub:
    """A client that reaches the stand-in through the gateway, on a clock of its own."""
    made = httpx.AsyncClient(transport=httpx.MockTransport(gateway), trust_env=False)
    return GitHub(
        REPOSITORY,
        token=token,
        base=base,
        retries=(clock or Clock()).retries(limit=limit),
        transport=Transport(made, made),
    )


def wanted(tag: str = TAG, contents: Mapping[str, bytes] = CONTENTS, **changes: Any) -> Wanted:  # noqa: ANN401 - same
    """A release of two files."""
    settings = {"tag": tag, "commit": COMMIT, "title": f"Shop {tag}", "notes": NOTES, "holder": "a person"}
    return Wanted(**settings | {"files": [file(name, raw) for name, raw in contents.items()]} | changes)


def file(name: str, raw: bytes) -> File:
    """A file with these bytes."""
    return File(asset=Asset(name=name, size=len(raw), digest=digest_of(raw)), content=lambda: once(raw))


def picture(found: Stand) -> dict[str, Any]:
    """What a person would see, and nothing of how it came to be."""
    state, newest = found.state, found.state.newest()
    return {
        "releases": sorted(
            (one.tag, one.draft, one.prerelease, one.immutable, one.name, one.body, one.target)
            for one in state.releases.values()
        ),
        "assets": sorted((one.name, one.state, one.digest, one.media_type) for one in state.assets.values()),
        "refs": dict(state.refs),
        "latest": newest.tag if newest else "",
        "unknown": found.unknown,
    }


async def run(gateway: Gateway, of: Wanted | None = None, clock: Clock | None = None) -> Released:
    """A whole release."""
    async with client(gateway, clock=clock) as github:
        return await release(github, of or wanted())


async def whole() -> tuple[dict[str, object], int]:
    """What an undisturbed release leaves, and how many requests it takes."""
    gateway = Gateway(stand())
    await run(gateway)
    return picture(gateway.stand), len(gateway.made)


@contextmanager
def started() -> Iterator[str]:
    """A stand-in that was started as a file, with nothing but Python and its folder; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    path = Path(str(pipeline.rehearsal.github.__file__))
    given = ["--port", port, "--repository", REPOSITORY, "--token", TOKEN, "--tag", f"{TAG}={COMMIT}"]
    process = subprocess.Popen([sys.executable, "-I", str(path), *given], stderr=subprocess.DEVNULL, cwd="/")
    try:
        assert wait_for(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
