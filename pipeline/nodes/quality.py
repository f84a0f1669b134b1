"""What lint and tests give: a row each, and files for the report."""

from collections.abc import Sequence
from typing import Final

import dagger
from dagger import dag

from pipeline.nodes import go_checks, next_checks, trial
from pipeline.nodes.done import Done
from pipeline.nodes.errors import stage
from pipeline.nodes.go import Go
from pipeline.nodes.next import Next
from pipeline.nodes.recipe import Order, Recipe
from pipeline.nodes.trial import Tried
from pipeline.policy.results import Case, Outcome, Result, Tests
from pipeline.policy.steps import lint_outcome, test_outcome
from pipeline.policy.tests import go_coverage, istanbul_coverage, parse_junit
from pipeline.report.checks import lint_problem, test_count, test_problems
from pipeline.report.failures import sentence

_JUNIT: Final = "junit.xml"
_COVERAGE: Final = {"coverage.out": go_coverage, "coverage/coverage-summary.json": istanbul_coverage}

_NO_TESTS: Final = "No test files found"


async def lint(app: str, recipe: Recipe, order: Order) -> Done:
    """Run the linters of an application; a kind without any is "none"."""
    with stage(app, "lint"):
        match recipe:
            case Go():
                planned = await go_checks.lint(recipe, order)
            case Next():
                planned = await next_checks.lint(recipe, order)
            case _:
                return Done(result=Result(stage="lint", app=app, outcome=Outcome.NONE))
        tried = await trial.run(planned)
    problems = [lint_problem(app, "lint", name, log) for name, log in tried.logs.items()]
    result = Result(
        stage="lint",
        app=app,
        outcome=lint_outcome(tried.steps),
        number=", ".join(step.name + (": none" if step.code is None else "") for step in tried.steps.steps),
        problems=problems,
        notes=_notes(app, tried),
    )
    return Done(result=result, folders={f"{app}/lint": tried.out})


async def test(app: str, recipe: Recipe, order: Order) -> Done:
    """Run the tests of an application; without any it is "no tests", which is not passed."""
    with stage(app, "test"):
        match recipe:
            case Go():
                planned = go_checks.test(recipe, order)
            case Next():
                planned = await next_checks.test(recipe, order)
            case _:
                return Done(result=Result(stage="test", app=app, outcome=Outcome.NONE))
        tried = await trial.run(planned)
        found = await tried.out.glob("**")
        cases, unreadable = await _cases(tried.out, found)
        coverage, uncounted = await _coverage(tried.out, found)
    broken = [sentence(app, "test", problem) for problem in (unreadable, uncounted) if problem]
    empty = planned.vitest and any(_NO_TESTS in log for log in tried.logs.values())
    outcome = test_outcome(tried.steps, cases, broken=bool(broken), empty=empty)
    problems = [*test_problems(app, cases or [], tried.logs), *broken]
    result = Result(
        stage="test",
        app=app,
        outcome=outcome,
        number=_number(cases or [], coverage),
        problems=problems if outcome is Outcome.FAILED else [],
        notes=_notes(app, tried),
    )
    tests = Tests(cases=cases, coverage=coverage) if cases else None
    return Done(result=result, folders={f"{app}/test": tried.out}, tests=tests)


def tools(recipe: Recipe) -> list[str]:
    """What is compiled to check an application, each at its version."""
    return [go_checks.GOLANGCI, go_checks.GOTESTSUM] if isinstance(recipe, Go) else []


def licenses(recipe: Recipe, order: Order) -> dagger.Directory:
    """What tells the licences of dependencies, where the source tree alone does not: a GOPATH; empty for others."""
    return go_checks.licenses(recipe, order) if isinstance(recipe, Go) else dag.directory()


def _notes(app: str, tried: Tried) -> list[str]:
    return [f"{app}: {note}" for note in tried.steps.notes]


async def _cases(out: dagger.Directory, found: Sequence[str]) -> tuple[list[Case] | None, str]:
    """The tests that the runner reported; None, and why, where it left no report that can be read."""
    if _JUNIT not in found:
        return None, ""
    try:
        return parse_junit(await out.file(_JUNIT).contents()), ""
    except ValueError as error:
        return None, str(error)


def _number(cases: Sequence[Case], coverage: float | None) -> str:
    covered = f"{coverage:.0%} covered" if coverage is not None else ""
    return ", ".join(filter(None, [test_count(cases), covered]))


async def _coverage(out: dagger.Directory, found: Sequence[str]) -> tuple[float | None, str]:
    """The share of statements that tests ran; None, and why, where the runner left no figure that can be read."""
    for name, read in _COVERAGE.items():
        if name in found:
            try:
                return read(await out.file(name).contents()), ""
            except ValueError as error:
                return None, str(error)
    return None, ""
