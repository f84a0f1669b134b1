"""What lint and tests found, as sentences."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pipeline.policy.results import Case, Outcome
from pipeline.policy.text import clean
from pipeline.report.failures import sentence

_KEEP: Final = 20
"""Lines of a tool's output, or failing tests, that are shown."""

_MESSAGE: Final = 6
"""Lines of a failing test that are shown."""

_ADVICE: Final = {
    "gofmt": "these files are not formatted; run gofmt -w on them",
    "vet": "go vet found",
    "golangci-lint": "golangci-lint found",
    "lint": "the script `lint` found",
    "types": "the source does not pass the type check",
    "test": "the tests did not run to their end",
}

# gofmt says this instead of a file's name.
_UNREADABLE: Final = re.compile(r"\S.*\.go:\d+:\d+: ")

# Headings of packages, the echo of npm, and what says nothing about the problem.
_NOISE: Final = re.compile(r"^(# \S+.*|> .*|npm (error|ERR!) .*|go: downloading .*|\s*)$")

# Go prints the name of the test around what it said.
_ECHO: Final = re.compile(r"^\s*(=== \w+ .*|--- FAIL: .*|)$")

# Of gotestsum and of Vitest: under it stands what belongs to no test, such as a package that does not compile.
_ERRORS: Final = re.compile(r"^(=== Errors|[^\w\n]*Unhandled Errors[^\w\n]*)$", re.MULTILINE)


def lint_problem(app: str, stage: str, step: str, log: str) -> str:
    """What a failed command of lint or test said, without the noise."""
    lines = [line for line in clean(log).splitlines() if not _NOISE.match(line)] or ["it printed nothing"]
    groups: dict[str, list[str]] = {}
    for line in lines:
        groups.setdefault(_advice(step, line), []).append(line)
    return sentence(app, stage, "\n".join(part for advice, said in groups.items() for part in _block(advice, said)))


def test_problem(app: str, cases: Sequence[Case]) -> str:
    """Which tests failed, with the first lines of what each said."""
    failed = [case for case in cases if case.outcome is Outcome.FAILED]
    lines = [f"{len(failed)} of {len(cases)} tests failed:"]
    for case in failed[:_KEEP]:
        said = [line for line in clean(case.message).splitlines() if not _ECHO.match(line)]
        lines += [_title(case), *(f"    {line.strip()}" for line in said[:_MESSAGE])]
    if len(failed) > _KEEP:
        lines.append(f"... and {len(failed) - _KEEP} more")
    return sentence(app, "test", "\n".join(lines))


def test_problems(app: str, cases: Sequence[Case], logs: Mapping[str, str]) -> list[str]:
    """What failed in the tests: tests, and what the logs of commands that failed say besides."""
    found = [test_problem(app, cases)] if any(case.outcome is Outcome.FAILED for case in cases) else []
    for name, log in logs.items():
        if heading := _ERRORS.search(log):
            found.append(lint_problem(app, "test", name, log[heading.end() :]))
        elif not found:
            # Why a runner stopped stands at the end of its log.
            found.append(lint_problem(app, "test", name, "\n".join(log.splitlines()[-_KEEP:])))
    return found


def test_count(cases: Sequence[Case]) -> str:
    """How many passed, failed and were skipped."""
    count = {outcome: sum(case.outcome is outcome for case in cases) for outcome in Outcome}
    parts = [(Outcome.FAILED, "failed"), (Outcome.PASSED, "passed"), (Outcome.NONE, "skipped")]
    return ", ".join(f"{count[outcome]} {word}" for outcome, word in parts if count[outcome])


def _advice(step: str, line: str) -> str:
    if step == "gofmt" and _UNREADABLE.match(line):
        return "gofmt cannot read"
    return _ADVICE.get(step, f"`{step}` failed")


def _block(advice: str, lines: Sequence[str]) -> list[str]:
    more = [f"... and {len(lines) - _KEEP} lines more"] if len(lines) > _KEEP else []
    return [f"{advice}:", *lines[:_KEEP], *more]


def _title(case: Case) -> str:
    return " ".join(f"{case.name} ({case.suite})".split())
