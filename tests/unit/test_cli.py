"""`uv run pipeline ...`: a call handed over to the Dagger CLI, in a real process with stand-ins on its PATH.

What the commands of the host do stands in tests/host.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import pytest
from dagger._engine._version import CLI_VERSION

PRINTS_ARGUMENTS = f"""\
if [ "$1" = version ]; then echo "dagger v{CLI_VERSION} (image://example.com/engine) linux/amd64"; exit; fi
for argument; do echo "<$argument>"; done
exit 42
"""

OTHER_VERSION = """\
if [ "$1" = version ]; then echo "dagger v0.1.0 (image://example.com/engine) linux/amd64"; exit; fi
echo "the wrong one ran"
"""

WAITS_FOR_SIGNALS = f"""\
#!{sys.executable}
import signal, sys
if sys.argv[1] == "version":
    print("dagger v{CLI_VERSION}")
    sys.exit()
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: sys.exit(100 + number))
print("ready", flush=True)
signal.sigtimedwait([], 30)
"""


class Host:
    """A machine: what is on its PATH, its user's cache folder, and `pipeline` called on it."""

    def __init__(self, home: Path) -> None:
        """A machine with nothing on its PATH."""
        self.bin, self.cache = home / "bin", home / "cache"
        self.bin.mkdir()
        # Another port than any that is listened on: what would be downloaded fails at once, without a network.
        proxies = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
        coverage = {name: value for name, value in os.environ.items() if name.startswith("COV")}
        self.environment = {"PATH": str(self.bin), "HOME": str(home), "XDG_CACHE_HOME": str(self.cache)}
        self.environment |= proxies | coverage

    def has(self, name: str, script: str) -> None:
        """Put a program on PATH."""
        self._write(self.bin / name, script)

    def provisioned(self, script: str) -> None:
        """Put a CLI of the pinned version where the SDK keeps the ones that it downloaded."""
        (self.cache / "dagger").mkdir(parents=True)
        self._write(self.cache / "dagger" / f"dagger-{CLI_VERSION}", script)

    def start(self, *arguments: str, options: Sequence[str] = (), **environment: str) -> "subprocess.Popen[str]":
        """Call `pipeline`, in a Python with these options."""
        return subprocess.Popen(
            [sys.executable, *options, "-m", "pipeline.cli", *arguments],
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Call `pipeline`, wait for it, and return its exit code, output and errors."""
        with self.start(*arguments, **environment) as process:
            out, err = process.communicate(timeout=30)
        return process.returncode, out, err

    def _write(self, path: Path, script: str) -> None:
        path.write_text(script if script.startswith("#!") else f"#!/bin/sh\n{script}", "utf-8")
        path.chmod(0o755)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A machine with nothing on its PATH."""
    return Host(tmp_path)


def test_arguments_and_exit_code_are_handed_over(host: Host) -> None:
    """Word by word, empty ones and blanks too: it is `dagger call` with the same arguments."""
    host.has("docker", "exit 0")
    host.has("dagger", PRINTS_ARGUMENTS)
    code, out, err = host.run("build", "--platform", "linux/arm64", "a  b", "", "*", "--", "-x")
    assert out == "<call>\n<build>\n<--platform>\n<linux/arm64>\n<a  b>\n<>\n<*>\n<-->\n<-x>\n"
    assert (code, err) == (42, "")


def test_a_call_is_handed_over_without_importing_the_sdk(host: Host) -> None:
    """Which takes most of a second, and says nothing but the version of the CLI."""
    host.has("docker", "exit 0")
    host.has("dagger", PRINTS_ARGUMENTS)
    with host.start("build", options=["-X", "importtime"]) as process:
        _, err = process.communicate(timeout=30)
    imported = {line.rpartition("|")[2].strip() for line in err.splitlines()}
    assert process.returncode == 42
    assert "pipeline.host.commands" in imported
    assert not imported & {"dagger", "httpx"}


def test_without_the_sdk_people_are_told_what_to_do(host: Host, tmp_path: Path) -> None:
    """In a sentence: an environment for use alone has all but that."""
    (others := tmp_path / "others").mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith("dagger") and path.suffix != ".pth":
            (others / path.name).symlink_to(path)
    with host.start("check", options=["-S"], PYTHONPATH=str(others)) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (3, "")
    assert err == "The Dagger SDK is not installed here; run `uv sync`, and this with `uv run pipeline`.\n"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_signals_reach_the_cli(host: Host, sent: signal.Signals) -> None:
    """The process becomes the CLI, so its own handlers decide, and nobody prints a traceback."""
    host.has("docker", "exit 0")
    host.has("dagger", WAITS_FOR_SIGNALS)
    with host.start("build") as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(sent)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (100 + sent, "")


@pytest.mark.parametrize("programs", [[], ["docker", "podman"]])
def test_without_a_container_engine_two_lines_say_what_to_install(host: Host, programs: list[str]) -> None:
    """Exit code 3, whether there is no program or its daemon does not answer; the CLI is not even looked for."""
    for program in programs:
        host.has(program, "echo noise; echo noise >&2; exit 1")
    host.has("dagger", PRINTS_ARGUMENTS)
    code, out, err = host.run("build")
    assert (code, out) == (3, "")
    first, second = err.splitlines()
    assert first == "No container engine answers here, and a Dagger engine needs one."
    assert second.startswith("Install Docker (docs.docker.com/engine/install) or Podman")


def test_podman_does_where_docker_does_not_answer(host: Host) -> None:
    """One engine that answers is enough."""
    host.has("docker", "exit 1")
    host.has("podman", '[ "$1" = info ]')
    host.has("dagger", PRINTS_ARGUMENTS)
    assert host.run("build")[0] == 42


def test_an_engine_elsewhere_needs_no_container_engine_here(host: Host) -> None:
    """The variable with which Dagger itself finds a remote engine is respected."""
    host.has("dagger", PRINTS_ARGUMENTS)
    assert host.run("build", _EXPERIMENTAL_DAGGER_RUNNER_HOST="tcp://engine:1234")[0] == 42


@pytest.mark.parametrize("found", [OTHER_VERSION, "exit 1"])
def test_a_cli_of_another_version_is_left_alone(host: Host, found: str) -> None:
    """What was provisioned runs in place of one that is older, newer, or broken."""
    host.has("docker", "exit 0")
    host.has("dagger", found)
    host.provisioned("""echo "provisioned: $*"; exit 7""")
    assert host.run("build") == (7, "provisioned: call build\n", "")


def test_a_cli_that_cannot_be_fetched_is_two_lines(host: Host) -> None:
    """No CLI, no network: the error says what to install."""
    host.has("docker", "exit 0")
    code, out, err = host.run("build")
    assert (code, out) == (3, "")
    first, second = err.splitlines()
    assert first.startswith("The Dagger CLI could not be fetched: ")
    assert second == "Install it (docs.dagger.io/install) and retry."


IMPORTED = """\
import json, sys
from pipeline.cli import main
sys.argv = ["pipeline", *sys.argv[1:]]
try:
    main()
finally:
    print(json.dumps([name for name in ("dagger", "httpx", "anyio", "jinja2") if name in sys.modules]))
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with a release and a feature."""
    if not shutil.which("git"):
        pytest.skip("commands on the caller's git: left out, git is not on PATH")
    folder = tmp_path / "repository"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-C", str(folder)]
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    for arguments in (["commit", "--message=feat: a"], ["tag", "v1.2.3"], ["commit", "--message=feat: b"]):
        options = ["--quiet", "--allow-empty"] if arguments[0] == "commit" else []
        subprocess.run([*git, arguments[0], *options, *arguments[1:]], check=True)
    return folder


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["next-version"], "1.3.0\n"),
        (["next-version", "--bump", "prerelease"], "1.3.0-rc.1\n"),
        (["changelog"], "### Added\n\n- b\n"),
    ],
)
def test_commands_of_the_host_need_no_engine(repository: Path, arguments: list[str], printed: str) -> None:
    """They answer at once: neither the SDK, which takes most of a second, nor what speaks HTTP is imported."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, *arguments], cwd=repository, check=True, capture_output=True, text=True
    )
    said, _, imported = done.stdout.removesuffix("\n").rpartition("\n")
    assert (said + "\n", json.loads(imported)) == (printed, [])


@pytest.mark.parametrize("arguments", [["--to", "ghcr.io/acme"], ["--json"]])
def test_an_offline_plan_needs_nothing_that_speaks(repository: Path, arguments: list[str]) -> None:
    """Neither the SDK nor HTTP is imported, so that it answers as fast as the others."""
    command = [sys.executable, "-c", IMPORTED, "plan", "--offline", "--branch", "*", *arguments]
    done = subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True)
    said, _, imported = done.stdout.removesuffix("\n").rpartition("\n")
    assert "v1.3.0" in said
    assert json.loads(imported) == []


def test_only_the_first_argument_names_a_command_of_the_host(host: Host) -> None:
    """The same word elsewhere is the CLI's."""
    host.has("docker", "exit 0")
    host.has("dagger", PRINTS_ARGUMENTS)
    assert host.run("--progress", "plain", "bump")[:2] == (42, "<call>\n<--progress>\n<plain>\n<bump>\n")


def test_a_command_without_git_says_so(host: Host) -> None:
    """One line, and no container engine is looked for."""
    code, out, err = host.run("next-version")
    assert (code, out) == (1, "")
    assert err == "next-version: git is not installed here, and versions come from it; install it\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["bump", "huge"], "invalid choice: 'huge'"),
        (["bump", "minor", "--version", "1.2.3"], "not allowed with"),
        (["bump", "--version", "1.2"], "'1.2' is no version; releases are named v1.2.3"),
        (["next-version", "--push"], "unrecognized arguments: --push"),
        (["plan", "--repository", "shop"], "'shop' is no repository of GitHub; give it as owner/name"),
    ],
)
def test_arguments_that_make_no_sense_are_said(host: Host, arguments: list[str], problem: str) -> None:
    """With how the command is used, and exit code 2."""
    code, out, err = host.run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"usage: pipeline {arguments[0]} ")
    assert problem in err
