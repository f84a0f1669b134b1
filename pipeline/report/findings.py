"""Findings for people: a table, Markdown, and sentences for those that fail."""

import dataclasses
from collections.abc import Sequence
from typing import Final

from pipeline.policy.findings import Finding, Kind, Severity
from pipeline.policy.gates import Judged, Standing, Verdict
from pipeline.policy.text import line
from pipeline.report.failures import sentence
from pipeline.report.markdown import code, escape, link, rows
from pipeline.report.table import table
from pipeline.report.text import cut, plural

MARKDOWN_HEADER: Final = ("Standing", "Severity", "Finding", "Package", "Installed", "Fixed in", "Where", "Target")
"""The columns of `markdown_row`."""

_TERMINAL: Final = ("STANDING", "SEVERITY", "ID", "PACKAGE", "INSTALLED", "FIXED", "TARGET", "PATH")
_GONE: Final = "gone"
_CELL: Final = 200
"""Characters of a cell: names are short, and whatever is longer is not one."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The same finding in all targets that have it, with the same standing."""

    finding: Finding
    targets: Sequence[str]
    standing: Standing
    reason: str = ""

    @property
    def place(self) -> str:
        """The path, with the line where there is one."""
        path = self.finding.path
        return f"{path}:{self.finding.line}" if path and self.finding.line else path


def grouped(judged: Sequence[Judged]) -> list[Found]:
    """Say a finding once, however many platforms have it; the order is that of the first."""
    groups: dict[tuple[object, ...], list[Judged]] = {}
    for one in judged:
        found = one.finding
        same = (found.key, found.severity, found.installed, found.fixed, found.path, found.line)
        groups.setdefault((same, one.standing, one.reason), []).append(one)
    return [
        Found(
            finding=group[0].finding,
            targets=list(dict.fromkeys(one.target for one in group)),
            standing=group[0].standing,
            reason=group[0].reason,
        )
        for group in groups.values()
    ]


def by_standing(found: Sequence[Found]) -> list[Found]:
    """What fails first, then what somebody decided on; the order within is kept."""
    order = list(Standing)
    return sorted(found, key=lambda one: order.index(one.standing))


def standings(found: Sequence[Found]) -> str:
    """How many there are of each standing: "2 fails, 1 waived, 3 unfixed (1 critical)"."""
    count = {standing: [one for one in found if one.standing is standing] for standing in Standing}
    return ", ".join(f"{len(some)} {standing}{critical(some)}" for standing, some in count.items() if some)


def critical(found: Sequence[Found]) -> str:
    """How many of them nothing fixes though they are critical: " (1 critical)", or ""."""
    count = sum(one.standing is Standing.UNFIXED and one.finding.severity is Severity.CRITICAL for one in found)
    return f" ({count} critical)" if count else ""


def findings_table(verdict: Verdict) -> str:
    """Every finding, those that are gone, and notes, for a terminal."""
    found = grouped(verdict.judged)
    gone = grouped(verdict.gone)
    text = table(_TERMINAL, [_cells(one, one.standing) for one in found]) if found else "no finding\n"
    if gone:
        text += "\n" + table(_TERMINAL, [_cells(one, _GONE) for one in gone])
    notes = "".join(f"note: {line(note)}\n" for note in verdict.notes)
    return text + (f"\n{notes}" if notes else "")


def findings_markdown(verdict: Verdict) -> str:
    """Every finding, those that are gone, problems and notes, as GitHub shows them."""
    found = by_standing(grouped(verdict.judged))
    gone = grouped(verdict.gone)
    blocks = [f"{plural(len(found), 'finding')}: {standings(found)}." if found else "No finding."]
    blocks += ["\n".join(f"- {escape(problem)}" for problem in verdict.problems)] if verdict.problems else []
    blocks += ["\n".join(rows(MARKDOWN_HEADER, [markdown_row(one) for one in found]))] if found else []
    if gone:
        blocks += [f"{plural(len(gone), 'finding')} gone since the image that this one was compared with:"]
        blocks += ["\n".join(rows(MARKDOWN_HEADER, [markdown_row(one, _GONE) for one in gone]))]
    blocks += ["\n".join(f"- Note: {escape(note)}" for note in verdict.notes)] if verdict.notes else []
    return "\n\n".join(blocks) + "\n"


def markdown_row(found: Found, standing: str = "") -> list[str]:
    """The cells of a finding; the reason of a waiver stands with its standing."""
    finding = found.finding
    said = escape(standing or found.standing)
    name = finding.id or finding.title
    return [
        f"{said}: {_escaped(found.reason)}" if found.reason and not standing else said,
        finding.severity.name,
        link(name, finding.url) if len(name) <= _CELL else _escaped(name),
        *(code(cut(line(text), _CELL)) for text in (finding.package, finding.installed, finding.fixed, found.place)),
        _escaped(", ".join(found.targets)),
    ]


def verdict_problems(app: str, verdict: Verdict) -> list[str]:
    """A sentence for each finding that fails, and for what else fails."""
    return [
        *(_sentence(app, found) for found in grouped(verdict.failing)),
        *(sentence(app, "scan", problem) for problem in verdict.problems),
    ]


def _sentence(app: str, found: Found) -> str:
    finding = found.finding
    known = finding.kind is Kind.VULNERABILITY
    parts = [
        "" if known else finding.kind,
        finding.id,
        f"({finding.severity.name})",
        f"in {finding.package} {finding.installed}" if finding.package else "",
        f"at {found.place}" if found.place else "",
    ]
    more = f"; fixed in {finding.fixed}" if finding.fixed else "; no version fixes it" if known else ""
    title = f": {finding.title}" if finding.title and not known else ""
    return sentence(app, f"scan {line(', '.join(found.targets))}", line(" ".join(parts)) + line(more) + line(title))


def _cells(found: Found, standing: str) -> list[str]:
    finding = found.finding
    severity = Severity(finding.severity).name
    return [
        line(cell)
        for cell in (
            standing,
            severity,
            finding.id,
            finding.package,
            finding.installed,
            finding.fixed,
            ", ".join(found.targets),
            found.place,
        )
    ]


def _escaped(text: str) -> str:
    return escape(cut(line(text), _CELL))
