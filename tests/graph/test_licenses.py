"""The licences of Go modules: Trivy looks for them in GOPATH, so a scan of a source tree gets one."""

import subprocess
from pathlib import Path

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes import go_checks, quality
from pipeline.nodes.app import App
from pipeline.nodes.trial import OUT

from .queries import Engine, arguments, chain, held, pairs, steps
from .scans import LOADED

SOURCE = held(dagger.Directory, "source")
GO = """\
#!/bin/sh
case $1 in
  env) echo "$CACHE";;
  list) printf '%s\\n' "$PWD" "$CACHE/example.com/a@v1.0.0" "$CACHE/example.com/b@v2.0.0" '' /elsewhere/c;;
esac
"""


@pytest.fixture
def go(pipeline: Pipeline, engine: Engine) -> App:
    """A Go application."""
    _ = engine
    return pipeline.go_app("shop", SOURCE)


def test_the_scan_of_a_go_module_finds_its_licences_in_gopath(go: App) -> None:
    """They are collected where the modules were downloaded, with the application's secrets and not Trivy's."""
    (target,) = go.scanned(LOADED).targets
    assert pairs(target.report, "withEnvVariable")["GOPATH"] == "/go"
    (licenses,) = [a["source"] for a in arguments(target.report, "withMountedDirectory") if a["path"] == "/go"]
    assert arguments(licenses, "withExec")[-1]["args"][3] == "licenses"
    assert chain(licenses)[-1] == f'directory(path="{OUT}")'
    assert 'from(address="golang:1")' in chain(licenses)


def test_other_applications_have_none_there(pipeline: Pipeline) -> None:
    """Theirs stand in the lock file, or are not known."""
    for app in (pipeline.next_app("web", SOURCE), pipeline.dockerfile_app("old", SOURCE)):
        assert chain(quality.licenses(app.recipe, app.sources)) == ["directory"]


def collected(go: App, root: Path) -> list[str]:
    """What the script copies from a cache of modules, for a module whose files lie in `src`; by path."""
    assert go.go
    *shell, script, stage = arguments(go_checks.licenses(go.go, go.sources), "withExec")[-1]["args"]
    (root / "bin").mkdir()
    (root / "bin/go").write_text(GO, "utf-8")
    (root / "bin/go").chmod(0o755)
    for name in ("a@v1.0.0/LICENSE", "a@v1.0.0/main.go", "a@v1.0.0/sub/LICENSE", "b@v2.0.0/Licence.md", "c@v1/COPYING"):
        path = root / "cache/example.com" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, "utf-8")
    command = [*shell, script.replace(OUT, f"{root}/out"), stage]
    environment = {"PATH": f"{root}/bin:/usr/bin:/bin", "CACHE": f"{root}/cache"}
    done = subprocess.run(
        command, check=False, cwd=root / "src", env=environment, capture_output=True, text=True, timeout=20
    )
    assert (done.returncode, done.stderr) == (0, "")
    return sorted(str(path.relative_to(root / "out")) for path in (root / "out").rglob("*") if path.is_file())


def test_licence_files_of_the_modules_are_copied(go: App, tmp_path: Path) -> None:
    """At the root of each that is required, under its usual names; code, and what lies elsewhere, is not."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src/go.sum").write_text("", "utf-8")
    assert collected(go, tmp_path) == [
        "pkg/mod/example.com/a@v1.0.0/LICENSE",
        "pkg/mod/example.com/b@v2.0.0/Licence.md",
    ]


def test_a_vendor_folder_needs_no_copy(go: App, tmp_path: Path) -> None:
    """It is part of the source."""
    (tmp_path / "src/vendor").mkdir(parents=True)
    (tmp_path / "src/vendor/modules.txt").write_text("", "utf-8")
    assert collected(go, tmp_path) == []


def test_tests_are_no_input_of_the_licences(go: App) -> None:
    """A change in one collects nothing anew."""
    assert go.go
    made = go_checks.licenses(go.go, go.sources)
    source = arguments(made, "withDirectory")[-1]["source"]
    assert "**/*_test.go" in steps(source)[-1].args["exclude"]
