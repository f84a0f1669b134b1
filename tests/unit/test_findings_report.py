"""Findings for people: the table, Markdown, and sentences."""

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.findings import Finding, Severity
from pipeline.policy.gates import Standing, Verdict
from pipeline.report.findings import (
    by_standing,
    findings_markdown,
    findings_table,
    grouped,
    standings,
    verdict_problems,
)

from . import reports_sample as sample

anything = st.text(st.characters(exclude_categories=[]))


def test_a_finding_of_several_platforms_is_one() -> None:
    """It stands where the first stood; another standing, version or place is another finding."""
    other = dataclasses.replace(sample.CRYPTO, installed="v0.21.0")
    judged = [
        *sample.on(sample.CRYPTO, Standing.FAILS),
        *sample.on(other, Standing.FAILS, targets=(sample.ARM,)),
        *sample.on(sample.CRYPTO, Standing.WAIVED, "known", targets=("source",)),
    ]
    assert [(one.finding.installed, list(one.targets), one.standing) for one in grouped(judged)] == [
        ("v0.20.0", [sample.AMD, sample.ARM], "fails"),
        ("v0.21.0", [sample.ARM], "fails"),
        ("v0.20.0", ["source"], "waived"),
    ]


def test_unfixed_findings_that_are_critical_are_counted() -> None:
    """They pass, and somebody may still want to know; whatever else is critical is in sight anyway."""
    high = dataclasses.replace(sample.GLIBC, id="CVE-2019-1010023", severity=Severity.HIGH)
    judged = [
        *sample.on(sample.CRYPTO, Standing.WAIVED),
        *sample.on(sample.GLIBC, Standing.UNFIXED),
        *sample.on(high, Standing.UNFIXED),
    ]
    assert standings(grouped(judged)) == "1 waived, 2 unfixed (1 critical)"
    assert standings(grouped(judged[-2:])) == "1 unfixed"


def test_what_fails_stands_first_and_the_rest_keeps_its_order() -> None:
    """The order of standings is that of the gate."""
    found = grouped(
        [
            *sample.on(sample.LICENCE, Standing.MINOR),
            *sample.on(sample.GLIBC, Standing.MINOR),
            *sample.on(sample.CRYPTO, Standing.FAILS),
        ]
    )
    assert [one.finding.id for one in by_standing(found)] == ["CVE-2024-45337", "LGPL-3.0-or-later", "CVE-2019-1010022"]


def test_a_terminal_shows_findings_then_what_is_gone_then_notes() -> None:
    """A path has its line; nothing is "-"."""
    verdict = dataclasses.replace(sample.FAILING_WEB, notes=["the waiver X matches nothing"])
    shown = findings_table(verdict).split("\n")
    assert shown[0].split() == ["STANDING", "SEVERITY", "ID", "PACKAGE", "INSTALLED", "FIXED", "TARGET", "PATH"]
    assert shown[1].split() == [
        "fails",
        "CRITICAL",
        "github-pat",
        "-",
        "-",
        "-",
        "linux/amd64",
        "app/.next/server/chunks/412.js:12",
    ]
    assert shown[6].startswith("gone      MEDIUM    source-map")
    assert shown[7:] == ["", "note: the waiver X matches nothing", ""]


def test_no_finding_is_said_in_words() -> None:
    """An empty table would leave open whether anything was looked at."""
    assert findings_table(Verdict(judged=[])) == "no finding\n"
    assert findings_markdown(Verdict(judged=[])) == "No finding.\n"


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (
            sample.CRYPTO,
            "CVE-2024-45337 (CRITICAL) in golang.org/x/crypto v0.20.0 at usr/local/bin/neuronip-api; fixed in 0.31.0",
        ),
        (sample.GLIBC, "CVE-2019-1010022 (CRITICAL) in libc6 2.41-12; no version fixes it"),
        (
            sample.SECRET,
            "secret github-pat (CRITICAL) at app/.next/server/chunks/412.js:12: GitHub Personal Access Token",
        ),
        (sample.USER, "misconfiguration DS-0002 (HIGH) at Dockerfile: Image user should not be 'root'"),
        (sample.LICENCE, "license LGPL-3.0-or-later (MEDIUM) in @img/sharp-libvips-linux-x64"),
    ],
)
def test_a_failing_finding_is_a_sentence(finding: Finding, said: str) -> None:
    """The application, the platforms, what was found and what to do."""
    verdict = Verdict(judged=sample.on(finding, Standing.FAILS))
    assert verdict_problems("api", verdict) == [f"api: scan linux/amd64, linux/arm64: {said}"]


def test_what_else_fails_follows() -> None:
    """An expired waiver is no finding, and fails all the same; findings that do not fail are not named."""
    assert verdict_problems("api", sample.FAILING_API)[1:] == [f"api: scan: {sample.FAILING_API.problems[0]}"]


def test_markdown_has_reasons_problems_and_what_is_gone() -> None:
    """All that the table has, and links."""
    shown = findings_markdown(sample.FAILING_API)
    assert shown.startswith(
        "4 findings: 1 fails, 1 waived, 1 known, 1 unfixed (1 critical).\n\n- the waiver CVE-2024-34156 expired"
    )
    assert f"| waived: {sample.WAIVER} | HIGH | [CVE-2025-22871](https://avd.aquasec.com/nvd/cve-2025-22871) |" in shown
    assert "1 finding gone since the image that this one was compared with:\n\n|" in findings_markdown(
        sample.FAILING_WEB
    )


@given(anything)
def test_no_name_breaks_the_markdown_table(text: str) -> None:
    """Every row has as many cells as the head."""
    shown = findings_markdown(sample.hostile(text).verdicts[text])
    widths = {re.sub(r"`[^`]*`", "", row).count("|") for row in shown.split("\n") if row.startswith("|")}
    assert widths == {9}


@given(anything)
def test_no_name_reaches_a_terminal_with_control_characters(text: str) -> None:
    """A line a finding, and two tables, whatever is in them."""
    shown = findings_table(sample.hostile(text).verdicts[text])
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    assert len(shown.split("\n")) == 16
    assert shown.encode()


@given(anything)
def test_a_sentence_stays_on_its_line(text: str) -> None:
    """A name cannot forge another problem."""
    first = verdict_problems("api", sample.hostile(text).verdicts[text])[0]
    assert "\n" not in first
    assert first.startswith("api: scan")
