"""Releasing for real, as a rehearsal that needs neither a registry nor GitHub."""

import re
from pathlib import Path

import pytest

from tests.engine.checkout import Checkout

pytestmark = pytest.mark.engine


def test_a_rehearsal_from_a_clean_clone_prints_the_whole_release(checkout: Checkout, tmp_path: Path) -> None:
    """Both applications with every file; nothing is left to do, and what was a stand-in is said."""
    clone = Checkout(tmp_path / "clone")
    checkout.git("clone", "--quiet", str(checkout.path), str(clone.path))
    if (checkout.path / ".env").exists():
        (clone.path / ".env").write_bytes((checkout.path / ".env").read_bytes())
    out = clone.call("rehearse", "--version", "v1.2.3").out
    rows = re.findall(r"^(commit|git tag|image|tag|release|asset|publish) +(\S+) +(\w[\w ]*?)  ", out, re.MULTILINE)
    steps = [row for row in rows if row[2] != "put"]
    assert {state for _, _, state in steps} == {"done"}
    assert {of for step, of, _ in steps if step == "image"} == {"localhost:5000/api", "localhost:5000/frontend"}
    assert {of for step, of, _ in steps if step == "asset"} >= {
        "neuronip-api_1.2.3_windows_arm64.zip",
        "frontend_1.2.3.intoto.jsonl",
        "compose.yaml",
        "checksums.txt",
    }
    assert out.rstrip().endswith("registry and GitHub were stand-ins of this call, and nothing outside was touched")
