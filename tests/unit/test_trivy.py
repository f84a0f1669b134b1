"""Reports of Trivy's: real ones, trimmed and without what they quote, and what is none."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.findings import Finding, Kind, Scanned, Severity
from pipeline.policy.trivy import is_unknown, parse_scan

REPORTS = Path(__file__).parent / "reports"
BASE = "sha256:537442abd317c5ca1d4198f4bb4f64572967131df267d235543eaedca65a707a"
APP = "sha256:06bf0bb691c4fc6ecec4a1c09c8b0fa3962fce7e5e43d7f73ab064c08069ed17"


def read(name: str, target: str = "linux/amd64") -> Scanned:
    """A report of Trivy 0.74."""
    return parse_scan((REPORTS / f"{name}.json").read_text("utf-8"), target)


def report(**parts: object) -> str:
    """The smallest report there is, with parts of another."""
    return json.dumps({"SchemaVersion": 2, "ArtifactName": "x.tar", "ArtifactType": "container_image"} | parts)


def with_result(**parts: object) -> str:
    """A report with one result."""
    return report(Results=[{"Target": "a"} | parts])


def vulnerability(**parts: object) -> dict[str, object]:
    """One as small as Trivy may write it."""
    return {"VulnerabilityID": "CVE-1", "PkgName": "a", "Severity": "LOW"} | parts


def named(scanned: Scanned, kind: Kind) -> list[tuple[str, str, str]]:
    """Id, package and path of the findings of a kind."""
    return [(found.id, found.package, found.path) for found in scanned.findings if found.kind is kind]


def test_the_vulnerabilities_of_a_tree_are_read() -> None:
    """They lie in the file that names the package."""
    assert named(read("tree"), Kind.VULNERABILITY) == [
        ("CVE-2021-44906", "minimist", "package-lock.json"),
        ("CVE-2024-45337", "golang.org/x/crypto", "go.mod"),
        ("CVE-2023-39325", "golang.org/x/net", "go.mod"),
        ("CVE-2024-4068", "braces", "package-lock.json"),
        ("CVE-2025-22869", "golang.org/x/crypto", "go.mod"),
        ("CVE-2024-4067", "micromatch", "package-lock.json"),
    ]


def test_the_vulnerabilities_of_an_image_are_read() -> None:
    """Those of the distribution lie in no file, the others in that of their package."""
    assert named(read("image"), Kind.VULNERABILITY) == [
        ("CVE-2021-44906", "minimist", "app/node_modules/minimist/package.json"),
        ("CVE-2025-15467", "libssl3t64", ""),
        ("CVE-2024-4068", "braces", "app/node_modules/braces/package.json"),
        ("CVE-2026-12064", "curl", ""),
        ("CVE-2011-3374", "apt", ""),
    ]


def test_a_vulnerability_is_read_whole() -> None:
    """With what fixes it, and the layer that brought it."""
    assert read("image").findings[3] == Finding(
        kind=Kind.VULNERABILITY,
        id="CVE-2025-15467",
        severity=Severity.CRITICAL,
        package="libssl3t64",
        installed="3.5.0-1",
        fixed="3.5.4-1~deb13u2",
        layer=BASE,
        title="openssl: stack buffer overflow in CMS AuthEnvelopedData parsing",
        url="https://avd.aquasec.com/nvd/cve-2025-15467",
        purl="pkg:deb/debian/libssl3t64@3.5.0-1?arch=amd64&distro=debian-13.1",
    )


def test_a_vulnerability_that_no_version_fixes_has_no_fix() -> None:
    """Trivy leaves the field out."""
    assert [found.fixed for found in read("image").findings if found.package == "curl"] == ["", ""]


def test_secrets_are_read_with_their_place() -> None:
    """File, line and layer; those of the image's own settings lie in no file."""
    secrets = [found for found in read("image").findings if found.kind is Kind.SECRET]
    assert [(found.id, found.path, found.line, found.layer, found.title) for found in secrets] == [
        ("aws-access-key-id", "app/conf/id.ini", 2, APP, "AWS Access Key ID"),
        ("github-pat", "", 28, "", "GitHub Personal Access Token"),
    ]


def test_what_a_report_quotes_of_a_secret_is_not_kept() -> None:
    """Trivy masks it, but not all that stands around it."""
    found = {"RuleID": "x", "Severity": "HIGH", "Match": "hunter2", "Code": {"Lines": [{"Content": "hunter2"}]}}
    assert "hunter2" not in repr(parse_scan(with_result(Secrets=[found]), "source"))


def test_only_checks_that_failed_are_findings() -> None:
    """A report may list those that passed."""
    checks = [{"ID": status, "Status": status, "Severity": "HIGH"} for status in ("PASS", "FAIL", "EXCEPTION")]
    assert named(parse_scan(with_result(Misconfigurations=checks), "source"), Kind.MISCONFIGURATION) == [
        ("FAIL", "", "a")
    ]


def test_failed_checks_have_a_file_and_a_line() -> None:
    """The line is 0 where the whole file is meant."""
    checks = [found for found in read("tree").findings if found.kind is Kind.MISCONFIGURATION]
    assert [(found.id, found.severity, found.path, found.line) for found in checks] == [
        ("DS-0002", Severity.HIGH, "Dockerfile", 0),
        ("DS-0017", Severity.HIGH, "Dockerfile", 2),
        ("DS-0026", Severity.LOW, "Dockerfile", 0),
    ]


def test_licenses_are_read_with_their_packages() -> None:
    """As Trivy rates them."""
    assert named(read("image"), Kind.LICENSE) == [
        ("GPL-2.0-only", "curl", ""),
        ("GPL-3.0-only", "braces", "app/node_modules/braces/package.json"),
        ("MIT", "minimist", "app/node_modules/minimist/package.json"),
    ]


@pytest.mark.parametrize(
    ("name", "system", "ended", "packages"),
    [
        ("image", "debian 13.1", False, 5),
        ("ended", "debian 9.1", True, 5),
        ("clean", "debian 13.8", False, 22),
        ("tree", "", False, 6),
    ],
)
def test_the_distribution_is_read(name: str, system: str, ended: bool, packages: int) -> None:
    """Its name, whether it ended, and how much was looked at."""
    found = read(name)
    assert (found.system, found.ended, found.packages) == (system, ended, packages)


@pytest.mark.parametrize(
    ("line", "unknown"),
    [
        ('WARN\tThis OS version is not on the EOL list\tfamily="debian" version="15"', True),
        ('WARN\tThis OS version is no longer supported by the distribution\tfamily="debian" version="9.1"', False),
        ('INFO\tDetected OS\tfamily="debian" version="13.1"', False),
    ],
)
def test_only_the_log_says_that_a_release_is_unknown(line: str, unknown: bool) -> None:
    """Lines of Trivy 0.74: the report on Debian 15 is one without vulnerabilities, and nothing else."""
    head = "2026-11-25T03:33:25Z\tINFO\t[vuln] Vulnerability scanning is enabled\n"
    assert is_unknown(f"{head}2026-11-25T03:33:25Z\t{line}\n{head}") is unknown
    assert not is_unknown("")


def test_a_report_without_results_is_clean() -> None:
    """Trivy writes none where it found nothing to look at."""
    assert parse_scan(report(), "source") == Scanned(target="source", findings=[])


def test_a_clean_image_has_no_findings() -> None:
    """The image of the API, as it is."""
    assert read("clean").findings == []


def test_the_digest_in_the_registry_is_preferred() -> None:
    """It is what people can look for."""
    layer = {"Digest": "sha256:packed", "DiffID": "sha256:unpacked"}
    found = parse_scan(with_result(Vulnerabilities=[vulnerability(Layer=layer)]), "linux/amd64").findings
    assert [each.layer for each in found] == ["sha256:packed"]


@pytest.mark.parametrize("word", ["", "NEGLIGIBLE", "high"])
def test_a_rating_that_nobody_knows_is_unknown(word: str) -> None:
    """It is not taken for a low one."""
    found = parse_scan(with_result(Vulnerabilities=[vulnerability(Severity=word)]), "source").findings
    assert [each.severity for each in found] == [Severity.UNKNOWN]


def test_the_same_finding_counts_once() -> None:
    """Trivy may list a package twice."""
    assert len(parse_scan(with_result(Vulnerabilities=[vulnerability()] * 2), "source").findings) == 1


def test_the_worst_comes_first() -> None:
    """Then kind, id, package and path decide."""
    found = read("tree").findings
    assert list(found) == sorted(found, key=lambda each: (-each.severity, each.kind, each.id, each.package, each.path))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value"),
        ("null", "it is no object"),
        ("{}", "its SchemaVersion is 0, and 2 is read"),
        (report(SchemaVersion=1), "its SchemaVersion is 1"),
        (report(SchemaVersion="2"), "a SchemaVersion is no whole number"),
        (report(SchemaVersion=True), "a SchemaVersion is no whole number"),
        ('{"SchemaVersion": 2}', "its ArtifactType is ''"),
        (report(ArtifactType="cyclonedx"), "its ArtifactType is 'cyclonedx'"),
        (report(Results={}), "a Results is no list"),
        (report(Results=None), "a Results is no list"),
        (report(Results=["a"]), "Results holds what is no object"),
        (report(Metadata=[]), "a Metadata is no object"),
        (report(Metadata={"OS": {"EOSL": "true"}}), "a EOSL is no truth value"),
        (report(Metadata={"OS": {"Family": 1}}), "a Family is no text"),
        (with_result(Target=1), "a Target is no text"),
        (with_result(Vulnerabilities={}), "a Vulnerabilities is no list"),
        (with_result(Vulnerabilities=[1]), "Vulnerabilities holds what is no object"),
        (with_result(Vulnerabilities=[{}]), "a VulnerabilityID is missing"),
        (with_result(Vulnerabilities=[vulnerability(PkgName="")]), "a PkgName is missing"),
        (with_result(Vulnerabilities=[vulnerability(Severity=4)]), "a Severity is no text"),
        (with_result(Vulnerabilities=[vulnerability(FixedVersion=None)]), "a FixedVersion is no text"),
        (with_result(Vulnerabilities=[vulnerability(Layer="x")]), "a Layer is no object"),
        (with_result(Secrets=[{"RuleID": "x", "StartLine": True}]), "a StartLine is no whole number"),
        (with_result(Misconfigurations=[{"ID": "DS-0002"}]), "a Status is missing"),
        (with_result(Misconfigurations=[{"ID": "DS-0002", "Status": "fail"}]), "a Status of a check is 'fail'"),
        (with_result(Licenses=[{"PkgName": "a"}]), "a Name is missing"),
        (with_result(Packages=[1]), "Packages holds what is no object"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_what_is_no_report_is_refused(text: str, reason: str) -> None:
    """A broken report must not look like a clean one."""
    with pytest.raises(
        ValueError, match="the scan of linux/arm64 gave no report of Trivy's that can be read: "
    ) as error:
        parse_scan(text, "linux/arm64")
    assert reason in str(error.value)


def test_a_report_that_was_cut_off_is_refused() -> None:
    """Wherever it was cut."""
    text = (REPORTS / "image.json").read_text("utf-8").strip()
    for length in range(0, len(text), 97):
        with pytest.raises(ValueError, match="gave no report of Trivy's that can be read"):
            parse_scan(text[:length], "linux/amd64")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([2, "FAIL", "filesystem"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(JUNK)
def test_json_of_something_else_is_refused(value: object) -> None:
    """Nothing but a ValueError comes out."""
    with pytest.raises(ValueError, match="the scan of source gave no report"):
        parse_scan(json.dumps(value), "source")


@given(st.sampled_from(["image", "tree"]), st.data())
def test_a_report_with_a_wrong_value_is_read_or_refused(name: str, data: st.DataObject) -> None:
    """Whatever stands anywhere in it, nothing but a ValueError comes out."""
    whole = part = json.loads((REPORTS / f"{name}.json").read_text("utf-8"))
    while True:
        key = data.draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part))))
        if not isinstance(part[key], dict | list) or not part[key] or data.draw(st.booleans()):
            break
        part = part[key]
    part[key] = data.draw(JUNK)
    with contextlib.suppress(ValueError):
        assert parse_scan(json.dumps(whole), "source").target == "source"


@given(st.text())
def test_text_that_is_no_json_is_refused(text: str) -> None:
    """Nothing but a ValueError comes out."""
    with pytest.raises(ValueError, match="the scan of source gave no report"):
        parse_scan(text, "source")
