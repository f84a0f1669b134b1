"""The hash of a directory's files: the script, run for real."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import dagger
import pytest

from pipeline.nodes.trees import _FOLDERS, _HASH, folders, tree_hash

from .queries import Engine, held

HOSTILE = "[core]\n\tautocrlf = true\n\texcludesFile = {home}/ignored\n"


class Tree:
    """A directory of files, and the script that hashes it."""

    def __init__(self, root: Path) -> None:
        """With a program, a page and a link."""
        self.folder, self.root = root / "files", root
        self.write("main.go", "package main\n").write("web/page.tsx", "page\n")
        (self.folder / "latest").symlink_to("main.go")
        (home := root / "home").mkdir()
        (home / ".gitconfig").write_text(HOSTILE.format(home=home), "utf-8")
        (home / "ignored").write_text("*.log\n", "utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        self.environment = kept | {"HOME": str(home)}

    def write(self, name: str, content: str | bytes) -> "Tree":
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self

    def hash(self) -> str:
        """What the script prints; like its container, it finds no repository of an earlier run."""
        repository = self.root / "git"
        shutil.rmtree(repository, ignore_errors=True)
        return self._script(_HASH, {"tree": self.folder, "git": repository})

    def folders(self) -> list[str]:
        """What the script that lists folders writes down."""
        listed = self.root / "folders"
        self._script(_FOLDERS, {"tree": self.folder, "folders": listed})
        return listed.read_text("utf-8").rstrip("\0").split("\0")

    def in_a_repository(self) -> str:
        """What git calls a tree of these files when they are committed as they are."""
        shutil.copytree(self.folder, copy := self.root / "copy", symlinks=True)
        self._run("git", "init", "--quiet", "--object-format=sha256", str(copy))
        self._run("git", "-C", str(copy), "-c", "core.autocrlf=false", "add", "--all", "--force")
        return self._run("git", "-C", str(copy), "write-tree")

    def _script(self, script: str, places: dict[str, Path]) -> str:
        """Run a script on other places than those of its container."""
        found = re.sub(rf"/({'|'.join(places)})\b", lambda place: str(places[place[1]]), script)
        return self._run("sh", "-c", found)

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, check=True, cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=60
        )
        return done.stdout.strip()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Three files, and settings of a user that would change what git adds."""
    return Tree(tmp_path)


def test_it_is_the_tree_that_git_knows(tree: Tree) -> None:
    """Anybody can look the hash up in a repository with SHA-256."""
    (tree.root / "home/.gitconfig").unlink()
    tree.write("web/run.sh", "#!/bin/sh\n")
    (tree.folder / "web/run.sh").chmod(0o755)
    found = tree.hash()
    assert re.fullmatch(r"[0-9a-f]{64}", found)
    assert found == tree.in_a_repository()


def linked(tree: Tree, target: str) -> None:
    """Let the link lead elsewhere."""
    (tree.folder / "latest").unlink()
    (tree.folder / "latest").symlink_to(target)


def copied(tree: Tree) -> None:
    """Put a file that says where the link led in its place."""
    (tree.folder / "latest").unlink()
    tree.write("latest", "main.go")


def renamed(tree: Tree) -> None:
    """Give a file another name."""
    (tree.folder / "main.go").rename(tree.folder / "other.go")


CHANGES: dict[str, Callable[[Tree], object]] = {
    "a changed file": lambda tree: tree.write("main.go", "package other\n"),
    "a new file": lambda tree: tree.write("new.go", ""),
    "another name": renamed,
    "a file that is ignored": lambda tree: tree.write("debug.tmp", "x"),
    "a file in a folder that is ignored": lambda tree: tree.write("out/a", "x"),
    "a file that the user ignores": lambda tree: tree.write("debug.log", "x"),
    "a name that Windows takes for git's": lambda tree: tree.write("git~1", "x"),
    "an executable bit": lambda tree: (tree.folder / "main.go").chmod(0o755),
    "a link to another file": lambda tree: linked(tree, "web/page.tsx"),
    "a link that leads nowhere": lambda tree: linked(tree, "gone"),
    "a link that became a file": copied,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_goes_in_counts(tree: Tree, change: Callable[[Tree], object]) -> None:
    """Whether git would take it, and whatever a user's settings say."""
    tree.write(".gitignore", "*.tmp\nout/\n")
    before = tree.hash()
    change(tree)
    assert tree.hash() != before


@pytest.mark.parametrize(
    ("attribute", "one", "other"),
    [
        ("text", b"a\r\nb\r\n", b"a\nb\n"),
        ("text eol=crlf", b"a\r\n", b"a\n"),
        ("ident", b"$Id$\n", b"$Id: 0123 $\n"),
        ("working-tree-encoding=UTF-16LE", "a".encode("utf-16-le"), b"a"),
    ],
)
def test_attributes_hide_no_difference(tree: Tree, attribute: str, one: bytes, other: bytes) -> None:
    """Where git would store the same, the compiler reads something else."""
    tree.write(".gitattributes", f"*.txt {attribute}\n")
    assert tree.write("a.txt", one).hash() != tree.write("a.txt", other).hash()


def test_a_filter_of_a_user_is_not_run(tree: Tree) -> None:
    """It could make one file of all."""
    settings = tree.root / "home/.gitconfig"
    settings.write_text('[filter "same"]\n\tclean = echo same\n\trequired = true\n', "utf-8")
    tree.write(".gitattributes", "*.txt filter=same\n")
    assert tree.write("a.txt", "one").hash() != tree.write("a.txt", "other").hash()


def test_times_empty_folders_and_other_modes_do_not_count(tree: Tree) -> None:
    """A fresh clone has others."""
    before = tree.hash()
    os.utime(tree.folder / "main.go", (1, 1))
    (tree.folder / "main.go").chmod(0o600)
    (tree.folder / "empty/within").mkdir(parents=True)
    (tree.folder / "web").chmod(0o700)
    assert tree.hash() == before


def test_folders_are_listed_whatever_they_hold(tree: Tree) -> None:
    """Empty ones too, in one order everywhere, under any name: what another module makes is laid down with them."""
    assert tree.folders() == [".", "./web"]
    (tree.folder / "empty/with in\n").mkdir(parents=True)
    (tree.folder / "Z").mkdir()
    assert tree.folders() == [".", "./Z", "./empty", "./empty/with in\n", "./web"]


@pytest.mark.anyio
async def test_the_list_of_folders_is_a_file(engine: Engine) -> None:
    """Made in the image that holds a shell, of the files where the script looks."""
    engine.answers(contents=".\0")
    assert await folders(held(dagger.Directory, "files"), "golang:1").contents() == ".\0"
    (asked,) = engine.asked
    assert asked[1:3] == ['from(address="golang:1")', 'withMountedDirectory(path="/tree", source=<node(id="files")>)']
    assert asked[-2:] == ['file(path="/folders")', "contents"]


@pytest.mark.parametrize("name", ["vendor/lib/.git/HEAD", "vendor/lib/.git", ".git/HEAD"])
def test_a_repository_within_gives_no_hash(tree: Tree, name: str) -> None:
    """Whether its `.git` is a folder, or a file as in a submodule: git would take its commit for its files."""
    tree.write(name, "ref: refs/heads/main\n")
    assert tree.hash() == ""


@pytest.mark.anyio
async def test_the_engine_is_asked_with_the_files_where_the_script_looks(engine: Engine) -> None:
    """In the image that holds git, and what it prints is the hash."""
    engine.answers(stdout="abc\n")
    assert await tree_hash(held(dagger.Directory, "files"), "golang:1") == "abc"
    (asked,) = engine.asked
    assert asked[1:3] == [
        'from(address="golang:1")',
        'withMountedDirectory(path="/tree", source=<node(id="files")>)',
    ]
