"""The compiler's script, taken out of the query and run as it is on small modules with this machine's Go."""

import os
import shutil
import subprocess
from pathlib import Path

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.policy.versions import Stamp

from .queries import Engine, arguments, held

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("anyio_backend")]

MAIN = "package main\n\nvar version string\n\nfunc main() { println(version) }\n"


class Module:
    """A Go module, and the script that compiles it."""

    def __init__(self, root: Path, script: list[str]) -> None:
        """An empty module."""
        self.root, self.script = root, script
        self.write("go.mod", "module example.com/shop\n\ngo 1.20\n")

    def write(self, name: str, content: str) -> None:
        """Put a file in."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")

    def compile(self, package: str = "", *flags: str) -> "subprocess.CompletedProcess[str]":
        """Run the script as the container does, without a network."""
        work = str(self.root / "go.work") if (self.root / "go.work").exists() else "off"
        offline = {"GOPROXY": "off", "GOFLAGS": "", "GOTOOLCHAIN": "local", "GOWORK": work}
        command = [*self.script, package, "-o", "binary", *flags]
        return subprocess.run(
            command, check=False, cwd=self.root, env=os.environ | offline, capture_output=True, text=True, timeout=120
        )

    def prints(self) -> str:
        """What the binary prints."""
        return subprocess.run([self.root / "binary"], check=True, capture_output=True, text=True).stderr


@pytest.fixture
async def module(pipeline: Pipeline, engine: Engine, stamp: Stamp, tmp_path: Path) -> Module:
    """A module, where Go is installed."""
    if not shutil.which("go"):
        pytest.skip("scripts of Go applications: left out, Go is not on PATH")
    engine.answers(entries=["go.mod", "go.sum"], imageRef="static:1@sha256:5")
    image = await pipeline.go_app("shop", held(dagger.Directory, "source")).image(stamp, ["linux/amd64"])
    (added,) = arguments(image.variants[0], "withDirectory")
    (binary,) = arguments(added["source"], "withFile")
    return Module(tmp_path, arguments(binary["source"], "withExec")[-1]["args"][:4])


def test_the_only_main_package_is_found(module: Module) -> None:
    """Wherever it lies; libraries, tests and examples that do not build for this platform are no candidates."""
    module.write("cmd/shop/main.go", MAIN)
    module.write("store/store.go", "package store\n")
    done = module.compile("", "-ldflags=-X main.version=1.4.0")
    assert (done.returncode, done.stderr) == (0, "")
    assert module.prints() == "1.4.0\n"


def test_a_package_that_was_named_is_the_one_that_is_built(module: Module) -> None:
    """Others do not matter then."""
    module.write("cmd/shop/main.go", MAIN)
    module.write("cmd/tool/main.go", MAIN.replace("version)", '"tool")'))
    assert module.compile("./cmd/tool").returncode == 0
    assert module.prints() == "tool\n"


def test_several_main_packages_are_listed(module: Module) -> None:
    """The error says what there is to choose from."""
    for name in ("a", "b"):
        module.write(f"cmd/{name}/main.go", MAIN)
    done = module.compile()
    assert done.returncode == 1
    assert done.stderr == (
        "pipeline-error: several main packages were found (example.com/shop/cmd/a example.com/shop/cmd/b); "
        "say which with --package\n"
    )


def test_no_main_package_is_an_error(module: Module) -> None:
    """A library is no application."""
    module.write("store/store.go", "package store\n")
    done = module.compile()
    assert done.returncode == 1
    assert "pipeline-error: no main package was found; say which folder to build with --package" in done.stderr


def test_a_source_that_cannot_be_read_is_not_taken_for_one_without_a_main_package(module: Module) -> None:
    """Go's own message is the error, and nothing else."""
    module.write("cmd/shop/main.go", "pakage main\n")
    done = module.compile()
    assert done.returncode != 0
    assert "cmd/shop/main.go:1:1: expected 'package', found pakage" in done.stderr
    assert "no main package" not in done.stderr


def test_a_package_of_a_workspace_is_built(module: Module) -> None:
    """Where the root itself is no module."""
    module.write("services/shop/main.go", MAIN.replace("version)", '"shop")'))
    (module.root / "go.mod").rename(module.root / "services/shop/go.mod")
    module.write("go.work", "go 1.20\n\nuse ./services/shop\n")
    done = module.compile("./services/shop")
    assert (done.returncode, done.stderr) == (0, "")
    assert module.prints() == "shop\n"


def test_a_module_without_checksums_and_dependencies_is_built(module: Module) -> None:
    """No go.sum is needed where there is nothing to verify."""
    module.write("main.go", MAIN)
    assert module.compile().returncode == 0


def test_a_syntax_error_is_told_with_its_line(module: Module) -> None:
    """In the compiler's words."""
    module.write("main.go", "package main\n\nfunc main() {\n")
    done = module.compile()
    assert done.returncode != 0
    assert "main.go:4:1: syntax error" in done.stderr or "main.go:3:14: syntax error" in done.stderr
