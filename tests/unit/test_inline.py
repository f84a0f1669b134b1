"""Comments by which Trivy would leave findings out: what is read of them, and what becomes of it."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.findings import Finding, Kind, Scanned, Severity
from pipeline.policy.gates import Gate, Standing, judge
from pipeline.policy.inline import PATTERN, RULE, parse_inline
from pipeline.policy.waivers import Waiver

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
ROW = "./deploy/main.tf:3:  #trivy:ignore:AVD-AWS-0086\n"


def standing(*waivers: Waiver) -> Standing:
    """What becomes of such a comment at the most generous gate."""
    scan = Scanned(target="source", findings=parse_inline(ROW))
    gate = Gate(severity=Severity.CRITICAL, licenses=Severity.CRITICAL)
    (found,) = judge([scan], gate, waivers, NOW).judged
    return found.standing


def places(text: str) -> list[tuple[str, int]]:
    """Where comments are said to stand."""
    return [(found.path, found.line) for found in parse_inline(text)]


@pytest.mark.parametrize("line", ["#trivy:ignore:AVD-DS-0002", "  # tfsec:ignore:x", "a = 1 //trivy:ignore:*[x=1]"])
def test_the_comments_of_trivy_are_known(line: str) -> None:
    """By its name now and the older one, at any place of a line."""
    assert re.search(PATTERN, line)


@pytest.mark.parametrize("line", ["", "trivy ignore", "# ignore:trivy", "trivyignore", ".trivyignore.yaml"])
def test_other_words_are_no_such_comments(line: str) -> None:
    """The names of files with waivers among them."""
    assert not re.search(PATTERN, line)


def test_a_row_is_a_finding() -> None:
    """It says where, and what to do instead; what the line holds is not repeated."""
    assert parse_inline(ROW) == [
        Finding(
            kind=Kind.FILE,
            id=RULE,
            severity=Severity.HIGH,
            path="deploy/main.tf",
            line=3,
            title="a comment that hides findings without a reason and an end; write a waiver instead",
        )
    ]


def test_each_row_is_one() -> None:
    """In their order, two of a file too; empty rows are none."""
    rows = "./a.tf:1:#trivy:ignore:x\n\n./a.tf:12:#trivy:ignore:y\n./b/Dockerfile:2:# trivy:ignore:z"
    assert places(rows) == [("a.tf", 1), ("a.tf", 12), ("b/Dockerfile", 2)]


def test_no_row_is_no_finding() -> None:
    """That is what a clean source gives."""
    assert parse_inline("") == parse_inline("\n") == []


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("a b/my main.tf:7:#trivy:ignore:x:1:y", ("a b/my main.tf", 7)),
        ("./a:b.tf:7:#trivy:ignore:x", ("a:b.tf", 7)),
        ("./.github/a.yml:10:# trivy:ignore:x", (".github/a.yml", 10)),
    ],
)
def test_names_and_lines_are_told_apart(row: str, place: tuple[str, int]) -> None:
    """Blanks and colons may stand in both."""
    assert places(row) == [place]


def test_a_row_of_another_form_is_a_finding_too() -> None:
    """Of a file that grep calls binary it says only that something is in it."""
    assert places("grep: ./a.tf: binary file matches") == [("grep: ./a.tf: binary file matches", 0)]


def test_only_a_waiver_lets_it_pass() -> None:
    """No severity of a gate does."""
    waiver = Waiver(kind=Kind.FILE, id=RULE, statement="why", expires=NOW + dt.timedelta(1), paths=["deploy/*"])
    assert (standing(), standing(waiver)) == (Standing.FAILS, Standing.WAIVED)


def test_a_comment_that_moved_is_the_same_one() -> None:
    """Lines are no part of what is compared with a published image."""
    first, second = parse_inline(ROW + ROW.replace(":3:", ":9:"))
    assert first.key == second.key


@given(st.text())
def test_no_text_makes_it_fail(text: str) -> None:
    """Whatever stands in a source, each finding has a place."""
    assert all(found.path for found in parse_inline(text))
