"""How a check came out: the table, the sentence, and what machines read."""

import dataclasses
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy import results
from pipeline.policy.results import Outcome
from pipeline.report.results import (
    database_age,
    headline,
    moment,
    problems,
    result_table,
    results_json,
    sizes_json,
)
from pipeline.report.text import change, cut, listed, percent, plural, seconds

from . import reports_sample as sample


def test_stages_are_a_line_each() -> None:
    """Times stand under each other; a stage that had nothing to do took none."""
    rows = [
        sample.row("test", "api", "137 passed", 12.34),
        sample.row("test", "frontend", "", 0, Outcome.NO_TESTS),
        sample.row("build", "api", "2 platforms", 141),
    ]
    assert result_table(rows) == (
        "STAGE  APPLICATION  RESULT    NUMBER          TIME\n"
        "test   api          passed    137 passed    12.3 s\n"
        "test   frontend     no tests  -                  -\n"
        "build  api          passed    2 platforms  141.0 s\n"
    )


@given(st.text(st.characters(exclude_categories=[])))
def test_no_name_breaks_the_table(text: str) -> None:
    """A line a row, and none of it moves a cursor or cannot be written."""
    shown = result_table(sample.hostile(text).results)
    assert shown.count("\n") == 1 + len(Outcome)
    assert not [sign for sign in shown if sign < " " and sign != "\n"]
    assert shown.encode()


def test_a_stage_that_was_not_reached_fails_the_check() -> None:
    """It is named beside those that failed."""
    rows = [sample.row("scan", "api", "", 1, Outcome.FAILED, "x"), sample.row("smoke", "api", "", 0, Outcome.NOT_RUN)]
    assert headline(dataclasses.replace(sample.EMPTY, results=rows)) == (
        "Failed",
        "scan of api; smoke of api did not run",
    )


def test_a_problem_of_two_stages_is_said_once() -> None:
    """And a stage that did not run is one, even when nobody said why."""
    rows = [
        sample.row("lint", "api", "", 1, Outcome.FAILED, "api: no source", "api: lint: x"),
        sample.row("test", "api", "", 1, Outcome.FAILED, "api: no source"),
        sample.row("smoke", "api", "", 0, Outcome.NOT_RUN),
        sample.row("scan", "api", "the build failed", 0, Outcome.NOT_RUN),
    ]
    assert [text for _, text in problems(rows)] == [
        "api: no source",
        "api: lint: x",
        "api: smoke: did not run",
        "api: scan: did not run (the build failed)",
    ]


@pytest.mark.parametrize(
    ("created", "said"),
    [
        ("2026-11-24T09:12:44+00:00", "made 2026-11-24 06:12 UTC, 3 hours old"),
        ("2026-11-24T08:12:44+01:00", "made 2026-11-24 06:12 UTC, 1 hour old"),
        ("2026-12-01T09:12:44Z", "made 2026-11-24 06:12 UTC, 7 days old"),
        ("2026-11-01T09:12:44Z", "made 2026-11-24 06:12 UTC"),
        ("2026-11-24T09:12:44", "made 2026-11-24 06:12 UTC"),
        ("yesterday", "made 2026-11-24 06:12 UTC"),
    ],
)
def test_the_age_of_a_database_is_said_where_it_is_known(created: str, said: str) -> None:
    """It is that of the moment when the report was made."""
    assert database_age(sample.DATABASE, created) == said


@pytest.mark.parametrize(
    ("created", "said"),
    [
        ("2026-11-24T10:12:44+01:00", "2026-11-24 09:12:44 UTC"),
        ("2026-11-24T10:12:44", "2026-11-24 10:12:44"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
        ("a\nb", "a b"),
    ],
)
def test_a_time_is_that_of_greenwich(created: str, said: str) -> None:
    """What is no time stays as it is."""
    assert moment(created) == said


def test_sizes_are_written_for_machines() -> None:
    """Each platform now and before, layer by layer."""
    found = json.loads(sizes_json(sample.PASSING))
    assert found["api"]["against"] == "ghcr.io/neuronip/api:1.3.2"
    assert found["api"]["now"]["linux/amd64"]["unpacked"] == 15_599_560
    assert found["api"]["before"]["linux/amd64"]["unpacked"] == 14_948_560
    assert found["api"]["now"]["linux/amd64"]["layers"][3] == {
        "base": False,
        "compressed": 4_420_333,
        "content": "usr/local/bin/neuronip-api",
        "digest": sample.PASSING.sizes["api"][0].layers[3].digest,
        "media_type": "application/vnd.oci.image.layer.v1.tar+gzip",
        "unpacked": 13_261_000,
    }


def test_results_are_written_for_machines() -> None:
    """Outcomes, totals of tests, findings by standing, and the database."""
    found = json.loads(results_json(sample.FAILING))
    assert found["failed"] is True
    assert found["results"][1]["outcome"] == "failed"
    assert found["tests"]["api"] == {
        "coverage": 0.8427,
        "failed": 1,
        "passed": 136,
        "seconds": pytest.approx(16.7, abs=0.1),
        "skipped": 1,
        "total": 138,
    }
    assert [(one["id"], one["target"]) for one in found["findings"]["api"]["fails"]] == [
        ("CVE-2024-45337", "linux/amd64"),
        ("CVE-2024-45337", "linux/arm64"),
    ]
    assert found["findings"]["api"]["fails"][0]["severity"] == "CRITICAL"
    assert found["findings"]["frontend"]["gone"][0]["id"] == "source-map"
    assert found["database"]["updated"] == "2026-11-24T06:12:09+00:00"


@pytest.mark.parametrize("write", [results_json, sizes_json])
def test_what_machines_read_is_sorted_and_plain(write: Callable[[results.Report], str]) -> None:
    """Two blanks a level, sorted keys, a line end at the end, and nothing that a terminal would obey."""
    shown = write(sample.MALICIOUS)
    assert shown == json.dumps(json.loads(shown), indent=2, sort_keys=True) + "\n"
    assert shown.isascii()
    assert "\x1b" not in shown


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e308])
def test_figures_that_json_lacks_are_null(value: float) -> None:
    """A test runner may write any figure; the sum of two large ones is none."""
    cases = [dataclasses.replace(sample.BROKEN, seconds=value)] * 2
    rows = [dataclasses.replace(sample.PASSING.results[0], seconds=float("nan"))]
    found = json.loads(
        results_json(dataclasses.replace(sample.EMPTY, results=rows, tests={"api": results.Tests(cases=cases)}))
    )
    assert found["tests"]["api"]["seconds"] is None
    assert found["results"][0]["seconds"] is None


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (10_000_000, 10_000_000, "same"),
        (14_900_000, 15_600_000, "+0.7 MB (+4.7%)"),
        (10_000_000, 9_999_000, "-1.0 kB (-0.0%)"),
        (0, 5_000_000, "+5.0 MB"),
    ],
)
def test_a_change_is_said_in_size_and_percent(before: int, now: int, said: str) -> None:
    """Small ones in kB, so that none is called nothing."""
    assert change(before, now) == said


@pytest.mark.parametrize(("share", "said"), [(1, "100.0%"), (0.99999, "99.9%"), (0, "0.0%"), (float("nan"), "-")])
def test_almost_all_is_not_all(share: float, said: str) -> None:
    """A share is rounded down."""
    assert percent(share) == said


def test_words_are_those_of_a_sentence() -> None:
    """Lists, counts, times and texts that are too long."""
    assert (listed([]), listed(["a"]), listed(["a", "b", "c"])) == ("", "a", "a, b and c")
    assert listed(["a", "b", "c", "d"], most=2) == "a, b and 2 more"
    assert (plural(1, "test"), plural(0, "test")) == ("1 test", "0 tests")
    assert (seconds(float("inf")), seconds(0.044, 2)) == ("-", "0.04 s")
    assert (cut("abcdef", 6), cut("abcdefgh", 6)) == ("abcdef", "ab ...")
