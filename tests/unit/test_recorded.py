"""Findings that a report wrote down are read back."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.findings import Finding, Kind, Severity
from pipeline.policy.gates import Judged, Standing, Verdict
from pipeline.policy.results import Report
from pipeline.report.recorded import findings
from pipeline.report.results import results_json

from . import reports_sample as sample

words = st.text(max_size=9)
kinds, severities, standings = (st.sampled_from(list(each)) for each in (Kind, Severity, Standing))
found = st.builds(
    Finding, kind=kinds, id=words, severity=severities, package=words, path=words, line=st.integers(0), title=words
)
judged = st.lists(st.builds(Judged, target=words, finding=found, standing=standings, reason=words), max_size=5)
verdicts = st.dictionaries(words, st.builds(Verdict, judged=judged, gone=judged), max_size=3)


def of(report: Report) -> dict[str, list[Finding]]:
    """The findings of a report, as a gate sorts them."""
    return {
        app: [one.finding for standing in Standing for one in verdict.judged if one.standing is standing]
        for app, verdict in report.verdicts.items()
    }


@pytest.mark.parametrize("report", [sample.PASSING, sample.FAILING, sample.UNSCANNED, sample.MALICIOUS, sample.EMPTY])
def test_what_a_report_wrote_is_read_back(report: Report) -> None:
    """Whatever became of a finding; one that had gone is none of this release."""
    assert findings(results_json(report)) == of(report)


@given(verdicts)
def test_any_finding_is_read_back(written: dict[str, Verdict]) -> None:
    """Each with everything that is known of it, and each application, also one in which nothing was found."""
    report = dataclasses.replace(sample.EMPTY, verdicts=written)
    assert findings(results_json(report)) == of(report)


def test_what_a_later_report_says_more_is_left_out() -> None:
    """And what an earlier one did not say yet is empty."""
    content = json.loads(results_json(dataclasses.replace(sample.EMPTY, verdicts={"shop": sample.FAILING_API})))
    one = content["findings"]["shop"]["fails"][0]
    del one["purl"]
    one["exploited"] = True
    assert findings(json.dumps(content))["shop"][0] == dataclasses.replace(sample.CRYPTO, purl="")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"findings": []}',
        '{"findings": {"shop": []}}',
        '{"findings": {"shop": {"fails": [{}]}}}',
        '{"findings": {"shop": {"fails": [{"kind": "secret", "severity": "HIGH"}]}}}',
        '{"findings": {"shop": {"fails": [{"kind": "new", "severity": "HIGH", "id": "x"}]}}}',
        '{"findings": {"shop": {"fails": [{"kind": "secret", "severity": "new", "id": "x"}]}}}',
    ],
)
def test_what_is_no_report_is_refused(text: str) -> None:
    """A release has notes without it, and nothing is made up."""
    with pytest.raises(ValueError, match="this is no report of a scan"):
        findings(text)
