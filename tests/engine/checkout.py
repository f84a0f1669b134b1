"""A copy of this checkout that `dagger call` runs in, and what a call gave."""

import dataclasses
import functools
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.engine.traces import collecting

ROOT: Final = Path(__file__).parents[2]

LAB_REGISTRY: Final = "127.0.0.1:5000"
"""The registry with the stand-ins; the engine speaks plain HTTP to it."""

_PYTHON: Final = "python:3.13-slim"
"""The stand-in for the image that runs the module, and that of rehearsals."""

_AUTHOR: Final = {
    "GIT_AUTHOR_NAME": "Test",
    "GIT_AUTHOR_EMAIL": "test@example.com",
    "GIT_COMMITTER_NAME": "Test",
    "GIT_COMMITTER_EMAIL": "test@example.com",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Called:
    """A finished call: exit code, output, what the CLI said, and the commands that containers ran for it."""

    code: int
    out: str
    log: str
    executed: list[str]

    @property
    def error(self) -> str:
        """The error as a person reads it."""
        _, _, text = self.log.partition("\nError: ")
        return re.sub(r" \[traceparent:\S+]", "", text).strip()


@dataclasses.dataclass(frozen=True, slots=True)
class Checkout:
    """A git repository with the module in it."""

    path: Path

    def call(self, *arguments: str | Path, succeeds: bool = True) -> Called:
        """Run `dagger call`; unless told otherwise it has to succeed."""
        return self.dagger("call", *arguments, succeeds=succeeds)

    def dagger(self, *arguments: str | Path, succeeds: bool = True) -> Called:
        """Run the Dagger CLI in the checkout, with its trace collected."""
        command = ["dagger", "--progress=plain", *map(str, arguments)]
        with collecting() as (collector, environment):
            done = subprocess.run(
                command,
                cwd=self.path,
                env=os.environ | environment | {"NO_COLOR": "1"},
                check=False,
                capture_output=True,
                text=True,
            )
        called = Called(done.returncode, done.stdout, done.stderr, collector.executed())
        if succeeds:
            assert called.code == 0, called.error or called.log
        return called

    def git(self, *arguments: str) -> str:
        """Run git in the checkout."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=os.environ | _AUTHOR, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, message: str, **files: str) -> str:
        """Write files and commit everything; gives the commit."""
        self.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def write(self, files: dict[str, str]) -> None:
        """Write files, with the folders that they need."""
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")


def copy_module(target: Path) -> None:
    """Copy the files of this checkout that git knows, or would add, as they stand.

    Where a lab stands in for the public images, the copy carries the settings that point the module at it: a pin by
    digest cannot be met by a stand-in.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes((ROOT / name).read_bytes())
            (target / name).chmod((ROOT / name).stat().st_mode)
    if lab := os.environ.get("LAB_UP"):
        database = trivy_database()
        project = target / "pyproject.toml"
        pinned = re.compile(r'^base-image = ".*"$', re.MULTILINE)
        project.write_text(pinned.sub(f'base-image = "{_PYTHON}"', project.read_text("utf-8")), "utf-8")
        for example in (target / "examples").rglob("pyproject.toml"):
            with example.open("a", encoding="utf-8") as file:
                file.write(f'\n[tool.dagger]\nbase-image = "{_PYTHON}"\n')
        settings = Path(lab).with_name("env").read_text("utf-8")
        # The database of the lab is as old as the lab.
        settings += f"\npythonImage={_PYTHON}\ntrivyDbFile={database}\ntrivyDbMaxAge=3650\n"
        (target / ".env").write_text(settings, "utf-8")


@functools.cache
def trivy_database() -> Path:
    """The vulnerability database of the lab as a file; the test is left out where there is no lab."""
    if not os.environ.get("LAB_UP"):
        pytest.skip("needs the lab's vulnerability database: nobody knows what the public one finds today")
    base = f"http://{LAB_REGISTRY}/v2/aquasecurity/trivy-db"
    manifest = httpx.get(f"{base}/manifests/2", headers={"Accept": "application/vnd.oci.image.manifest.v1+json"})
    digest = manifest.raise_for_status().json()["layers"][0]["digest"]
    path = Path(tempfile.gettempdir()) / f"trivy-db-{digest[-12:]}.tar.gz"
    path.write_bytes(httpx.get(f"{base}/blobs/{digest}").raise_for_status().content)
    return path


def new_checkout(path: Path) -> Checkout:
    """A repository of its own with this module in it, in one commit."""
    checkout = Checkout(path)
    copy_module(path)
    checkout.git("init", "--quiet", "--initial-branch=main")
    checkout.commit("Everything")
    return checkout
