"""The summary of a check that GitHub shows beside a run, or in a comment."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Final

from pipeline.policy.gates import Standing
from pipeline.policy.results import Case, Outcome, Report, Tests
from pipeline.policy.sizes import Measured
from pipeline.policy.text import line, whole
from pipeline.report.checks import test_count
from pipeline.report.findings import MARKDOWN_HEADER, critical, grouped, markdown_row
from pipeline.report.markdown import code, escape, fenced, rows
from pipeline.report.results import database_age, headline, problems, scanned, time
from pipeline.report.table import megabytes
from pipeline.report.text import change, cut, percent, plural

_LIMIT: Final = 60_000
"""Bytes. A comment may have 65 536 characters, and whoever posts one may want to add a line."""

_TESTS: Final = 10
_FINDINGS: Final = 20
_LINES: Final = 12
"""Lines of a message."""

_WIDTH: Final = 400
"""Characters of a line, or of a cell."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Section:
    """A part that can be cut between any two of its blocks: a sentence, a row, a message."""

    name: str
    blocks: Sequence[str]
    title: str = ""


def summary(report: Report) -> str:
    """The verdict and what it rests on, in Markdown, short enough for any place where GitHub shows it."""
    parts: Sequence[Callable[[Report], _Section]] = (
        _verdict,
        _stages,
        _problems,
        _tests,
        _findings,
        _counts,
        _sizes,
        _database,
    )
    text, left = "", _LIMIT
    out: list[str] = []
    for section in (part(report) for part in parts):
        fitting = _fitting(section, left)
        if len(fitting) < len(section.blocks):
            out.append(f"{section.name} ({len(section.blocks) - len(fitting)} of {len(section.blocks)})")
        if fitting:
            added = "\n".join([section.title, *fitting] if section.title else fitting) + "\n\n"
            text += added
            left -= len(added.encode())
    more = f"Left out, because GitHub shows no more than that: {', '.join(out)}. The report has all of it.\n\n"
    return (text + more if out else text).rstrip("\n") + "\n"


def _fitting(section: _Section, left: int) -> Sequence[str]:
    left -= len(section.title.encode()) + 2
    for number, block in enumerate(section.blocks):
        left -= len(block.encode()) + 1
        if left < 0:
            return section.blocks[:number]
    return section.blocks


def _verdict(report: Report) -> _Section:
    word, why = headline(report)
    versions = [f"{_text(app)} {_code(version)}" for app, version in report.versions.items()][:_TESTS]
    return _Section("the verdict", [f"## {word}: {_text(why)}", *([f"\n{', '.join(versions)}"] if versions else [])])


def _stages(report: Report) -> _Section:
    cells = [
        [_text(row.stage), _text(row.app), _outcome(row.outcome), _text(row.number), time(row)]
        for row in report.results
    ]
    return _Section("stages", rows(["Stage", "Application", "Result", "Number", "Time"], cells, [4]) if cells else [])


def _problems(report: Report) -> _Section:
    found = [text for _, text in problems(report.results)]
    return _Section("problems", [_item(text) for text in found], "### Problems\n" if found else "")


def _tests(report: Report) -> _Section:
    blocks: list[str] = []
    for app, tests in report.tests.items():
        failed = [case for case in tests.cases if case.outcome is Outcome.FAILED]
        blocks += [f"- {_text(app)}: {_total(tests)}"] if tests.cases else []
        blocks += [_case(case) for case in failed[:_TESTS]]
        blocks += [f"  - and {len(failed) - _TESTS} more failed"] if len(failed) > _TESTS else []
    return _Section("tests", blocks, "### Tests\n" if blocks else "")


def _findings(report: Report) -> _Section:
    failing = [(app, found) for app, verdict in report.verdicts.items() for found in grouped(verdict.failing)]
    cells = [[_text(app), *markdown_row(found)[1:]] for app, found in failing[:_FINDINGS]]
    blocks = rows(["Application", *MARKDOWN_HEADER[1:]], cells) if cells else []
    if more := len(failing) - len(cells):
        blocks.append(f"\nand {more} more")
    return _Section("findings that fail", blocks, "### Findings that fail\n" if blocks else "")


def _counts(report: Report) -> _Section:
    cells = []
    for app, verdict in report.verdicts.items():
        found = {
            standing: [one for one in grouped(verdict.judged) if one.standing is standing] for standing in Standing
        }
        counts = [f"{len(some)}{critical(some)}" for some in found.values()]
        gone = str(len(grouped(verdict.gone))) if app in report.against else "-"
        cells.append([_text(app), *counts, gone, _code(report.against.get(app, ""))])
    header = ["Application", *(standing.capitalize() for standing in Standing), "Gone", "Compared with"]
    table = rows(header, cells, range(1, 7)) if cells else []
    said = [f"\n{_text(sentence)}" if table else _text(sentence) for sentence in scanned(report)]
    return _Section("findings by standing", [*table, *said], "### Findings by standing\n")


def _sizes(report: Report) -> _Section:
    cells = []
    for app, variants in report.sizes.items():
        before = {variant.platform: variant for variant in report.before.get(app, ())}
        cells += [[_text(app), *_size(variant, before.get(variant.platform))] for variant in variants]
    header = ["Application", "Platform", "Compressed", "Unpacked", "Unpacked before", "Change"]
    return _Section("sizes", rows(header, cells, [2, 3, 4, 5]) if cells else [], "### Sizes\n" if cells else "")


def _size(now: Measured, before: Measured | None) -> list[str]:
    was = [megabytes(before.unpacked), change(before.unpacked, now.unpacked)] if before else ["-", "-"]
    return [_text(now.platform), megabytes(now.compressed), megabytes(now.unpacked), *was]


def _database(report: Report) -> _Section:
    base = report.database
    if base is None:
        return _Section("the database", [])
    made = database_age(base, report.created)
    return _Section("the database", [f"Vulnerability database: {_code(base.reference)}, {_code(base.digest)}, {made}."])


def _case(case: Case) -> str:
    title = (
        f"  - failed: {_code(case.name)} in {_code(case.suite)}" if case.suite else f"  - failed: {_code(case.name)}"
    )
    lines = [cut(part, _WIDTH) for part in whole(case.message).strip().splitlines() if part.strip()]
    more = [f"... and {plural(len(lines) - _LINES, 'line')} more"] if len(lines) > _LINES else []
    return "\n".join([title, *([fenced("\n".join([*lines[:_LINES], *more]), "    ")] if lines else [])])


def _item(problem: str) -> str:
    first, *others = [cut(part, _WIDTH) for part in whole(problem).splitlines() if part.strip()] or ["?"]
    more = [f"... and {plural(len(others) - _LINES, 'line')} more"] if len(others) > _LINES else []
    return "\n".join([f"- {escape(first)}", *([fenced("\n".join([*others[:_LINES], *more]), "  ")] if others else [])])


def _total(tests: Tests) -> str:
    covered = "" if tests.coverage is None else f"; {percent(tests.coverage)} of statements covered"
    return test_count(tests.cases) + covered


def _outcome(outcome: Outcome) -> str:
    return f"**{outcome}**" if outcome in {Outcome.FAILED, Outcome.NOT_RUN} else str(outcome)


def _text(text: str) -> str:
    return escape(cut(line(text), _WIDTH))


def _code(text: str) -> str:
    return code(cut(line(text), _WIDTH))
