"""Results that are read back from a report, and findings that are shown beside the code."""

import dataclasses
import json

import pytest

from pipeline.policy.results import Outcome, Report, Result
from pipeline.report.results import results_json
from pipeline.report.sarif import merged
from pipeline.report.verdict import read_results

RESULTS = [
    Result(stage="lint", app="api", outcome=Outcome.NONE, number="none"),
    Result(stage="test", app="api", outcome=Outcome.PASSED, number="3 passed", seconds=1.25, notes=["api: hm"]),
    Result(stage="scan", app="api", outcome=Outcome.FAILED, seconds=0.5, problems=["api: scan: bad"]),
]


def test_what_a_report_says_is_read_back() -> None:
    """Every row as it was."""
    report = Report(results=RESULTS, versions={}, created="2026-01-02T03:04:05Z")
    found = read_results(results_json(report))
    assert [one.outcome for one in found] == [one.outcome for one in RESULTS]
    assert results_json(dataclasses.replace(report, results=found)) == results_json(report)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"results": [{}]}', '{"results": [{"stage": 1}]}'])
def test_what_is_no_report_is_a_sentence(text: str) -> None:
    """It says which file, and what to give."""
    with pytest.raises(ValueError, match=r"^its results\.json is not what `reports` writes \(.*\); give the folder as"):
        read_results(text)


def test_a_report_in_which_nothing_ran_is_no_check_that_passed() -> None:
    """It would be green whatever the repository holds."""
    with pytest.raises(ValueError, match=r"^no stage stands in its results\.json: nothing was checked; give"):
        read_results('{"results": []}')


def run(name: str) -> dict[str, object]:
    """A run of a tool."""
    return {"tool": {"driver": {"name": name}}, "results": [{"message": {"text": name}}]}


def test_every_run_says_which_analysis_it_is() -> None:
    """GitHub refuses two of one tool that do not; nothing else of them changes."""
    documents = {
        "web/source": json.dumps({"version": "2.1.0", "runs": [run("a"), run("b")]}),
        "api/linux-amd64": json.dumps({"version": "2.1.0", "runs": [run("a")]}),
    }
    found = json.loads(merged(documents))
    assert found["version"] == "2.1.0"
    assert [one.pop("automationDetails")["id"] for one in found["runs"]] == [
        "api/linux-amd64/",
        "web/source/",
        "web/source/2/",
    ]
    assert found["runs"] == [run("a"), run("a"), run("b")]


def test_nothing_that_was_scanned_is_a_document_too() -> None:
    """A step that uploads it finds the file."""
    assert json.loads(merged({}))["runs"] == []
