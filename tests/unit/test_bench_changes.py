"""What the comparison edits."""

import itertools
import json
import re
import shutil
from pathlib import Path
from typing import Final

import pytest

from bench.compare.changes import GO, NPM, TYPESCRIPT, Change, Line
from bench.compare.programs import BenchError

ROOT: Final = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files that are edited, as they are here."""
    for name in (GO.path, TYPESCRIPT.path, "frontend/package.json", "frontend/package-lock.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("line", [GO, TYPESCRIPT], ids=["go", "typescript"])
def test_one_line_is_another_each_time(folder: Path, line: Line) -> None:
    """Of the first edit, and of one after that."""
    texts = [(folder / line.path).read_text("utf-8")]
    for number in (1_795_000_001, 1_795_000_002):
        line.apply(folder, number)
        texts.append((folder / line.path).read_text("utf-8"))
    for before, after in itertools.pairwise(texts):
        pairs = zip(before.splitlines(), after.splitlines(), strict=True)
        assert len([1 for old, new in pairs if old != new]) == 1
    assert "1795000002" in texts[-1]
    assert "1795000001" not in texts[-1]


def test_a_line_that_is_not_there_is_an_error() -> None:
    """Otherwise nothing would change, and be measured as a change."""
    with pytest.raises(BenchError, match=r"status\.go has 0 lines .* say in bench/compare/changes\.py which"):
        GO.applied("package httpapi\n", 1)


def test_a_dependency_is_another_each_time(folder: Path) -> None:
    """Manifest and lock file name the same version, with what its archive has to be; nothing else is touched."""
    path = folder / "frontend"
    seen = set()
    for number in range(len(NPM.versions) + 1):
        NPM.apply(folder, number)
        manifest, lock = (
            json.loads((path / f"{name}.json").read_text("utf-8")) for name in ("package", "package-lock")
        )
        version = manifest["dependencies"]["clsx"]
        assert lock["packages"][""]["dependencies"] == manifest["dependencies"]
        assert lock["packages"]["node_modules/clsx"]["integrity"] == NPM.versions[version]
        assert lock["packages"]["node_modules/clsx"]["version"] == version
        seen.add((path / "package.json").read_text("utf-8"))
    assert len(seen) == len(NPM.versions) + 1
    assert manifest["description"].count("(") == 1
    del lock["packages"]["node_modules/clsx"], lock["packages"][""]["dependencies"]["clsx"]
    assert lock == json.loads((ROOT / "frontend/package-lock.json").read_text("utf-8"))


def test_a_dependency_is_new_to_the_lock_file() -> None:
    """Where something else installed it, other packages would change as well; and no address of a registry is said."""
    text = (ROOT / "frontend/package-lock.json").read_text("utf-8")
    assert f'node_modules/{NPM.package}"' not in text
    assert all(re.fullmatch(r"sha512-[\w+/]+==", integrity) for integrity in NPM.versions.values())


@pytest.mark.parametrize("change", [GO, TYPESCRIPT, NPM], ids=["go", "typescript", "npm"])
def test_only_files_of_the_applications_change(folder: Path, change: Change) -> None:
    """An edit of the module would make the engine load it again."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    change.apply(folder, 7)
    changed = {path.relative_to(folder).parts[0] for path, content in before.items() if path.read_bytes() != content}
    assert changed <= {"api", "frontend"}
    assert changed
