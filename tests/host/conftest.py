"""What the tests of the host's commands share."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.rehearsal.github import Stand

from .planning import serving, shop_of
from .worktree import Worktree


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a remote in which v1.2.3 is released, and a clone of it."""
    if not shutil.which("git"):
        pytest.skip("commands on the caller's git: left out, git is not on PATH")
    made = Worktree(tmp_path_factory.mktemp("released"))
    made.released()
    return made.base


@pytest.fixture
def work(released: Path, tmp_path: Path) -> Worktree:
    """A clone of a remote in which v1.2.3 is released."""
    shutil.copytree(released, tmp_path, dirs_exist_ok=True)
    return Worktree(tmp_path)


@pytest.fixture
def shop(work: Worktree) -> Worktree:
    """The same as a clone of acme/shop on GitHub, of somebody who is logged in nowhere."""
    return shop_of(work)


@pytest.fixture
def served() -> Iterator[tuple[Stand, str]]:
    """A stand-in for GitHub with acme/shop, and where it answers."""
    with serving() as found:
        yield found
