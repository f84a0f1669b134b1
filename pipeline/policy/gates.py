"""What fails an image: size budgets, and findings that nobody waived."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Sequence
from typing import Final

from pipeline.policy.findings import Finding, Kind, Scanned, Severity
from pipeline.policy.sizes import Layer
from pipeline.policy.waivers import Waiver

MB: Final = 1_000_000
"""Sizes are decimal, as registries and `docker images` print them."""

_Key = tuple[str, str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Budget:
    """The most that an image may weigh unpacked, in MB (10^6 bytes). None: no limit.

    `total` counts every layer, `added` those that the application adds to its base.
    """

    total: int | None = None
    added: int | None = None

    def __post_init__(self) -> None:
        """Refuse what can only be a mistake."""
        for name, limit in (("total", self.total), ("added", self.added)):
            if limit is not None and limit < 1:
                raise ValueError(
                    f"a budget of {limit} MB ({name}) allows no image at all; give 1 or more, or leave it out"
                )


def over_budget(layers: Sequence[Layer], budget: Budget) -> str:
    """Say in a sentence what broke the budget, with the layer that weighs most; "" when nothing did."""
    own = [layer for layer in layers if not layer.base]
    for limit, counted, what in (
        (budget.added, own, "adds"),
        (budget.total, list(layers), "holds"),
    ):
        size = sum(layer.unpacked for layer in counted)
        if limit is not None and size > limit * MB:
            largest = max(own or counted, key=lambda layer: layer.unpacked)
            return (
                f"the image {what} {size / MB:.1f} MB unpacked and its budget is {limit} MB; the largest layer "
                f"{'that it adds' if own else 'of its base'} is {largest.content or largest.digest} "
                f"with {largest.unpacked / MB:.1f} MB"
            )
    return ""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """Which findings fail: those of a severity or above. Secrets and forbidden files always do.

    `ignore_unfixed` lets vulnerabilities pass that no version fixes; `allow_ended` a distribution that nobody supports
    any more, which would otherwise fail, since its vulnerabilities are no longer reported.
    """

    severity: Severity = Severity.HIGH
    ignore_unfixed: bool = True
    allow_ended: bool = False


class Standing(enum.StrEnum):
    """What became of a finding at the gate, and why."""

    FAILS = "fails"
    WAIVED = "waived"
    KNOWN = "known"
    UNFIXED = "unfixed"
    MINOR = "minor"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A finding in a target, and what became of it; `reason` is the statement of the waiver."""

    target: str
    finding: Finding
    standing: Standing
    reason: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a gate says of an application: every finding, what is gone since the image that it was compared with, ...

    `problems` are sentences that fail it besides the findings (an expired waiver, a distribution that ended); `notes`
    are sentences that do not (a waiver that matches nothing).
    """

    judged: Sequence[Judged]
    gone: Sequence[Judged] = ()
    problems: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def failing(self) -> Sequence[Judged]:
        """The findings that fail."""
        return [found for found in self.judged if found.standing is Standing.FAILS]

    @property
    def failed(self) -> bool:
        """Whether the gate is closed."""
        return bool(self.failing or self.problems)


def judge(
    scans: Sequence[Scanned],
    gate: Gate,
    waivers: Sequence[Waiver],
    now: dt.datetime,
    before: Sequence[Scanned] | None = None,
) -> Verdict:
    """Hold the findings of all targets of an application against a gate.

    - Secrets and files fail whatever their severity, the others at the gate's or above; below they are MINOR.
    - A vulnerability that nobody rated counts as MEDIUM: that no rating was given does not say that it is harmless, and
      a gate at HIGH lets it pass as those of Trivy and Grype do. Other findings without a rating are the least.
    - A waiver that holds turns what would fail into WAIVED. What passes anyway stays MINOR or UNFIXED.
    - With `before`, the scans of the published image, only what is new fails, and this goes for secrets and files too:
      a published secret has to be revoked, and stopping the next image does not take it back. A target that is not in
      `before` is judged as if nothing had been compared; one that is only in `before` was not scanned, so nothing of it
      is said to be gone.
    - A waiver that expired is a problem whether it matches or not, and so is a distribution that ended, known or new:
      both ask somebody for a decision.

    `now` has a time zone. The order of the arguments makes no difference.
    """
    known = _keys(before or ())
    found = _keys(scans)
    valid = [waiver for waiver in waivers if not waiver.expired(now)]
    judged = [_judged(scan.target, finding, gate, valid, known) for scan in scans for finding in scan.findings]
    gone = [
        Judged(target=scan.target, finding=finding, standing=Standing.KNOWN)
        for scan in before or ()
        for finding in scan.findings
        if scan.target in found and finding.key not in found[scan.target]
    ]
    unused = [waiver for waiver in waivers if not any(waiver.matches(each.finding) for each in judged)]
    expired = [_expired(waiver, waiver not in unused) for waiver in waivers if waiver not in valid]
    return Verdict(
        judged=sorted(judged, key=_order),
        gone=sorted(gone, key=_order),
        problems=[*sorted(expired), *([] if gate.allow_ended else _ended(scans))],
        notes=sorted(f"the waiver of {each.name} matches nothing; delete it" for each in unused if each in valid),
    )


def _keys(scans: Sequence[Scanned]) -> dict[str, set[_Key]]:
    """Collect what was found in each target."""
    keys: dict[str, set[_Key]] = {scan.target: set() for scan in scans}
    for scan in scans:
        keys[scan.target].update(finding.key for finding in scan.findings)
    return keys


def _judged(target: str, finding: Finding, gate: Gate, valid: Sequence[Waiver], known: dict[str, set[_Key]]) -> Judged:
    standing, reason = _passes(finding, gate), ""
    matching = [waiver for waiver in valid if waiver.matches(finding)]
    if standing is None and matching:
        # The one that holds longest speaks, in whatever order they stand.
        standing, reason = Standing.WAIVED, max((waiver.expires, waiver.statement) for waiver in matching)[1]
    if standing is None:
        standing = Standing.KNOWN if finding.key in known.get(target, ()) else Standing.FAILS
    return Judged(target=target, finding=finding, standing=standing, reason=reason)


def _passes(finding: Finding, gate: Gate) -> Standing | None:
    """Say why a finding passes by itself, if it does."""
    if finding.kind in {Kind.SECRET, Kind.FILE}:
        return None
    vulnerability = finding.kind is Kind.VULNERABILITY
    unrated = vulnerability and finding.severity is Severity.UNKNOWN
    if (Severity.MEDIUM if unrated else finding.severity) < gate.severity:
        return Standing.MINOR
    return Standing.UNFIXED if vulnerability and not finding.fixed and gate.ignore_unfixed else None


def _expired(waiver: Waiver, used: bool) -> str:
    what = "fix it, or decide anew" if used else "nothing needs it any more: delete it"
    return f"the waiver of {waiver.name} expired on {waiver.expires:%Y-%m-%d} (its reason: {waiver.statement}); {what}"


def _ended(scans: Sequence[Scanned]) -> list[str]:
    """Name each distribution that ended once, with the targets that stand on it."""
    systems: dict[str, set[str]] = {}
    for scan in scans:
        if scan.ended:
            systems.setdefault(scan.system or "distribution", set()).add(scan.target)
    return [
        f"the base {system} of {' and '.join(sorted(targets))} is no longer supported, so new vulnerabilities "
        "of it are not reported; move to a newer base, or allow it"
        for system, targets in sorted(systems.items())
    ]


def _order(judged: Judged) -> tuple[object, ...]:
    """Put what fails first, then what is worst; the rest only keeps the order the same from run to run."""
    finding = judged.finding
    named = (finding.kind, finding.id, finding.package, finding.path, judged.target)
    return (judged.standing is not Standing.FAILS, -finding.severity, *named, repr(judged))
