"""`uv run pipeline ...`: a command of the host, or a call handed over to the Dagger CLI of the pinned version."""

import importlib.util
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final, NoReturn

from pipeline.host import commands

NO_ENGINE: Final = 3
"""Exit code where nothing can run a Dagger engine."""

_HELP: Final = """\
No container engine answers here, and a Dagger engine needs one.
Install Docker (docs.docker.com/engine/install) or Podman, start it, and run this again."""


def main() -> NoReturn:
    """Run a command of the host, else `dagger call`, whose exit code and signals are those of the CLI."""
    name = next(iter(sys.argv[1:]), "")
    if name in commands.COMMANDS:
        raise SystemExit(commands.run(name, sys.argv[2:]))
    version = _version()
    if not (os.environ.get("_EXPERIMENTAL_DAGGER_RUNNER_HOST") or _container_engine()):
        sys.stderr.write(_HELP + "\n")
        raise SystemExit(NO_ENGINE)
    dagger = _found(version) or _provisioned()
    # The process becomes the CLI: nothing stands between it and the terminal's signals.
    os.execv(dagger, [dagger, "call", *sys.argv[1:]])  # noqa: S606


def _version() -> str:
    """The version of the CLI that the SDK is made for; it is read, since to import the SDK takes most of a second."""
    found = importlib.util.find_spec("dagger")
    if not found or not found.origin:
        sys.stderr.write("The Dagger SDK is not installed here; run `uv sync`, and this with `uv run pipeline`.\n")
        raise SystemExit(NO_ENGINE)
    return str(runpy.run_path(str(Path(found.origin).with_name("_engine") / "_version.py"))["CLI_VERSION"])


def _container_engine() -> bool:
    """Whether one of the programs that Dagger starts engines with reaches its daemon."""
    return any(_answers([program, "info"]) for program in ("docker", "podman", "nerdctl", "finch", "container"))


def _answers(command: list[str]) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True, timeout=20).returncode == 0  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False


def _found(version: str) -> str | None:
    """A CLI on PATH, if it has the version that this module is written for."""
    path = shutil.which("dagger")
    if not path:
        return None
    printed = subprocess.run([path, "version"], check=False, capture_output=True, text=True).stdout  # noqa: S603
    return path if printed.split()[1:2] == [f"v{version}"] else None


def _provisioned() -> str:
    """The CLI that the SDK downloads, checked against its published checksum, into the user's cache folder."""
    from dagger.provisioning import DownloadError  # noqa: PLC0415 - see above
    from dagger.provisioning._download import Downloader  # noqa: PLC0415

    try:
        return Downloader().get_sync()
    except DownloadError as error:
        sys.stderr.write(
            f"The Dagger CLI could not be fetched: {error}\nInstall it (docs.dagger.io/install) and retry.\n"
        )
        raise SystemExit(NO_ENGINE) from None


if __name__ == "__main__":
    main()
