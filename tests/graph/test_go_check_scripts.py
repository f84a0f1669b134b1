"""The scripts of lint and test, taken out of their queries and run as they are with this machine's Go.

The two tools that are compiled for them are stand-ins that write down how they were called.
"""

import dataclasses
import os
import shutil
import subprocess
from pathlib import Path

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes import go_checks
from pipeline.nodes.trial import OUT, Trial
from pipeline.policy.steps import Steps, parse_steps

from .queries import Engine, held, steps

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("anyio_backend")]

GOOD = "package shop\n\nfunc Sum(a, b int) int { return a + b }\n"
UNFORMATTED = "package shop\nfunc Sum( a,b int) int { return a+b }\n"
UNVETTED = 'package shop\n\nimport "fmt"\n\nfunc Say() { fmt.Printf("%d\\n", "one") }\n'
STAND_IN = '#!/bin/sh\necho "$PWD: $0 $* (race: ${CGO_ENABLED:-})"\n'


@dataclasses.dataclass(frozen=True)
class Checked:
    """A Go module, the scripts that judge it, and where they write."""

    root: Path
    out: Path
    bin: Path
    lint: Trial
    test: Trial

    def write(self, name: str, content: str) -> None:
        """Put a file in."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")

    def run(self, trial: Trial, environment: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        """Run a script as the container does, without a network."""
        *shell, script, stage = steps(trial.ran())[-1].args["args"]
        offline = {"GOPROXY": "off", "GOFLAGS": "", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
        there = {"PATH": f"{self.bin}:{os.environ['PATH']}", "PWD": str(self.root)}
        return subprocess.run(
            [*shell, script.replace(OUT, str(self.out)), stage],
            check=False,
            cwd=self.root,
            env=os.environ | offline | there | (environment or {}),
            capture_output=True,
            text=True,
            timeout=120,
        )

    def found(self, trial: Trial, environment: dict[str, str] | None = None) -> Steps:
        """What a script wrote down that came to its end."""
        done = self.run(trial, environment)
        assert (done.returncode, done.stderr) == (0, "")
        return parse_steps(done.stdout)

    def linted(self) -> dict[str, int | None]:
        """How each linter ended."""
        return {step.name: step.code for step in self.found(self.lint).steps}

    def log(self, step: str) -> str:
        """What a command printed."""
        return (self.out / f"{step}.log").read_text("utf-8")


@pytest.fixture
async def module(pipeline: Pipeline, engine: Engine, tmp_path: Path) -> Checked:
    """A module with a configuration for golangci-lint, where Go is installed."""
    if not shutil.which("go"):
        pytest.skip("scripts of Go applications: left out, Go is not on PATH")
    engine.answers(entries=["go.mod", ".golangci.yml"])
    app = pipeline.go_app("shop", held(dagger.Directory, "source"))
    assert app.go
    lint, test = await go_checks.lint(app.go, app.sources), go_checks.test(app.go, app.sources)
    found = Checked(root=tmp_path / "src", out=tmp_path / "logs", bin=tmp_path / "bin", lint=lint, test=test)
    found.write("go.mod", "module example.com/shop\n\ngo 1.20\n")
    for name in ("golangci-lint", "gotestsum"):
        found.write(f"../bin/{name}", STAND_IN)
        (found.bin / name).chmod(0o755)
    return found


def workspace(module: Checked, **contents: str) -> None:
    """Make it a workspace of modules with these names, and a file in each."""
    (module.root / "go.mod").unlink()
    for name, content in contents.items():
        module.write(f"{name}/go.mod", f"module example.com/{name}\n\ngo 1.20\n")
        module.write(f"{name}/shop.go", content)
    module.write("go.work", "go 1.20\n\n" + "".join(f"use ./{name}\n" for name in contents))


def test_a_clean_module_passes(module: Checked) -> None:
    """Every linter ran."""
    module.write("shop.go", GOOD)
    assert module.linted() == {"gofmt": 0, "vet": 0, "golangci-lint": 0}


def test_files_that_are_not_formatted_are_listed(module: Checked) -> None:
    """The other linters run all the same; what others wrote, and samples for tests, are not looked at."""
    module.write("shop.go", UNFORMATTED)
    module.write("vendor/example.com/a/a.go", UNFORMATTED)
    module.write("parser/testdata/a.go", UNFORMATTED)
    assert module.linted()["gofmt"] == 1
    assert module.log("gofmt") == "./shop.go\n"
    module.write("tools/tool.go", UNFORMATTED)
    module.linted()
    assert sorted(module.log("gofmt").splitlines()) == ["./shop.go", "./tools/tool.go"]


def test_a_file_that_gofmt_cannot_read_is_no_formatted_file(module: Checked) -> None:
    """It lists none then, and vet sees no file that is for another system."""
    module.write("shop.go", GOOD)
    module.write("shop_plan9.go", "package shop\n\nfunc broken( {\n")
    assert module.linted() == {"gofmt": 1, "vet": 0, "golangci-lint": 0}
    assert "shop_plan9.go:3" in module.log("gofmt")


def test_what_vet_finds_fails(module: Checked) -> None:
    """With Go's own words."""
    module.write("shop.go", UNVETTED)
    assert module.linted()["vet"] == 1
    assert "shop.go:5" in module.log("vet")


def test_every_module_of_a_workspace_is_linted(module: Checked) -> None:
    """`./...` would reach only the one that lies at the root; the linter of linters runs in each."""
    workspace(module, a=GOOD, b=UNVETTED)
    assert module.linted() == {"gofmt": 0, "vet": 1, "golangci-lint": 0}
    places = [line.partition(":")[0] for line in module.log("golangci-lint").splitlines()]
    assert places == [str(module.root / name) for name in ("a", "b")]
    assert "golangci-lint run --color=never" in module.log("golangci-lint")


def test_a_linter_that_fails_in_one_module_fails(module: Checked) -> None:
    """With its own exit code, and after it went through the others."""
    workspace(module, a=GOOD, b=GOOD)
    module.write("../bin/golangci-lint", "#!/bin/sh\necho $PWD\ncase $PWD in */a) exit 7;; esac\n")
    assert module.linted()["golangci-lint"] == 7
    assert module.log("golangci-lint").splitlines() == [str(module.root / name) for name in ("a", "b")]


def test_a_module_file_that_cannot_be_read_is_an_error_of_the_stage(module: Checked) -> None:
    """Nothing was linted: Go's own message is the error."""
    module.write("go.mod", "modul example.com/shop\n")
    done = module.run(module.lint)
    assert done.returncode != 0
    assert "unknown directive: modul" in done.stderr
    assert "step" not in done.stdout


def test_tests_run_with_the_race_detector_where_there_is_a_c_compiler(module: Checked) -> None:
    """For it C is switched on; JUnit and coverage lie where the report looks."""
    found = module.found(module.test, {"CC": "sh"})
    assert (found.failed, found.notes) == ([], [])
    said = module.log("test")
    assert f"gotestsum --junitfile={module.out}/junit.xml --format=pkgname" in said
    options = f"-- -count=1 -race -covermode=atomic -coverprofile={module.out}/coverage.out {module.root}/... (race: 1)"
    assert said.endswith(f"{options}\n")


def test_tests_run_without_the_race_detector_where_there_is_none(module: Checked) -> None:
    """Which is noted, and not hidden."""
    found = module.found(module.test, {"CC": "no-such-compiler"})
    assert found.notes == ["without the race detector: the Go image has no C compiler"]
    assert "-race" not in module.log("test")
    assert module.log("test").endswith("(race: 0)\n")


def test_tests_that_fail_are_a_result(module: Checked) -> None:
    """The script goes on to its end, so that their report can be read."""
    module.write("../bin/gotestsum", "#!/bin/sh\nexit 1\n")
    assert [(step.name, step.code) for step in module.found(module.test).failed] == [("test", 1)]
