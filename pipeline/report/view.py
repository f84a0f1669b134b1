"""What the page shows, worked out: the template only puts it in place."""

import dataclasses
import re
from collections.abc import Sequence
from typing import Final

from pipeline.policy.gates import Standing
from pipeline.policy.results import Case, Outcome, Report, Result
from pipeline.policy.text import line, whole
from pipeline.report.charts import longest, width
from pipeline.report.checks import test_count
from pipeline.report.findings import Found, by_standing, critical, grouped
from pipeline.report.results import applications, database_age, headline, moment, problems, scanned, time
from pipeline.report.text import percent, seconds

_SLOWEST: Final = 5
_CASES: Final = 2000
"""Tests of an application that are listed besides those that failed: beyond that a browser becomes slow."""

_OPEN: Final = 20
"""Failing tests that are open from the start."""

_WEB: Final = re.compile(r"https?://[^\s/?#\"'<>\\]+[^\s\"'<>\\]*", re.IGNORECASE)

_UNTESTED: Final = {
    None: "No test ran: nobody asked for the tests of this application.",
    Outcome.PASSED: "The tests passed, and left no list of what ran.",
    Outcome.FAILED: "The tests failed, and left no list of what ran.",
    Outcome.NONE: "No test ran: the application has none.",
    Outcome.NO_TESTS: "No test ran: the application has none.",
    Outcome.NOT_RUN: "No test ran: the stage was not reached.",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """A sentence: who it is about, what it says, and the lines of a tool below."""

    lead: str
    said: str
    more: str


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """A stage of an application; `anchor` is the number of its first problem, or 0."""

    row: Result
    time: str
    width: str
    anchor: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Tested:
    """The tests of an application, or a sentence that says why there are none."""

    app: str
    empty: str = ""
    count: str = ""
    time: str = ""
    coverage: str = ""
    covered: str = ""
    failed: Sequence[Case] = ()
    slowest: Sequence[tuple[Case, str]] = ()
    suites: Sequence[tuple[str, Sequence[Case]]] = ()
    others: int = 0
    left_out: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A row of the table of findings; `url` is "" unless it leads to a page of the web."""

    app: str
    found: Found
    url: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """The page but for the sizes."""

    word: str
    why: str
    tone: str
    apps: Sequence[str]
    problems: Sequence[Problem]
    notes: Sequence[str]
    stages: Sequence[tuple[str, Sequence[Sequence[Cell]]]]
    made: str
    total: str
    tests: Sequence[Tested]
    findings: Sequence[Entry]
    scanned: Sequence[str]
    standings: Sequence[tuple[Standing, int, str]]
    shown: Sequence[Standing]
    gone: Sequence[Entry]
    database: str


def view(report: Report) -> View:
    """Work out the page."""
    word, why = headline(report)
    apps = applications(report)
    found = _findings(report)
    count = {standing: [one.found for one in found if one.found.standing is standing] for standing in Standing}
    return View(
        word=word,
        why=why,
        tone={"Passed": "good", "Failed": "bad"}.get(word, "idle"),
        apps=apps,
        problems=[_problem(row, text) for row, text in problems(report.results)],
        notes=_notes(report),
        stages=_stages(report, apps),
        made=moment(report.created),
        total=seconds(sum(row.seconds for row in report.results)),
        tests=[_tested(report, app) for app in apps],
        findings=found,
        scanned=scanned(report),
        standings=[(standing, len(some), critical(some)) for standing, some in count.items()],
        shown=_shown(count),
        gone=[_entry(app, one) for app, verdict in report.verdicts.items() for one in grouped(verdict.gone)],
        database=database_age(report.database, report.created) if report.database else "",
    )


def web(url: str) -> str:
    """An address that leads to a page of the web, or ""."""
    return url if _WEB.fullmatch(url) else ""


def _problem(row: Result, text: str) -> Problem:
    first, _, more = whole(text).strip().partition("\n")
    start = re.match(rf"{re.escape(line(row.app))}: [^:\n]{{1,80}}: ", first)
    lead = start[0] if start else ""
    return Problem(lead.strip(), first[len(lead) :], more.rstrip())


def _notes(report: Report) -> list[str]:
    rows = [note for row in report.results for note in row.notes]
    # A stage may have said what its gate noted.
    verdicts = [f"{app}: scan: {n}" for app, v in report.verdicts.items() for n in v.notes if n not in "\n".join(rows)]
    return list(dict.fromkeys([*rows, *verdicts]))


def _stages(report: Report, apps: Sequence[str]) -> list[tuple[str, list[list[Cell]]]]:
    most = longest([row.seconds for row in report.results])
    anchors: dict[int, int] = {}
    for number, (row, _) in enumerate(problems(report.results), 1):
        anchors.setdefault(id(row), number)
    found: dict[str, dict[str, list[Cell]]] = {}
    for row in report.results:
        cell = Cell(row, time(row), width(row.seconds, most), anchors.get(id(row), 0))
        found.setdefault(row.stage, {}).setdefault(row.app, []).append(cell)
    return [(stage, [cells.get(app, []) for app in apps]) for stage, cells in found.items()]


def _tested(report: Report, app: str) -> Tested:
    tests = report.tests.get(app)
    if tests is None or not tests.cases:
        stage = {row.app: row.outcome for row in report.results if row.stage == "test"}
        return Tested(app=app, empty=_UNTESTED[stage.get(app)])
    failed = [case for case in tests.cases if case.outcome is Outcome.FAILED]
    others = [case for case in tests.cases if case.outcome is not Outcome.FAILED]
    slowest = sorted(tests.cases, key=lambda case: -longest([case.seconds]))[:_SLOWEST]
    most = longest([case.seconds for case in slowest])
    suites: dict[str, list[Case]] = {}
    for case in others[:_CASES]:
        suites.setdefault(case.suite, []).append(case)
    return Tested(
        app=app,
        count=test_count(tests.cases),
        time=seconds(sum(case.seconds for case in tests.cases)),
        coverage="" if tests.coverage is None else percent(tests.coverage),
        covered="" if tests.coverage is None else width(tests.coverage, 1),
        failed=failed,
        slowest=[(case, width(case.seconds, most)) for case in slowest if case.seconds > 0],
        suites=list(suites.items()),
        others=len(others),
        left_out=max(len(others) - _CASES, 0),
    )


def _findings(report: Report) -> list[Entry]:
    found = [(app, one) for app, verdict in report.verdicts.items() for one in grouped(verdict.judged)]
    order = {id(one): place for place, one in enumerate(by_standing([one for _, one in found]))}
    return [_entry(app, one) for app, one in sorted(found, key=lambda entry: order[id(entry[1])])]


def _entry(app: str, found: Found) -> Entry:
    return Entry(app, found, web(found.finding.url))


def _shown(count: dict[Standing, list[Found]]) -> list[Standing]:
    """The standings that the page begins with: those that somebody must look at, else those that wait for a fix."""
    first = [Standing.FAILS, Standing.WAIVED, Standing.KNOWN]
    return first if any(count[standing] for standing in first) else [Standing.UNFIXED]
