"""The summary of a check in Markdown: what it says, and what no name can make of it."""

import dataclasses
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.policy import results
from pipeline.policy.gates import Standing, Verdict
from pipeline.policy.results import Outcome
from pipeline.report.markdown import code, escape, fenced, link, rows
from pipeline.report.summary import summary

from . import reports_sample as sample

anything = st.text(st.characters(exclude_categories=[]), min_size=1)
LIMIT = 65_536


def outside_of_fences(text: str) -> list[str]:
    """The lines that GitHub reads as Markdown."""
    lines, fence = [], ""
    for shown in text.split("\n"):
        mark = re.match(r" *(`{3,})$", shown)
        if mark and not fence:
            fence = mark[1]
        elif fence and shown.strip() == fence:
            fence = ""
        elif not fence:
            lines.append(shown)
    assert not fence
    return lines


def without_code(text: str) -> str:
    """A line without its code spans, in which nothing is read as Markdown."""
    return re.sub(r"`[^`]*`", "", text)


@pytest.mark.parametrize(
    ("report", "first"),
    [
        (sample.PASSING, "## Passed: 12 stages of 2 applications"),
        (
            sample.FAILING,
            "## Failed: lint of frontend, test of api, scan of api and frontend; smoke of frontend did not run",
        ),
        (sample.EMPTY, "## Nothing was checked: no stage had anything to do"),
    ],
)
def test_the_verdict_is_the_first_line(report: results.Report, first: str) -> None:
    """What failed, or how much passed; nothing at all is no pass."""
    assert summary(report).split("\n")[0] == first


@pytest.mark.parametrize(
    "said",
    [
        "| lint | frontend | **failed** | 2 commands | 21.9 s |",
        "| smoke | frontend | **not run** |  |  |",
        "- frontend: lint: the source does not pass the type check:\n  ```\n  src/lib/wrong.ts:1:14: TS2322:",
        "  - failed: `TestRanking/prefers&#95;titles`",
        "| api | CRITICAL | [CVE-2024-45337](https://avd.aquasec.com/nvd/cve-2024-45337) | `golang.org/x/crypto` |",
        "| api | 1 | 1 | 1 | 1 (1 critical) | 0 | 0 | `ghcr.io/neuronip/api:1.3.2` |",
        "| frontend | linux/arm64 | 58.8 MB | 170.6 MB | 170.6 MB | same |",
        "Vulnerability database: `ghcr.io/aquasecurity/trivy-db:2`, `sha256:",
    ],
)
def test_a_failed_check_is_told_in_full(said: str) -> None:
    """Stages, problems, tests, findings, sizes and the database."""
    assert said.replace("&#95;", "_") in summary(sample.FAILING)


def test_what_was_not_scanned_is_not_clean() -> None:
    """The applications without a finding are named, and those without a result."""
    shown = summary(sample.UNSCANNED)
    assert "\n\nThe scanners found nothing in api.\n\nThere is no result of a scan for frontend.\n" in shown
    assert "### Findings by standing\n\nNothing was scanned.\n" in summary(sample.EMPTY)
    for report in (sample.FAILING, sample.PASSING):
        assert not re.search("found nothing|no result", summary(report))


def test_long_lists_are_cut_and_the_rest_is_counted() -> None:
    """Ten failing tests and twenty findings are shown; how many more there are is said."""
    cases = [dataclasses.replace(sample.BROKEN, name=f"t{n}") for n in range(13)]
    judged = [
        found
        for n in range(25)
        for found in sample.on(dataclasses.replace(sample.CRYPTO, id=f"CVE-{n}"), Standing.FAILS)
    ]
    report = dataclasses.replace(
        sample.FAILING,
        tests={"api": results.Tests(cases=cases)},
        verdicts={"api": Verdict(judged=judged)},
    )
    shown = summary(report)
    assert shown.count("  - failed: ") == 10
    assert "  - and 3 more failed" in shown
    assert shown.count("[CVE-") == 20
    assert "\nand 5 more\n" in shown


def test_a_long_message_is_cut() -> None:
    """Twelve lines of at most 400 characters."""
    case = dataclasses.replace(sample.BROKEN, message="\n".join(["x" * 1000] * 30))
    shown = summary(dataclasses.replace(sample.EMPTY, tests={"api": results.Tests(cases=[case])}))
    assert shown.count("x" * 396 + " ...") == 12
    assert "x" * 397 not in shown
    assert "... and 18 lines more" in shown


@pytest.mark.parametrize("filler", ["x", "|", "x\n", "日本", "`@a "])
def test_it_fits_where_github_shows_it_whatever_the_input(filler: str) -> None:
    """Below 64 KiB, with a sentence that says what was left out."""
    evil = filler * 5000
    row = results.Result(stage=evil, app=evil, outcome=Outcome.FAILED, number=evil, problems=[evil])
    many = [dataclasses.replace(row, app=f"{n} {evil}", problems=[f"{n} {evil}"]) for n in range(300)]
    report = dataclasses.replace(sample.hostile(evil), results=many, versions={f"{n} {evil}": evil for n in range(300)})
    shown = summary(report)
    assert len(shown.encode()) < LIMIT
    assert "Left out, because GitHub shows no more than that: stages (" in shown
    assert "The report has all of it." in shown
    outside_of_fences(shown)


def test_a_small_check_leaves_nothing_out() -> None:
    """The sentence stands only where something is missing."""
    assert "Left out" not in summary(sample.FAILING)


@settings(max_examples=60)
@given(anything | st.sampled_from([sample.EVIL, "`", "a|b", "\\|", "@octocat", "```\n# x", "[a](https://b)"]))
def test_no_text_changes_the_tables_or_the_structure(text: str) -> None:
    """A line is a row, a heading or an item of ours, and a row has as many cells as its head."""
    width = 0
    attacked = sample.hostile(text)
    clean = dataclasses.replace(attacked, verdicts={f"{text}2": Verdict(judged=[])})
    for shown in outside_of_fences(summary(attacked) + summary(clean)):
        cells = len(re.findall(r"\|", without_code(shown)))
        if shown.startswith("| ") and not width:
            width = cells
        if not shown.startswith("|"):
            width = 0
        assert cells == width, shown
        assert not re.search(r"<|https?://|www\.", without_code(shown))
        assert not re.search(r"@\w", without_code(shown))
        assert not re.search(r"\]\(", without_code(shown))


@given(anything)
def test_a_name_in_code_is_one_span_or_escaped(text: str) -> None:
    """A backtick or a pipe could end the span or the cell: such a name is written as text."""
    shown = code(text)
    inner = shown[1:-1] if shown[:1] == "`" else escape(text)
    assert "|" not in shown
    assert "`" not in inner
    assert "\n" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "[a](https://b.example)",
        "<img src=x>",
        "@octocat",
        "me@example.com",
        "https://example.com",
        "www.example.com",
        "WWW.example.com",
        "#123",
        "GH-1",
        "# heading",
        "- item",
        "1. item",
        "a | b",
        "**bold** `code` ~~gone~~ $x$",
        "&lt;b&gt;",
    ],
)
def test_text_stays_text(text: str) -> None:
    """None of the signs that mean something to GitHub is left as it was; the words are."""
    shown = escape(text)
    assert not re.search(r"[\[\]<>|`*~$\\_]", shown)
    assert not re.match(r"(#|[-+=]\s|\d+[.)]\s)", shown)
    assert not re.search(r"@\w|://|www\.|#\d(?!\d*;)|GH-\d|&(?!#\d+;)", shown, re.IGNORECASE)


@pytest.mark.parametrize("text", ["15.6 MB", "1 failed, 2 passed", "CVE-2024-1 (HIGH) in a/b v1 at c:12; fixed in 2"])
def test_plain_words_stay_as_they_are(text: str) -> None:
    """What means nothing to GitHub is not touched, so that it can be copied."""
    assert escape(text) == text


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://a)[b](c", "https://a b", "https://a/<", "//a", "https://"]
)
def test_an_address_that_could_be_more_is_no_link(url: str) -> None:
    """Only plain addresses of the web are linked."""
    assert link("x", url) == "x"


def test_a_block_of_lines_cannot_be_left() -> None:
    """The fence is longer than any in the text."""
    assert fenced("a\n````\nb", "  ") == "  `````\n  a\n  ````\n  b\n  `````"


def test_a_table_has_a_rule_below_its_head() -> None:
    """Columns of figures are aligned to the right."""
    assert rows(["A", "B"], [["1", "2"]], [1]) == ["| A | B |\n| --- | ---: |", "| 1 | 2 |"]
