"""The gate: what becomes of findings, and of waivers."""

import dataclasses
import datetime as dt
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.findings import Finding, Kind, Scanned, Severity
from pipeline.policy.gates import Gate, Judged, Standing, Verdict, judge
from pipeline.policy.waivers import Waiver

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
LATER = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
BEFORE = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
VULNERABILITY = Finding(kind=Kind.VULNERABILITY, id="CVE-1", severity=Severity.HIGH, package="a", fixed="2")
SECRET = Finding(kind=Kind.SECRET, id="github-pat", severity=Severity.LOW, path="a.ini")
FILE = Finding(kind=Kind.FILE, id="source-map", severity=Severity.UNKNOWN, path="a.map")
CHECK = Finding(kind=Kind.MISCONFIGURATION, id="DS-0002", severity=Severity.HIGH, path="Dockerfile")
LICENSE = Finding(kind=Kind.LICENSE, id="AGPL-3.0", severity=Severity.CRITICAL, package="a")
WAIVER = Waiver(kind=Kind.VULNERABILITY, id="CVE-1", statement="not reached", expires=LATER)
EXPIRED = dataclasses.replace(WAIVER, expires=BEFORE)


def scan(*findings: Finding, target: str = "linux/amd64") -> Scanned:
    """A target with these findings."""
    return Scanned(target=target, findings=findings, packages=1)


def only(verdict: Verdict) -> Judged:
    """The one finding that there is."""
    (found,) = verdict.judged
    return found


def standing(finding: Finding, *waivers: Waiver, gate: Gate | None = None) -> Standing:
    """What becomes of a finding."""
    return only(judge([scan(finding)], gate or Gate(), waivers, NOW)).standing


def rated(finding: Finding, severity: Severity) -> Finding:
    """The same with another rating."""
    return dataclasses.replace(finding, severity=severity)


@pytest.mark.parametrize("finding", [VULNERABILITY, CHECK])
def test_findings_fail_at_the_severity_of_the_gate_or_above(finding: Finding) -> None:
    """Below they are minor."""
    found = [standing(rated(finding, each), gate=Gate(severity=Severity.HIGH)) for each in list(Severity)[1:]]
    assert found == [Standing.MINOR, Standing.MINOR, Standing.FAILS, Standing.FAILS]


@pytest.mark.parametrize("severity", Severity)
def test_licences_fail_at_a_severity_of_their_own(severity: Severity) -> None:
    """Forbidden ones do, as Trivy calls them; restricted ones if somebody wants it."""
    rows = [
        [standing(rated(LICENSE, each), gate=gate) for each in list(Severity)[1:]]
        for gate in (Gate(severity=severity), Gate(severity=severity, licenses=Severity.HIGH))
    ]
    assert rows == [
        [Standing.MINOR, Standing.MINOR, Standing.MINOR, Standing.FAILS],
        [Standing.MINOR, Standing.MINOR, Standing.FAILS, Standing.FAILS],
    ]


@pytest.mark.parametrize("finding", [SECRET, FILE])
@pytest.mark.parametrize("severity", Severity)
def test_secrets_and_files_fail_whatever_their_severity(finding: Finding, severity: Severity) -> None:
    """There is no minor secret."""
    assert standing(rated(finding, severity), gate=Gate(severity=Severity.CRITICAL)) is Standing.FAILS


@pytest.mark.parametrize(("severity", "fails"), [(each, each <= Severity.MEDIUM) for each in Severity])
def test_a_vulnerability_that_nobody_rated_counts_as_medium(severity: Severity, fails: bool) -> None:
    """That there is no rating does not say that it is harmless."""
    found = standing(rated(VULNERABILITY, Severity.UNKNOWN), gate=Gate(severity=severity))
    assert found is (Standing.FAILS if fails else Standing.MINOR)


@pytest.mark.parametrize("finding", [CHECK, LICENSE])
def test_what_else_nobody_rated_counts_least(finding: Finding) -> None:
    """Licences that Trivy does not classify are common."""
    gate = Gate(severity=Severity.LOW, licenses=Severity.LOW)
    assert standing(rated(finding, Severity.UNKNOWN), gate=gate) is Standing.MINOR


def test_a_vulnerability_that_no_version_fixes_passes() -> None:
    """Nobody can do anything, unless the gate is told otherwise."""
    unfixed = dataclasses.replace(VULNERABILITY, fixed="")
    assert standing(unfixed) is Standing.UNFIXED
    assert standing(unfixed, gate=Gate(ignore_unfixed=False)) is Standing.FAILS


@pytest.mark.parametrize("finding", [SECRET, FILE, CHECK, LICENSE])
def test_only_vulnerabilities_can_be_unfixed(finding: Finding) -> None:
    """The others have no version that fixes them, ever."""
    assert standing(finding) is Standing.FAILS


@pytest.mark.parametrize("finding", [VULNERABILITY, SECRET, FILE, CHECK, LICENSE])
def test_a_waiver_lets_a_finding_pass_with_its_reason(finding: Finding) -> None:
    """Secrets and files too."""
    waiver = dataclasses.replace(WAIVER, kind=finding.kind, id=finding.id)
    verdict = judge([scan(finding)], Gate(), [waiver], NOW)
    assert (only(verdict).standing, only(verdict).reason) == (Standing.WAIVED, "not reached")
    assert not verdict.failed


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (rated(VULNERABILITY, Severity.LOW), Standing.MINOR),
        (dataclasses.replace(VULNERABILITY, fixed=""), Standing.UNFIXED),
    ],
)
def test_what_passes_anyway_is_not_waived_but_the_waiver_is_used(finding: Finding, expected: Standing) -> None:
    """Once a fix comes out the waiver will be needed."""
    verdict = judge([scan(finding)], Gate(), [WAIVER], NOW)
    assert (only(verdict).standing, only(verdict).reason, verdict.notes) == (expected, "", [])


def test_of_several_waivers_the_one_that_holds_longest_speaks() -> None:
    """In whatever order they stand."""
    longer = dataclasses.replace(WAIVER, statement="a", paths=("**",), expires=LATER + dt.timedelta(1))
    for waivers in ([WAIVER, longer], [longer, WAIVER]):
        assert only(judge([scan(VULNERABILITY)], Gate(), waivers, NOW)).reason == "a"


def test_an_expired_waiver_fails_with_what_it_matches() -> None:
    """Somebody has to decide anew."""
    verdict = judge([scan(VULNERABILITY)], Gate(), [EXPIRED], NOW)
    assert only(verdict).standing is Standing.FAILS
    assert verdict.problems == [
        "the waiver of CVE-1 expired on 2026-10-01 (its reason: not reached); fix it, or decide anew"
    ]


def test_an_expired_waiver_that_nothing_needs_fails_too() -> None:
    """The sentence says to delete it; there is no second one."""
    verdict = judge([scan()], Gate(), [EXPIRED], NOW)
    assert verdict.problems == [
        "the waiver of CVE-1 expired on 2026-10-01 (its reason: not reached); nothing needs it any more: delete it"
    ]
    assert (verdict.failed, verdict.notes) == (True, [])


def test_a_waiver_that_matches_nothing_is_noted() -> None:
    """It fails nothing."""
    verdict = judge([scan()], Gate(), [WAIVER], NOW)
    assert verdict.notes == ["the waiver of CVE-1 matches nothing; delete it"]
    assert not verdict.failed


def test_a_part_cannot_tell_that_a_waiver_is_of_no_use() -> None:
    """It may be meant for what was not scanned, so nobody is told to delete it; that it expired is still said."""
    verdict = judge([scan()], Gate(), [WAIVER, EXPIRED], NOW, whole=False)
    assert verdict.notes == []
    assert verdict.problems == [
        "the waiver of CVE-1 expired on 2026-10-01 (its reason: not reached); fix it, or decide anew"
    ]


def test_a_waiver_that_one_target_needs_is_used() -> None:
    """The others need not have the finding."""
    assert judge([scan(), scan(VULNERABILITY, target="source")], Gate(), [WAIVER], NOW).notes == []


def test_what_the_published_image_has_does_not_fail() -> None:
    """Versions, lines and layers may differ."""
    older = dataclasses.replace(VULNERABILITY, installed="0", layer="sha256:old")
    verdict = judge([scan(VULNERABILITY)], Gate(), [], NOW, before=[scan(older)])
    assert (only(verdict).standing, verdict.failed) == (Standing.KNOWN, False)


@pytest.mark.parametrize("finding", [SECRET, FILE])
def test_known_secrets_and_files_do_not_fail(finding: Finding) -> None:
    """A comparison asks only for what is new."""
    assert not judge([scan(finding)], Gate(), [], NOW, before=[scan(finding)]).failed


def test_what_is_new_fails() -> None:
    """Beside what is known."""
    verdict = judge([scan(VULNERABILITY, SECRET)], Gate(), [], NOW, before=[scan(VULNERABILITY)])
    assert [found.finding for found in verdict.failing] == [SECRET]


def test_a_waiver_comes_before_what_is_known() -> None:
    """Its reason is worth more."""
    verdict = judge([scan(VULNERABILITY)], Gate(), [WAIVER], NOW, before=[scan(VULNERABILITY)])
    assert only(verdict).standing is Standing.WAIVED


@pytest.mark.parametrize("before", [None, [], [scan(VULNERABILITY, target="linux/arm64")]])
def test_where_nothing_was_compared_all_is_new(before: list[Scanned] | None) -> None:
    """What was published for another platform is none of ours."""
    assert only(judge([scan(VULNERABILITY)], Gate(), [], NOW, before=before)).standing is Standing.FAILS


@pytest.mark.parametrize("target", ["source", "linux/arm64"])
def test_a_vulnerability_that_is_published_is_known_in_other_targets(target: str) -> None:
    """The lock file and a new platform name it too, as often as they like."""
    here = [dataclasses.replace(VULNERABILITY, path=path, installed="1") for path in ("go.mod", "tools/go.mod")]
    verdict = judge([scan(), scan(*here, target=target)], Gate(), [], NOW, before=[scan(VULNERABILITY)])
    assert [found.standing for found in verdict.judged] == [Standing.KNOWN] * 2


@pytest.mark.parametrize(
    "finding",
    [
        dataclasses.replace(VULNERABILITY, package="b"),
        dataclasses.replace(VULNERABILITY, id="CVE-2"),
        SECRET,
        FILE,
        CHECK,
        LICENSE,
    ],
)
def test_what_else_a_target_has_that_was_not_compared_is_new(finding: Finding) -> None:
    """A secret in the source is another one than that of the image; so is another package, or advisory."""
    before = [scan(VULNERABILITY, SECRET, FILE, CHECK, LICENSE)]
    verdict = judge([scan(), scan(finding, target="source")], Gate(), [], NOW, before=before)
    assert only(verdict).standing is Standing.FAILS


def test_a_target_that_was_compared_is_judged_by_itself() -> None:
    """What another platform had is new on this one."""
    now = [scan(VULNERABILITY), scan(target="linux/arm64")]
    verdict = judge(now, Gate(), [], NOW, before=[scan(), scan(VULNERABILITY, target="linux/arm64")])
    assert only(verdict).standing is Standing.FAILS


def places(found: list[Judged]) -> list[tuple[str, int, str]]:
    """Where they are, and in which version."""
    return [(each.finding.path, each.finding.line, each.finding.installed) for each in found]


@pytest.mark.parametrize(
    ("finding", "had", "has", "new"),
    [
        (SECRET, [("a.ini", 1, "")], [("a.ini", 1, ""), ("a.ini", 5, "")], [("a.ini", 5, "")]),
        (SECRET, [("a.ini", 5, "")], [("a.ini", 1, ""), ("a.ini", 5, "")], [("a.ini", 1, "")]),
        (SECRET, [("a.ini", 5, "")], [("a.ini", 2, ""), ("a.ini", 6, "")], [("a.ini", 6, "")]),
        (VULNERABILITY, [("b", 0, "1")], [("a", 0, "1"), ("b", 0, "1")], [("a", 0, "1")]),
        (VULNERABILITY, [("b", 0, "1")], [("b", 0, "1"), ("b", 0, "0")], [("b", 0, "0")]),
        (VULNERABILITY, [("b", 0, "1")], [("a", 0, "2"), ("b", 0, "2")], [("a", 0, "2")]),
        (VULNERABILITY, [("b", 0, "1")], [("a", 0, "2")], []),
        (VULNERABILITY, [("a", 0, "1"), ("a", 0, "1")], [("a", 0, "1")] * 3, [("a", 0, "1")]),
    ],
)
def test_findings_of_a_key_are_counted(
    finding: Finding, had: list[tuple[str, int, str]], has: list[tuple[str, int, str]], new: list[tuple[str, int, str]]
) -> None:
    """Known is first what is where it was, then what is in the same file, then any; the surplus is new, or gone."""
    old, now = (
        scan(*(dataclasses.replace(finding, path=path, line=line, installed=version) for path, line, version in each))
        for each in (had, has)
    )
    verdict = judge([now], Gate(), [], NOW, before=[old])
    assert (places([*verdict.failing]), len(verdict.judged), verdict.gone) == (new, len(has), [])
    back = judge([old], Gate(), [], NOW, before=[now])
    assert (places([*back.gone]), back.failing) == (new, [])


def test_what_is_waived_is_counted_too() -> None:
    """That the known one is waived does not make the other one known."""
    there = dataclasses.replace(VULNERABILITY, path="b")
    waiver = dataclasses.replace(WAIVER, paths=("a",))
    here = dataclasses.replace(VULNERABILITY, path="a")
    verdict = judge([scan(here, there)], Gate(), [waiver], NOW, before=[scan(here)])
    assert [found.standing for found in verdict.judged] == [Standing.FAILS, Standing.WAIVED]


def test_what_is_no_longer_there_is_gone() -> None:
    """Whether it would have failed or not."""
    minor = rated(CHECK, Severity.LOW)
    verdict = judge([scan(VULNERABILITY)], Gate(), [], NOW, before=[scan(minor, VULNERABILITY, SECRET)])
    assert [found.finding for found in verdict.gone] == [minor, SECRET]


def test_of_a_target_that_was_not_scanned_nothing_is_gone() -> None:
    """Nobody looked."""
    assert judge([scan()], Gate(), [], NOW, before=[scan(SECRET, target="linux/arm64")]).gone == []


def test_what_fails_comes_first_then_the_worst() -> None:
    """As people read."""
    worst = rated(dataclasses.replace(VULNERABILITY, fixed="", id="CVE-2"), Severity.CRITICAL)
    verdict = judge([scan(rated(CHECK, Severity.MEDIUM), worst, SECRET, VULNERABILITY)], Gate(), [], NOW)
    assert [found.finding.id for found in verdict.judged] == ["CVE-1", "github-pat", "CVE-2", "DS-0002"]


FINDINGS = st.builds(
    Finding,
    kind=st.sampled_from(Kind),
    id=st.sampled_from(["x", "y"]),
    severity=st.sampled_from(Severity),
    package=st.sampled_from(["", "a", "b"]),
    fixed=st.sampled_from(["", "2"]),
    installed=st.sampled_from(["", "1"]),
    path=st.sampled_from(["", "a", "b/c"]),
    line=st.integers(0, 2),
    title=st.sampled_from(["", "t"]),
)
SCANS = st.lists(
    st.builds(
        Scanned,
        target=st.sampled_from(["linux/amd64", "linux/arm64", "source"]),
        findings=st.lists(FINDINGS, max_size=6),
        packages=st.integers(0, 1),
        system=st.sampled_from(["", "debian 11"]),
        ended=st.booleans(),
        unknown=st.booleans(),
    ),
    max_size=4,
)
WAIVERS = st.builds(
    Waiver,
    kind=st.sampled_from(Kind),
    id=st.sampled_from(["x", "y", "z"]),
    statement=st.sampled_from(["one", "two"]),
    expires=st.sampled_from([BEFORE, NOW, LATER]),
    paths=st.sampled_from([(), ("**",), ("b/*",)]),
)
GATES = st.builds(
    Gate,
    severity=st.sampled_from(Severity),
    licenses=st.sampled_from(Severity),
    ignore_unfixed=st.booleans(),
    allow_ended=st.booleans(),
)
MANY = st.lists(WAIVERS, max_size=4)


def mixed(data: st.DataObject, scans: list[Scanned]) -> list[Scanned]:
    """The same scans in another order, with their findings in another order."""
    return [
        dataclasses.replace(each, findings=data.draw(st.permutations(each.findings)))
        for each in data.draw(st.permutations(scans))
    ]


@given(SCANS, GATES, MANY, SCANS, st.booleans(), st.data())
def test_the_order_makes_no_difference(
    scans: list[Scanned], gate: Gate, waivers: list[Waiver], before: list[Scanned], whole: bool, data: st.DataObject
) -> None:
    """Of scans, of findings in them, of waivers, of what was published."""
    verdict = judge(scans, gate, waivers, NOW, before, whole=whole)
    others = data.draw(st.permutations(waivers))
    assert judge(mixed(data, scans), gate, others, NOW, mixed(data, before), whole=whole) == verdict


@given(SCANS, GATES, MANY, SCANS | st.none())
def test_each_finding_has_exactly_one_standing(
    scans: list[Scanned], gate: Gate, waivers: list[Waiver], before: list[Scanned] | None
) -> None:
    """Nothing is lost, and nothing comes twice."""
    found = sorted((each.target, repr(each.finding)) for each in judge(scans, gate, waivers, NOW, before).judged)
    assert found == sorted((scan.target, repr(finding)) for scan in scans for finding in scan.findings)


@given(SCANS, GATES, MANY, WAIVERS, SCANS | st.none())
def test_another_waiver_never_makes_more_fail(
    scans: list[Scanned], gate: Gate, waivers: list[Waiver], another: Waiver, before: list[Scanned] | None
) -> None:
    """Of the findings; it may itself have expired."""
    fewer = judge(scans, gate, [*waivers, another], NOW, before).failing
    assert all(found in judge(scans, gate, waivers, NOW, before).failing for found in fewer)


@given(SCANS, GATES, MANY, st.sampled_from(Severity), st.sampled_from(Severity), SCANS | st.none())
def test_a_higher_severity_never_makes_more_fail(
    scans: list[Scanned],
    gate: Gate,
    waivers: list[Waiver],
    severity: Severity,
    licenses: Severity,
    before: list[Scanned] | None,
) -> None:
    """Of the findings, and of the problems neither."""
    pairs = zip(sorted((gate.severity, severity)), sorted((gate.licenses, licenses)), strict=True)
    low, high = (
        judge(scans, dataclasses.replace(gate, severity=each, licenses=other), waivers, NOW, before)
        for each, other in pairs
    )
    assert all(found in low.failing for found in high.failing)
    assert low.problems == high.problems


@given(SCANS, GATES, MANY)
def test_compared_with_itself_no_finding_fails(scans: list[Scanned], gate: Gate, waivers: list[Waiver]) -> None:
    """What remains are waivers that expired and distributions that ended or that nobody knows."""
    verdict = judge(scans, gate, waivers, NOW, before=scans)
    asked = any(each.expires <= NOW for each in waivers) or any(each.ended for each in scans)
    assert (verdict.failing, verdict.gone) == ([], [])
    assert not verdict.failed or asked


@given(st.lists(FINDINGS), st.lists(FINDINGS))
def test_as_many_are_new_as_were_not_there(now: list[Finding], before: list[Finding]) -> None:
    """And as many are gone as are not there now, of each key."""
    gate = Gate(severity=Severity.UNKNOWN, licenses=Severity.UNKNOWN, ignore_unfixed=False)
    verdict = judge([scan(*now)], gate, [], NOW, before=[scan(*before)])
    ours, theirs = (Counter(finding.key for finding in each) for each in (now, before))
    assert Counter(found.finding.key for found in verdict.failing) == ours - theirs
    assert Counter(found.finding.key for found in verdict.gone) == theirs - ours


@given(st.lists(FINDINGS), GATES, MANY, st.lists(FINDINGS), FINDINGS)
def test_what_was_published_beside_never_makes_more_fail(
    now: list[Finding], gate: Gate, waivers: list[Waiver], before: list[Finding], another: Finding
) -> None:
    """In the same target and in others."""
    scans = [scan(*now), scan(*now, target="source")]
    more, fewer = (judge(scans, gate, waivers, NOW, [scan(*each)]).failing for each in (before, [*before, another]))
    counted = [Counter((each.target, each.finding) for each in failing) for failing in (more, fewer)]
    assert counted[1] <= counted[0]
