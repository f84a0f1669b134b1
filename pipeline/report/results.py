"""How a check came out: for a terminal, in a sentence, and for machines."""

import dataclasses
import datetime as dt
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pipeline.policy.databases import Database
from pipeline.policy.gates import Judged, Standing
from pipeline.policy.results import Outcome, Report, Result, Tests
from pipeline.policy.sizes import Measured
from pipeline.policy.text import line
from pipeline.report.table import table
from pipeline.report.text import listed, plural, seconds

_HEADER: Final = ("STAGE", "APPLICATION", "RESULT", "NUMBER", "TIME")
_DAYS: Final = 48
"""Hours from which an age is said in days."""


def result_table(results: Sequence[Result]) -> str:
    """Stages and applications, a line each."""
    rows = [[row.stage, row.app, row.outcome, row.number, time(row)] for row in results]
    return table(_HEADER, [[line(cell) for cell in row] for row in rows], right=[4])


def time(row: Result) -> str:
    """How long a stage took; "" for one that took none because there was nothing to do."""
    idle = row.outcome not in {Outcome.PASSED, Outcome.FAILED}
    return "" if idle and not row.seconds else seconds(row.seconds)


def applications(report: Report) -> list[str]:
    """Their names, in the order in which the report first speaks of them."""
    keys = (report.versions, report.tests, report.verdicts, report.sizes)
    return list(dict.fromkeys([*(row.app for row in report.results), *(app for some in keys for app in some)]))


def headline(report: Report) -> tuple[str, str]:
    """The verdict in a word, and what it rests on: ("Failed", "test of frontend, scan of api and frontend")."""
    failed = _by_stage(report.results, Outcome.FAILED)
    missing = _by_stage(report.results, Outcome.NOT_RUN)
    if failed or missing:
        parts = [", ".join(failed), f"{', '.join(missing)} did not run" if missing else ""]
        return "Failed", "; ".join(part for part in parts if part)
    passed = [row for row in report.results if row.outcome is Outcome.PASSED]
    if not passed:
        return "Nothing was checked", "no stage had anything to do"
    apps = len({row.app for row in passed})
    return "Passed", f"{plural(len(passed), 'stage')} of {plural(apps, 'application')}"


def problems(results: Sequence[Result]) -> list[tuple[Result, str]]:
    """What is wrong, each sentence once. A stage that did not run is a problem even when nobody said why."""
    said: dict[str, Result] = {}
    for row in results:
        if row.outcome is Outcome.NOT_RUN and not row.problems:
            why = f" ({row.number})" if row.number else ""
            said.setdefault(f"{row.app}: {row.stage}: did not run{why}", row)
        for problem in row.problems:
            said.setdefault(problem, row)
    return [(row, problem) for problem, row in said.items()]


def scanned(report: Report) -> list[str]:
    """Which applications have no finding, and of which no scan came to an end: the two look alike in any list."""
    if not report.verdicts:
        return ["Nothing was scanned."]
    clean = [app for app, verdict in report.verdicts.items() if not verdict.judged]
    missing = [app for app in applications(report) if app not in report.verdicts]
    return [
        *([f"The scanners found nothing in {listed(clean, len(clean))}."] if clean else []),
        *([f"There is no result of a scan for {listed(missing, len(missing))}."] if missing else []),
    ]


def moment(created: str) -> str:
    """When a report was made, as people write it; what is no time stays as it is."""
    try:
        made = dt.datetime.fromisoformat(created)
        return f"{made.astimezone(dt.UTC) if made.tzinfo else made:%Y-%m-%d %H:%M:%S}{' UTC' if made.tzinfo else ''}"
    except (ValueError, OverflowError):
        return line(created)


def database_age(database: Database, created: str) -> str:
    """When the database was made, and how old it was when the report was, where that can be known."""
    updated = database.updated.astimezone(dt.UTC)
    made = f"made {updated:%Y-%m-%d %H:%M} UTC"
    try:
        hours = dataclasses.replace(database, updated=updated).days(dt.datetime.fromisoformat(created)) * 24
    except (ValueError, TypeError):
        return made
    if hours < 0:
        return made
    return f"{made}, {plural(round(hours), 'hour') if hours < _DAYS else plural(round(hours / 24), 'day')} old"


def sizes_json(report: Report) -> str:
    """The sizes of every image and of the one that it was compared with, layer by layer."""
    return _json(
        {
            app: {
                "against": report.against.get(app, ""),
                "now": _platforms(report.sizes.get(app, ())),
                "before": _platforms(report.before.get(app, ())),
            }
            for app in dict.fromkeys([*report.sizes, *report.before])
        }
    )


def results_json(report: Report) -> str:
    """Everything but the sizes, for machines."""
    findings = {
        app: {
            **{standing.value: _findings(verdict.judged, standing) for standing in Standing},
            "gone": [_finding(one) for one in verdict.gone],
            "problems": list(verdict.problems),
            "notes": list(verdict.notes),
        }
        for app, verdict in report.verdicts.items()
    }
    return _json(
        {
            "failed": report.failed,
            "created": report.created,
            "versions": dict(report.versions),
            "results": [_result(row) for row in report.results],
            "tests": {app: _tests(tests) for app, tests in report.tests.items()},
            "findings": findings,
            "against": dict(report.against),
            "database": _database(report.database),
        }
    )


def _by_stage(results: Sequence[Result], outcome: Outcome) -> list[str]:
    stages: dict[str, list[str]] = {}
    for row in results:
        if row.outcome is outcome:
            stages.setdefault(row.stage, []).append(row.app)
    return [f"{line(stage)} of {listed(list(dict.fromkeys(apps)))}" for stage, apps in stages.items()]


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n"


def _number(value: float | None) -> float | None:
    """A figure, without digits that mean nothing; JSON knows neither infinity nor "not a number"."""
    return round(value, 4) if value is not None and math.isfinite(value) else None


def _platforms(variants: Sequence[Measured]) -> dict[str, Any]:
    return {
        variant.platform: {
            "compressed": variant.compressed,
            "unpacked": variant.unpacked,
            "layers": [dataclasses.asdict(layer) for layer in variant.layers],
        }
        for variant in variants
    }


def _result(row: Result) -> dict[str, Any]:
    return {
        "stage": row.stage,
        "application": row.app,
        "outcome": row.outcome.value,
        "number": row.number,
        "seconds": _number(row.seconds),
        "problems": list(row.problems),
        "notes": list(row.notes),
    }


def _tests(tests: Tests) -> dict[str, Any]:
    count = [case.outcome for case in tests.cases].count
    return {
        "total": len(tests.cases),
        "passed": count(Outcome.PASSED),
        "failed": count(Outcome.FAILED),
        "skipped": count(Outcome.NONE),
        "seconds": _number(sum(case.seconds for case in tests.cases)),
        "coverage": _number(tests.coverage),
    }


def _findings(judged: Sequence[Judged], standing: Standing) -> list[dict[str, Any]]:
    return [_finding(one) for one in judged if one.standing is standing]


def _finding(one: Judged) -> dict[str, Any]:
    found = dataclasses.asdict(one.finding) | {"kind": one.finding.kind.value, "severity": one.finding.severity.name}
    return found | {"target": one.target, "reason": one.reason}


def _database(database: Database | None) -> dict[str, str] | None:
    if database is None:
        return None
    return {
        "reference": database.reference,
        "digest": database.digest,
        "updated": database.updated.isoformat(),
    }
