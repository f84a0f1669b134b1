"""differ.mjs, run as it is on two folders."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

import pytest

Two = tuple[Path, Path]


@pytest.fixture
def two(tmp_path: Path) -> Two:
    """The same files twice, with the same times."""
    first, second = tmp_path / "first", tmp_path / "second"
    for name, text in (("a/b/file", "abcdef"), ("a/z", "1"), ("b", "2")):
        (first / name).parent.mkdir(parents=True, exist_ok=True)
        (first / name).write_text(text, "utf-8")
        (first / name).chmod(0o644)
    (first / "a/b").chmod(0o755)
    (first / "link").symlink_to("b")
    shutil.copytree(first, second, symlinks=True)
    for root in (first, second):
        for path in [*root.rglob("*")]:
            os.utime(path, (1, 1), follow_symlinks=False)
    return first, second


def differ(node: str, two: Two) -> object:
    """What the program prints."""
    with as_file(files("pipeline.nodes.probes").joinpath("differ.mjs")) as program:
        done = subprocess.run([node, program, *two], check=False, capture_output=True, text=True, timeout=30)
    assert done.stderr == ""
    return json.loads(done.stdout)


def differing(path: str, what: str, first: str = "", second: str = "") -> dict[str, str]:
    """What is printed of a difference."""
    return {"path": path, "what": what, "first": first, "second": second}


def test_folders_that_hold_the_same_have_no_difference(node: str, two: Two) -> None:
    """The folders themselves are mounts, and what they are does not count."""
    two[0].chmod(0o700)
    os.utime(two[1], (9, 9))
    assert differ(node, two) is None


def link_elsewhere(root: Path) -> None:
    """Lead the link to another place."""
    (root / "link").unlink()
    (root / "link").symlink_to("a")


def folder_for_file(root: Path) -> None:
    """Put a folder where a file was."""
    (root / "b").unlink()
    (root / "b").mkdir()


CHANGES: list[tuple[Callable[[Path], object], dict[str, str]]] = [
    (lambda root: (root / "a/b/new").touch(), differing("/a/b/new", "presence", "", "there")),
    (lambda root: (root / "b").unlink(), differing("/b", "presence", "there", "")),
    (folder_for_file, differing("/b", "type", "file", "folder")),
    (link_elsewhere, differing("/link", "target", "b", "a")),
    (lambda root: (root / "a/z").chmod(0o4755), differing("/a/z", "mode", "0644", "4755")),
    (lambda root: (root / "a/b").chmod(0o700), differing("/a/b", "mode", "0755", "0700")),
    (lambda root: (root / "a/b/file").write_text("ab"), differing("/a/b/file", "size", "6 bytes", "2 bytes")),
    (lambda root: (root / "a/b/file").write_text("abcdeF"), differing("/a/b/file", "content", "byte 5")),
    (
        lambda root: os.utime(root / "a/z", ns=(0, 1_700_000_000_000_000_007)),
        differing("/a/z", "time", "1970-01-01T00:00:01.000000000Z", "2023-11-14T22:13:20.000000007Z"),
    ),
]


@pytest.mark.parametrize(("change", "found"), CHANGES, ids=[found["what"] + found["path"] for _, found in CHANGES])
def test_every_kind_of_difference_is_found(
    node: str, two: Two, change: Callable[[Path], object], found: dict[str, str]
) -> None:
    """With the path below the root, and what each side has."""
    change(two[1])
    assert differ(node, two) == found


def test_the_first_by_path_is_told(node: str, two: Two) -> None:
    """Whatever order the file system has them in."""
    for name in ("z", "b", "a/b/file"):
        (two[1] / name).write_text("something else")
    assert differ(node, two) == differing("/a/b/file", "size", "6 bytes", "14 bytes")


def test_times_are_told_only_where_nothing_else_differs(node: str, two: Two) -> None:
    """The moment of a build is in every folder that it touched, and says nothing of what it did."""
    os.utime(two[1] / "a", (5, 5))
    (two[1] / "b").write_text("3")
    assert differ(node, two) == differing("/b", "content", "byte 0")


def test_a_large_file_is_read_to_its_end(node: str, two: Two) -> None:
    """In pieces: the last byte counts as the first does."""
    for root, last in zip(two, (b"1", b"2"), strict=True):
        (root / "large").write_bytes(b"\0" * 3_000_000 + last)
    assert differ(node, two) == differing("/large", "content", "byte 3000000")


def test_names_of_any_bytes_are_followed(node: str, two: Two) -> None:
    """Not every name is UTF-8."""
    for root, text in zip(two, ("1", "2"), strict=True):
        folder = root / "a" / os.fsdecode(b"\xff\xc3\xa9")
        folder.mkdir()
        (folder / "deep").write_text(text)
    assert differ(node, two) == differing("/a/\ufffd\u00e9/deep", "content", "byte 0")
