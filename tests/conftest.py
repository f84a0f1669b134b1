"""What every test lives under: engine tests run where an engine answers, others reach neither engine nor network."""

# ruff: noqa: ANN401 - what is guarded keeps its own signature

import contextlib
import importlib.util
import ipaddress
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest
from dagger.client._session import ClientSession, SharedConnection
from playwright.sync_api import Browser, Error, sync_playwright
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from tests.http import debian

pytest_plugins = ["pytester"]

_PATIENCE: Final = 60
"""Seconds that an engine may take to answer: the first call of a machine downloads it."""

_missing = pytest.StashKey[str]()

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - it is looked at first
"""A folder that is no disk: registries and git wait for each file to lie on one, which nothing here needs."""

_ROOM: Final = 4 * 2**30
"""Bytes that have to be free there."""


def pytest_configure() -> None:
    """Put the folders of tests into memory, where that can be done, and let nobody look for sniffio over and over."""
    if "PYTEST_DEBUG_TEMPROOT" not in os.environ and _is_roomy(_MEMORY):
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(_MEMORY)
    # httpcore imports it several times a request, and where it is not installed every path is searched each time.
    if not importlib.util.find_spec("sniffio"):
        sys.modules["sniffio"] = None  # type: ignore[assignment]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse to run when engine tests were asked for by name and nothing can run them; put them after all others."""
    items.sort(key=lambda item: (_needs_engine(item), item.get_closest_marker("last") is not None))
    asked = re.search(r"(?<!not )\bengine\b", str(config.getoption("markexpr")))
    if asked and any(_needs_engine(item) for item in items) and (missing := _missing_engine(config)):
        raise pytest.UsageError(f"engine tests were asked for with -m, and {missing}")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Run tests side by side, whole files in one process, and all that have an engine: that uses every core already."""
    scheduler = LoadFileScheduling(config, log)
    scheduler._split_scope = lambda name: "engine" if name.startswith("tests/engine/") else name.partition("::")[0]
    return scheduler


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave an engine test out before its fixtures are made; all are skipped here, so the summary has one line."""
    if _needs_engine(item) and (missing := _missing_engine(item.config)):
        pytest.skip(f"engine tests: left out, {missing}")


@pytest.fixture
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the SDK does."""
    return "asyncio"


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[debian.Shelf]:
    """Registries for whoever needs one that holds nothing yet."""
    with contextlib.ExitStack() as running:
        yield debian.Shelf(tmp_path_factory.mktemp("shelf"), running)


@pytest.fixture
def empty_registry(shelf: debian.Shelf) -> str:
    """The name of a registry that holds nothing yet; a test that needs it is left out where there is none."""
    if not debian.found():
        pytest.skip("publishing to a real registry: left out, docker-registry is not on PATH")
    return shelf.take("first")


@pytest.fixture
def other_registry(shelf: debian.Shelf) -> str:
    """A second registry that holds nothing yet."""
    return shelf.take("second")


@pytest.fixture
def deleting_registry(shelf: debian.Shelf) -> str:
    """One that holds nothing yet, and lets things be deleted."""
    if not debian.found():
        pytest.skip("publishing to a real registry: left out, docker-registry is not on PATH")
    return shelf.take("deleting", deletes=True)


# Playwright holds the event loop while it runs: no asynchronous test may come before it has ended.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of the machine, without a screen; a test that needs it is left out where there is none."""
    with sync_playwright() as playwright:
        for found in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"):
            if Path(found).exists():
                yield playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
                return
        try:
            yield playwright.chromium.launch()
        except Error:
            pytest.skip("tests in a browser: left out, no Chromium is here")


@pytest.fixture(autouse=True)
def _alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a test that is not marked `engine` away from engines and from every network but the loopback."""
    if _needs_engine(request.node):
        return
    for name in [name for name in os.environ if name.startswith(("DAGGER_", "_EXPERIMENTAL_DAGGER_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(SharedConnection, "session", property(_no_engine))
    monkeypatch.setattr(ClientSession, "start", _no_engine)
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, _local_only(getattr(socket.socket, name)))
    monkeypatch.setattr(socket, "getaddrinfo", _known_only(socket.getaddrinfo))


def _is_roomy(folder: Path) -> bool:
    """Whether much can be written there, and run: programs that tests write are."""
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >= _ROOM and not found.f_flag & os.ST_NOEXEC


def _needs_engine(item: pytest.Item) -> bool:
    return item.get_closest_marker("engine") is not None


def _missing_engine(config: pytest.Config) -> str:
    """Say what is missing, or ""; asked once a session, and only when an engine test is there to run."""
    if _missing not in config.stash:
        config.stash[_missing] = _ask()
    return config.stash[_missing]


def _ask() -> str:
    silence = "no Dagger engine answers (dagger core version)"
    try:
        done = subprocess.run(["dagger", "core", "version"], check=False, capture_output=True, timeout=_PATIENCE)
    except FileNotFoundError:
        return f"{silence}: install the Dagger CLI (docs.dagger.io/install) and Docker"
    except subprocess.TimeoutExpired:
        return f"{silence} within {_PATIENCE} s: start Docker, or restart it"
    return f"{silence}: install Docker and start it" if done.returncode else ""


# Calls pytest.fail, whose exception passes `except Exception`: no code under test can take it for an error of its own.
def _no_engine(*_: object) -> NoReturn:
    pytest.fail("the test asked a Dagger engine for something: mark it `engine`, or answer the query in the test")


def _local_only(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if not (isinstance(address, tuple) and _loopback(str(address[0]))):
            pytest.fail(f"the test reached for {address}: only the loopback is there for tests without an engine")
        return connect(self, address)

    return guarded


def _known_only(look_up: Any) -> Any:
    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host or "localhost"
        if not _loopback(name):
            pytest.fail(f"the test looked {name} up: only the loopback is there for tests without an engine")
        return look_up(host, *args, **kwargs)

    return guarded


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
