"""What Trivy found, read from its JSON report."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

from pipeline.policy.findings import Finding, Kind, Scanned, Severity

SCHEMA: Final = 2
"""The schema of the reports that the pinned Trivy writes."""

ARTIFACTS: Final = ("container_image", "filesystem", "repository")
"""What may have been scanned: an image, or a tree. Trivy also reads SBOMs and virtual machines."""

STATES: Final = ("PASS", "EXCEPTION", "FAIL")
"""How a check of the configuration may come out; only the last is a finding."""

_UNKNOWN: Final = "This OS version is not on the EOL list"

_TYPES: Final = {str: "text", int: "whole number", bool: "truth value", dict: "object", list: "list"}

T = TypeVar("T", str, int, bool, dict[str, Any], list[Any])


def parse_scan(text: str, target: str) -> Scanned:
    """Read Trivy's JSON report (SchemaVersion 2; `Report` in its pkg/types) of an image or of a tree.

    A finding's path is the one of its package where there is one, and "" where it belongs to the whole image. What the
    report quotes of a file (`Match`, `Code`) is left out: it may hold the secret.

    Raises:
        ValueError: it is no such report. Nothing is guessed: a broken report must not look like a clean one.
    """
    try:
        report = json.loads(text)
        if not isinstance(report, dict):
            raise ValueError("it is no object")  # noqa: TRY004, TRY301 - a wrong value of a file
        _check(report)
        results = _each(report, "Results")
        found = {finding for result in results for finding in _findings(result, _get(report, "ArtifactName", ""))}
        system = _get(_get(report, "Metadata", {}), "OS", {})
        return Scanned(
            target=target,
            findings=sorted(found, key=_order),
            packages=sum(len(_each(result, "Packages")) for result in results),
            system=f"{_get(system, 'Family', '')} {_get(system, 'Name', '')}".strip(),
            ended=_get(system, "EOSL", False),
        )
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the scan of {target} gave no report of Trivy's that can be read: {error}") from error


def is_unknown(log: str) -> bool:
    """Whether Trivy's log says that it does not know the release of the distribution; its report does not say it."""
    return _UNKNOWN in log


def _check(report: Mapping[str, Any]) -> None:
    """Refuse what is no report, or a report of something else."""
    if (schema := _get(report, "SchemaVersion", 0)) != SCHEMA:
        raise ValueError(f"its SchemaVersion is {schema}, and {SCHEMA} is read")
    if (artifact := _get(report, "ArtifactType", "")) not in ARTIFACTS:
        raise ValueError(f"its ArtifactType is {artifact!r}, and {', '.join(ARTIFACTS)} are read")


def _order(finding: Finding) -> tuple[object, ...]:
    named = (finding.kind, finding.id, finding.package, finding.path)
    return (-finding.severity, *named, finding.line, finding.installed, repr(finding))


def _findings(result: Mapping[str, Any], artifact: str) -> Iterator[Finding]:
    """Read one result: the packages of one source, the secrets or the configuration of one file."""
    path = _get(result, "Target", "").removeprefix("/")
    # What belongs to no file is said to lie in the artifact, whose name is an accident of the scan.
    if _get(result, "Class", "") == "os-pkgs" or path in {artifact.removeprefix("/"), "OS Packages"}:
        path = ""
    for found in _each(result, "Vulnerabilities"):
        yield _vulnerability(found, path)
    for found in _each(result, "Secrets"):
        yield _secret(found, path)
    for found in _each(result, "Misconfigurations"):
        if (status := _name(found, "Status")) not in STATES:
            raise ValueError(f"a Status of a check is {status!r}, and {', '.join(STATES)} are read")
        if status == "FAIL":
            yield _misconfiguration(found, path)
    for found in _each(result, "Licenses"):
        yield _license(found, path)


def _vulnerability(found: Mapping[str, Any], path: str) -> Finding:
    return Finding(
        kind=Kind.VULNERABILITY,
        id=_name(found, "VulnerabilityID"),
        severity=_severity(found),
        package=_name(found, "PkgName"),
        installed=_get(found, "InstalledVersion", ""),
        fixed=_get(found, "FixedVersion", ""),
        path=_get(found, "PkgPath", "").removeprefix("/") or path,
        layer=_layer(found),
        title=_get(found, "Title", ""),
        url=_get(found, "PrimaryURL", ""),
        purl=_get(_get(found, "PkgIdentifier", {}), "PURL", ""),
    )


def _secret(found: Mapping[str, Any], path: str) -> Finding:
    return Finding(
        kind=Kind.SECRET,
        id=_name(found, "RuleID"),
        severity=_severity(found),
        path=path,
        line=_get(found, "StartLine", 0),
        layer=_layer(found),
        title=_get(found, "Title", ""),
    )


def _misconfiguration(found: Mapping[str, Any], path: str) -> Finding:
    return Finding(
        kind=Kind.MISCONFIGURATION,
        id=_name(found, "ID"),
        severity=_severity(found),
        path=path,
        line=_get(_get(found, "CauseMetadata", {}), "StartLine", 0),
        title=_get(found, "Title", ""),
        url=_get(found, "PrimaryURL", ""),
    )


def _license(found: Mapping[str, Any], path: str) -> Finding:
    return Finding(
        kind=Kind.LICENSE,
        id=_name(found, "Name"),
        severity=_severity(found),
        package=_get(found, "PkgName", ""),
        path=_get(found, "FilePath", "").removeprefix("/") or path,
        url=_get(found, "Link", ""),
    )


def _severity(found: Mapping[str, Any]) -> Severity:
    """Read a rating; a word that is none is no rating."""
    return Severity.__members__.get(_get(found, "Severity", ""), Severity.UNKNOWN)


def _layer(found: Mapping[str, Any]) -> str:
    """Read the digest of a layer. A layer that was never in a registry has only the one of its unpacked bytes."""
    layer = _get(found, "Layer", {})
    return _get(layer, "Digest", "") or _get(layer, "DiffID", "")


def _each(part: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Take a list of objects; Trivy leaves out those that are empty."""
    values = _get(part, name, [])
    for value in values:
        if not isinstance(value, dict):
            raise ValueError(f"{name} holds what is no object")  # noqa: TRY004 - a wrong value of a file
    return values


def _name(part: Mapping[str, Any], name: str) -> str:
    """Take a text without which a finding is none."""
    if value := _get(part, name, ""):
        return value
    raise ValueError(f"a {name} is missing")


def _get(part: Mapping[str, Any], name: str, default: T) -> T:
    """Take a value of the default's type, which stands for one that is left out."""
    value = part.get(name, default)
    # Not isinstance: a truth value is an int to Python, and no line number.
    if type(value) is not type(default):
        raise ValueError(f"a {name} is no {_TYPES[type(default)]}")
    return value
