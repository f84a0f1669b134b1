"""What is done once so that each call of the module starts faster."""

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]

_METHOD: Final = "import dagger; print(dagger.Container.with_exec.__code__.co_filename)"
_BUILD: Final = "import sys; sys.path.insert(0, 'startup'); import backend; print(backend.build_editable('.'))"

_UNCHECKED: Final = 0b01
"""Flags of a .pyc file that is taken as it is: PEP 552."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project as an engine has it, with an SDK at its side, and one module in each."""
    for name in ("pyproject.toml", "LICENSE"):
        _ = shutil.copy(ROOT / name, tmp_path / name)
    _ = shutil.copytree(ROOT / "startup", tmp_path / "startup", ignore=shutil.ignore_patterns("__pycache__"))
    for package in ("pipeline", "sdk/src/dagger"):
        (tmp_path / package).mkdir(parents=True)
        _ = (tmp_path / package / "__init__.py").write_text("VALUE = 1\n", "utf-8")
    return tmp_path


def test_in_an_engine_the_sdk_checks_no_types_again() -> None:
    """Its methods are its own there, and none of beartype's wrappers."""
    here = importlib.util.find_spec("dagger.client.gen")
    assert here
    assert _python(_METHOD, ROOT, DAGGER_MODULE="pipeline") == here.origin


def test_outside_of_one_the_sdk_checks_types() -> None:
    """The command line and the tests get a wrong type told in Python's words."""
    assert "beartype" in _python(_METHOD, ROOT)


def test_what_somebody_set_for_python_stays() -> None:
    """The variable is set where it is missing."""
    said = _python("import os; print(os.environ['PYTHONOPTIMIZE'])", ROOT, DAGGER_MODULE="pipeline", PYTHONOPTIMIZE="0")
    assert said == "0"


def test_an_engine_has_module_and_sdk_compiled_when_it_installs_them(project: Path) -> None:
    """What is compiled then is taken without a look at the source, whose times an engine does not keep."""
    _ = _python(_BUILD, project, DAGGER_MODULE="pipeline")
    compiled = sorted(project.rglob("*.pyc"))
    assert {path.relative_to(project).parts[0] for path in compiled} >= {"pipeline", "sdk"}
    for path in compiled:
        if path.is_relative_to(project / "pipeline") or path.is_relative_to(project / "sdk"):
            assert int.from_bytes(path.read_bytes()[4:8], "little") == _UNCHECKED


def test_elsewhere_nothing_is_compiled_ahead(project: Path) -> None:
    """A checkout stays as it is."""
    _ = _python(_BUILD, project)
    assert not [*(project / "pipeline").rglob("*.pyc"), *(project / "sdk").rglob("*.pyc")]


def test_a_file_that_does_not_compile_stops_no_installation(project: Path) -> None:
    """It is told when the file is imported, with its line."""
    _ = (project / "pipeline" / "broken.py").write_text("def", "utf-8")
    assert _python(_BUILD, project, DAGGER_MODULE="pipeline").endswith(".whl")


def test_an_editable_installation_has_the_line_that_python_runs_first(project: Path) -> None:
    """uv_build before 0.12 leaves it out."""
    wheel = project / _python(_BUILD, project)
    with zipfile.ZipFile(wheel) as archive:
        names = [name.rpartition("/")[2] for name in archive.namelist()]
    assert {"pipeline.pth", "pipeline-start.pth"} <= {*names}


def _python(code: str, folder: Path, **more: str) -> str:
    """What a program prints in a process of its own, since the SDK is imported once in each."""
    apart = {"DAGGER_MODULE", "PYTHONOPTIMIZE"}
    environment = {name: value for name, value in os.environ.items() if name not in apart} | more
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, text=True, check=True, stdout=subprocess.PIPE
    )
    return done.stdout.strip().splitlines()[-1]
