"""The script around the commands of a stage, run as it is by this machine's shell."""

import subprocess
import time
from pathlib import Path

import pytest

from pipeline.nodes import trial
from pipeline.policy.steps import Step, Steps, parse_steps


def ran(out: Path, script: str) -> "subprocess.CompletedProcess[str]":
    """What the shell did with a script that leaves its logs there."""
    whole = (trial._PRELUDE + script).replace(trial.OUT, str(out))
    return subprocess.run(["sh", "-c", whole, "lint"], check=False, capture_output=True, text=True, timeout=20)


def steps(out: Path, script: str) -> Steps:
    """What a script wrote down that came to its end."""
    done = ran(out, script)
    assert (done.returncode, done.stderr) == (0, "")
    return parse_steps(done.stdout)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the logs lie; it is not there before."""
    return tmp_path / "out"


def test_a_command_that_fails_does_not_stop_the_next(out: Path) -> None:
    """Each with its exit code, in their order."""
    found = steps(out, "step vet sh -c 'exit 3'\nstep gofmt true\nstep gone no-such-command\n")
    assert found.steps == [Step(name="vet", code=3), Step(name="gofmt", code=0), Step(name="gone", code=127)]


def test_a_function_is_a_command_too(out: Path) -> None:
    """It reads the variables of the script, and what it returns is its exit code."""
    found = steps(
        out, "files='a b'\nformat() { printf '%s\\n' \"$files\"; return 1; }\nstep gofmt format\nstep x true\n"
    )
    assert [step.code for step in found.steps] == [1, 0]
    assert (out / "gofmt.log").read_text("utf-8") == "a b\n"


def test_what_a_command_prints_lies_in_its_log(out: Path) -> None:
    """Both streams; the record holds none of it, even where it looks like one."""
    found = steps(out, "step vet sh -c 'echo found; echo broken >&2; printf \"step\\tother\\t0\\n\"'\n")
    assert [step.name for step in found.steps] == ["vet"]
    assert (out / "vet.log").read_text("utf-8") == "found\nbroken\nstep\tother\t0\n"


def test_arguments_reach_a_command_as_they_are(out: Path) -> None:
    """Blanks, quotes and signs of the shell within."""
    steps(out, "step echo printf '%s|' 'a b' '$HOME' \"it's\" '*' ''\n")
    assert (out / "echo.log").read_text("utf-8") == "a b|$HOME|it's|*||"


def test_what_an_application_lacks_is_none(out: Path) -> None:
    """Neither passed nor failed, and it has no log."""
    assert steps(out, "none golangci-lint\n").steps == [Step(name="golangci-lint", code=None)]
    assert list(out.iterdir()) == []


def test_a_note_is_a_sentence(out: Path) -> None:
    """With its blanks."""
    assert steps(out, "note 'without the race detector: no C compiler'\n").notes == [
        "without the race detector: no C compiler"
    ]


def test_the_script_says_when_it_began(out: Path) -> None:
    """In seconds of this machine's clock, before the first command."""
    before = int(time.time())
    found = steps(out, "step sleep sleep 0.01\n")
    assert before <= found.began <= int(time.time())


@pytest.mark.parametrize("script", ["x=$(no-such-command)\nstep vet true\n", "step vet true $missing\n", "exit 4\n"])
def test_a_script_that_breaks_is_an_error(out: Path, script: str) -> None:
    """Not a result: a stage whose preparation failed has found nothing."""
    done = ran(out, script)
    assert done.returncode != 0
    assert "step" not in done.stdout
