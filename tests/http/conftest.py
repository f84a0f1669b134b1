"""Servers, and a clock that runs only while somebody sleeps."""

import dataclasses
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from pipeline.remote.retries import Retries
from pipeline.remote.transport import Request, Transport
from tests.http import debian
from tests.http.servers import Server, serving
from tests.http.stopping import Stopped, Watch


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what needs a registry where none is; all are skipped here, so the summary has one line."""
    if "stored" in getattr(item, "fixturenames", ()) and not debian.found():
        pytest.skip("registry client on a real registry: left out, docker-registry is not on PATH")
    version = getattr(getattr(item, "callspec", None), "params", {}).get("program")
    if version and not (debian.third() if version == "3" else debian.found()):
        pytest.skip(f"registry client on distribution {version}: left out, no such program is here")


@dataclasses.dataclass
class Clock:
    """A time in seconds, and the pauses that were made."""

    now: float = 0
    pauses: list[float] = dataclasses.field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        """Take no time for it."""
        self.pauses.append(seconds)
        self.now += seconds

    def retries(self, limit: float = 60) -> Retries:
        """A policy that runs on this clock."""
        return Retries(limit=limit, sleep=self.sleep, clock=lambda: self.now)


@pytest.fixture
def clock() -> Clock:
    """A clock at 0."""
    return Clock()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server that plays what a test gives to it."""
    async with serving() as started:
        yield started


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry's folder with an image in it."""
    folder = tmp_path_factory.mktemp("registry")
    with debian.running(folder) as name:
        debian.push(name)
    return folder


@pytest.fixture(scope="session")
def public(stored: Path) -> Iterator[str]:
    """The name of a registry that anybody may read."""
    with debian.running(stored) as name:
        yield name


@pytest.fixture(scope="session")
def private(stored: Path) -> Iterator[str]:
    """The name of a registry that wants a user and a password."""
    with debian.running(stored, debian.passwords(stored)) as name:
        yield name


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of localhost that nobody signed, with its key, in one file."""
    if not shutil.which("openssl"):
        pytest.skip("registry client with certificates: left out, openssl is not on PATH")
    return debian.certificate(tmp_path)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Note the requests that clients make from now on, and stop them after so many, or so many that write."""
    real = Transport.send

    def watch(last: int, *, writing: bool = False) -> list[str]:
        made: list[str] = []

        async def send(self: Transport, request: Request, base: httpx.URL, limit: float) -> httpx.Response:
            counts = request.method not in {"GET", "HEAD"} or not writing
            if counts and len([one for one in made if not writing or not one.startswith(("GET", "HEAD"))]) == last:
                raise Stopped
            made.append(f"{request.method} {request.url.path}")
            return await real(self, request, base, limit)

        monkeypatch.setattr(Transport, "send", send)
        return made

    return watch
