"""Tests marked `engine`: run where an engine answers, left out with one line, or refused when asked for by name."""

from pathlib import Path

import pytest

_CONFTEST = Path(__file__).parents[1] / "conftest.py"

_TESTS = """\
import pytest

@pytest.mark.engine
@pytest.mark.parametrize("number", [1, 2, 3])
def test_with(number): ...

def test_without(): ...
"""

_LEFT_OUT = "engine tests: left out, no Dagger engine answers (dagger core version)"


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with this conftest, engine tests in two files, one test without, and an empty PATH."""
    pytester.makeconftest(_CONFTEST.read_text("utf-8"))
    pytester.makeini("[pytest]\naddopts = -ra\nmarkers = engine: needs one")
    pytester.makepyfile(test_one=_TESTS, test_two=_TESTS.replace("def test_without(): ...", ""))
    pytester.mkdir("bin")
    monkeypatch.setenv("PATH", str(pytester.path / "bin"))
    return pytester


def fake_dagger(project: pytest.Pytester, script: str) -> Path:
    """Put a `dagger` on PATH that notes how often it is asked; returns the file with the notes."""
    notes = project.path / "asked"
    program = project.path / "bin" / "dagger"
    program.write_text(f'#!/bin/sh\necho "$@" >> {notes}\n{script}\n', "utf-8")
    program.chmod(0o755)
    return notes


def test_engine_tests_run_where_an_engine_answers(project: pytest.Pytester) -> None:
    """All tests run, and the engine is asked once for all of them."""
    notes = fake_dagger(project, "exit 0")
    project.runpytest_inprocess().assert_outcomes(passed=7)
    assert notes.read_text("utf-8") == "core version\n"


def test_engine_tests_are_left_out_with_one_line_that_says_what_is_missing(project: pytest.Pytester) -> None:
    """However many tests and files there are, the summary has one line about them."""
    fake_dagger(project, "exit 1")
    result = project.runpytest_inprocess()
    result.assert_outcomes(passed=1, skipped=6)
    lines = [line for line in result.outlines if "engine tests" in line]
    assert len(lines) == 1
    assert lines[0].startswith("SKIPPED [6] ")
    assert lines[0].endswith(f"{_LEFT_OUT}: install Docker and start it")


def test_a_machine_without_the_cli_is_told_to_install_it(project: pytest.Pytester) -> None:
    """No `dagger` on PATH is another sentence than one that finds no engine."""
    result = project.runpytest_inprocess()
    result.stdout.fnmatch_lines(["*left out, no Dagger engine answers*: install the Dagger CLI*and Docker"])


def test_an_engine_that_hangs_is_given_up(project: pytest.Pytester) -> None:
    """A daemon that never answers costs the time limit, not the whole run."""
    limited = _CONFTEST.read_text("utf-8").replace("_PATIENCE: Final = 60", "_PATIENCE: Final = 1")
    assert "Final = 1\n" in limited
    project.makeconftest(limited)
    fake_dagger(project, "exec /bin/sleep 20")
    result = project.runpytest_inprocess()
    result.assert_outcomes(passed=1, skipped=6)
    result.stdout.fnmatch_lines(["*no Dagger engine answers (dagger core version) within 1 s: *"])


@pytest.mark.parametrize("expression", ["engine", "slow or engine"])
def test_engine_tests_that_were_asked_for_fail_without_an_engine(project: pytest.Pytester, expression: str) -> None:
    """`-m engine` ends in an error and a sentence: a skipped test would look like a passed one."""
    fake_dagger(project, "exit 1")
    result = project.runpytest_inprocess("-m", expression)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: engine tests were asked for with -m, and no Dagger engine answers*"])


def test_engine_tests_that_were_asked_for_run_with_an_engine(project: pytest.Pytester) -> None:
    """`-m engine` runs the engine tests and nothing else."""
    fake_dagger(project, "exit 0")
    project.runpytest_inprocess("-m", "engine").assert_outcomes(passed=6, deselected=1)


def test_no_engine_is_asked_for_when_no_engine_test_is_selected(project: pytest.Pytester) -> None:
    """The inner loop never waits for an engine."""
    notes = fake_dagger(project, "exit 0")
    project.runpytest_inprocess("-m", "not engine").assert_outcomes(passed=1, deselected=6)
    assert not notes.exists()
