"""The script that compiles a tool of Go's, taken out of its query and run as it is with a stand-in for Go."""

import os
import subprocess
from pathlib import Path

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes import go_checks

from .queries import Engine, arguments, held

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("anyio_backend")]

GO = '#!/bin/sh\necho "$*" >>"$LOG"\necho "of $4" >"$GOBIN/gotestsum"\nchmod +x "$GOBIN/gotestsum"\n'


def command(pipeline: Pipeline, root: Path) -> list[str]:
    """The command, with its folders below another root."""
    app = pipeline.go_app("shop", held(dagger.Directory, "source"))
    assert app.go
    (added,) = arguments(go_checks.test(app.go, app.sources).container, "withFile")
    shell, option, script, *rest = arguments(added["source"], "withExec")[-1]["args"]
    return [shell, option, script.replace("/tools", f"{root}/tools").replace("/out", f"{root}/out"), *rest]


def test_a_tool_is_compiled_once_and_taken_from_its_volume_after_that(
    pipeline: Pipeline, engine: Engine, tmp_path: Path
) -> None:
    """Another machine has it as soon as it has the volume."""
    engine.answers(entries=["go.mod"])
    (tmp_path / "go").write_text(GO, "utf-8")
    (tmp_path / "go").chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "LOG": str(tmp_path / "log")}
    for _ in range(2):
        subprocess.run(command(pipeline, tmp_path), check=True, env=environment, timeout=60)
        assert (tmp_path / "out/gotestsum").read_text("utf-8") == f"of {go_checks.GOTESTSUM}\n"
        (tmp_path / "out/gotestsum").unlink()
        (tmp_path / "out").rmdir()
    assert (tmp_path / "log").read_text("utf-8").count("install") == 1
    assert [path.name.startswith("gotestsum-") for path in (tmp_path / "tools").iterdir()] == [True]


def test_a_tool_of_another_compiler_is_another_tool(pipeline: Pipeline, engine: Engine, tmp_path: Path) -> None:
    """What lies in a volume that a registry filled is taken for nothing else than what it is."""
    engine.answers(entries=["go.mod"])
    names = set()
    for image in ("golang:1", "golang:2"):
        pipeline.go_image = image
        names.add(command(pipeline, tmp_path)[-1])
    assert len(names) == 2
