"""What the tests of the host's commands share."""

import shutil
from pathlib import Path

import pytest

from .worktree import Worktree


@pytest.fixture
def work(tmp_path: Path) -> Worktree:
    """A clone of a remote in which v1.2.3 is released."""
    if not shutil.which("git"):
        pytest.skip("commands on the caller's git: left out, git is not on PATH")
    made = Worktree(tmp_path)
    made.released()
    return made
