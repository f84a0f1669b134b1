"""The examples as files: what they name is there, and their page names all of them."""

import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
MODULES = sorted(EXAMPLES.rglob("dagger.json"))
FOLDERS = sorted(path for path in EXAMPLES.iterdir() if path.is_dir())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.parent.relative_to(EXAMPLES).as_posix())
def test_a_module_names_folders_that_are_there_and_our_engine(path: Path) -> None:
    """One version of the engine for all of them; dependencies are modules of the names that they are called by."""
    module, ours = (json.loads(found.read_text("utf-8")) for found in (path, ROOT / "dagger.json"))
    assert module["engineVersion"] == ours["engineVersion"]
    assert (path.parent / module.get("source", ".")).is_dir()
    for dependency in module.get("dependencies", []):
        named = json.loads((path.parent / dependency["source"] / "dagger.json").read_text("utf-8"))
        assert named["name"] == dependency["name"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_page_of_the_examples_has_each(folder: Path) -> None:
    """With a command that is run in its folder, or names it."""
    page = (EXAMPLES / "README.md").read_text("utf-8")
    assert f"]({folder.name})" in page
    assert f"cd examples/{folder.name}" in page


def test_the_script_for_the_dagger_shell_can_be_run() -> None:
    """It says which program reads it."""
    script = EXAMPLES / "shell/build.dsh"
    assert os.access(script, os.X_OK)
    assert script.read_text("utf-8").startswith("#!/usr/bin/env -S dagger --mod ../..\n")


def test_what_an_engine_writes_into_a_module_is_ignored() -> None:
    """Generated code is made anew by each call, and is of nobody's repository."""
    ignored = (EXAMPLES / ".gitignore").read_text("utf-8").splitlines()
    assert {"sdk/", "internal/", "dagger.gen.go"} <= set(ignored)
