"""What linters of workflows say: nothing, of the files of this repository and of those that others get."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from .generated import FILES, WISHES

ACTIONLINT: Final = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"

_PATIENCE: Final = 300
"""Seconds that a linter may take to be compiled."""


@pytest.fixture(scope="session")
def actionlint(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The one on PATH, else one that Go compiles: its package for Python downloads a binary that nobody pinned."""
    if found := shutil.which("actionlint"):
        return found
    if not shutil.which("go"):
        pytest.skip("actionlint: left out, neither actionlint nor Go is on PATH")
    folder = tmp_path_factory.mktemp("actionlint")
    command = ["go", "install", ACTIONLINT]
    done = subprocess.run(
        command,
        check=False,
        cwd=folder,
        env={**os.environ, "GOBIN": str(folder)},
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
    )
    if done.returncode:
        pytest.skip(f"actionlint: left out, it is not on PATH and cannot be compiled: {done.stderr.splitlines()[-1]}")
    return str(folder / "actionlint")


@pytest.fixture(params=WISHES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A repository with the workflows of a wish."""
    (made := tmp_path / ".github" / "workflows").mkdir(parents=True)
    for name, text in FILES.items():
        wish, _, file = name.partition("/")
        if wish == request.param:
            (made / file).write_text(text, "utf-8")
    return tmp_path


def said(command: list[str], folder: Path) -> tuple[int, str]:
    """The exit code of a linter, and what it printed."""
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_actionlint_finds_nothing(actionlint: str, folder: Path) -> None:
    """Syntax, expressions, contexts, inputs of known actions; scripts are left to the test that allows none."""
    files = [str(path) for path in sorted(folder.rglob("*.yml"))]
    assert said([actionlint, "-no-color", "-shellcheck=", "-pyflakes=", *files], folder) == (0, "")


def test_actionlint_would_find_something(actionlint: str, folder: Path) -> None:
    """A linter that runs on nothing finds nothing."""
    path = folder / ".github" / "workflows" / "build.yml"
    path.write_text(path.read_text("utf-8").replace("env.DAGGER_VERSION", "envs.DAGGER_VERSION"))
    code, text = said([actionlint, "-no-color", "-shellcheck=", "-pyflakes=", str(path)], folder)
    assert code == 1
    assert 'undefined variable "envs"' in text


def test_zizmor_finds_nothing(folder: Path) -> None:
    """Rights, pins, injections, credentials: with its pedantic rules, and without asking anybody."""
    code, text = said([*zizmor(), "."], folder)
    assert (code, "No findings to report" in text) == (0, True), text


def test_zizmor_would_find_something(folder: Path) -> None:
    """The same here."""
    path = folder / ".github" / "workflows" / "build.yml"
    path.write_text(path.read_text("utf-8").replace("persist-credentials: false", ""))
    code, text = said([*zizmor(), "."], folder)
    assert code != 0
    assert "artipacked" in text


def zizmor() -> list[str]:
    """The command, with whatever it would read from elsewhere left out."""
    found = shutil.which("zizmor")
    assert found, "zizmor is not installed; run uv sync"
    return [found, "--offline", "--persona=pedantic", "--no-config", "--color=never", "--no-progress"]
