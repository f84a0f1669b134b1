"""What fails an image: size budgets, and findings that nobody waived."""

import dataclasses
import datetime as dt
import enum
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Final

from pipeline.policy.findings import SOURCE, Finding, Kind, Scanned, Severity
from pipeline.policy.sizes import Layer
from pipeline.policy.waivers import Waiver

MB: Final = 1_000_000
"""Sizes are decimal, as registries and `docker images` print them."""

_ALIKE: Final[Sequence[Callable[[Finding], Hashable]]] = (
    lambda found: (found.key, found.path, found.line, found.installed),
    lambda found: (found.key, found.path),
    lambda found: found.key,
)
"""What makes two findings the same one in two images, the surest first: of several, what moved least is not new."""

_Place = tuple[str, Finding]


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
    """Which findings fail: licences from `licenses` on, the others from `severity` on. Secrets and files always do.

    Licences have their own, because their rating is no measure of danger: Trivy calls "forbidden" CRITICAL and
    "restricted", such as GPL and LGPL, HIGH. Whether the latter may ship depends on how it is used, which no scanner
    knows, and almost every tree holds some (Next.js brings an LGPL library).

    `ignore_unfixed` lets vulnerabilities pass that no version fixes; `allow_ended` a distribution that nobody supports
    any more, which would otherwise fail, since new vulnerabilities of it are not reported. A release that the scanner
    does not know is a note: it is often newer than the scanner, and may be scanned well.
    """

    severity: Severity = Severity.HIGH
    licenses: Severity = Severity.CRITICAL
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
    are sentences that do not (a waiver that matches nothing, a release that the scanner does not know, an empty image).
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
    whole: bool = True,
) -> Verdict:
    """Hold the findings of all targets of an application against a gate.

    - Secrets and files fail whatever their severity, the others at the gate's for them or above; below they are MINOR.
    - A vulnerability that nobody rated counts as MEDIUM: that no rating was given does not say that it is harmless, and
      a gate at HIGH lets it pass as those of Trivy and Grype do. Other findings without a rating are the least.
    - A waiver that holds turns what would fail into WAIVED. What passes anyway stays MINOR or UNFIXED.
    - With `before`, the scans of the published image, only what is new fails, and this goes for secrets and files too:
      a published secret has to be revoked, and stopping the next image does not take it back. It is counted: two
      findings of a key where there was one are one new finding.
    - In a target that is not in `before` (the source tree, a new platform) a vulnerability is known if a target that
      was compared had it: lock file and image name the same package. All else in it is new.
    - A target that is only in `before` was not scanned, so nothing of it is said to be gone.
    - A waiver that expired is a problem whether it matches or not, and so is a distribution that ended, whatever was
      published: they ask somebody for a decision.

    `whole` says that image and source are judged together. One of them alone cannot tell that a waiver is of no use.
    `now` has a time zone. The order of the arguments makes no difference.
    """
    valid = [waiver for waiver in waivers if not waiver.expired(now)]
    new, known, gone = _compared(scans, before or ())
    judged = [_judged(target, finding, gate, valid, Standing.FAILS) for target, finding in new]
    judged += [_judged(target, finding, gate, valid, Standing.KNOWN) for target, finding in known]
    unused = [each for each in waivers if whole and not any(each.matches(found.finding) for found in judged)]
    expired = [_expired(waiver, waiver in unused) for waiver in waivers if waiver not in valid]
    useless = [f"the waiver of {each.name} matches nothing; delete it" for each in unused if each in valid]
    return Verdict(
        judged=sorted(judged, key=_order),
        gone=sorted((Judged(target=each[0], finding=each[1], standing=Standing.KNOWN) for each in gone), key=_order),
        problems=[*sorted(expired), *([] if gate.allow_ended else _unsupported(scans))],
        notes=[*sorted(useless), *_unknown(scans), *_empty(scans)],
    )


def _compared(scans: Sequence[Scanned], before: Sequence[Scanned]) -> tuple[list[_Place], list[_Place], list[_Place]]:
    """Tell what is new, what is known, and what is gone."""
    ours, theirs = _by_target(scans), _by_target(before)
    shipped = {
        finding.key
        for target in ours.keys() & theirs.keys()
        for finding in theirs[target]
        if finding.kind is Kind.VULNERABILITY
    }
    new, known, gone = list[_Place](), list[_Place](), list[_Place]()
    for target, findings in ours.items():
        added, lost = [finding for finding in findings if finding.key not in shipped], list[Finding]()
        if target in theirs:
            added, lost = _unpaired(findings, theirs[target])
        kept = (Counter(findings) - Counter(added)).elements()
        for places, those in ((new, added), (known, kept), (gone, lost)):
            places.extend((target, finding) for finding in those)
    return new, known, gone


def _by_target(scans: Sequence[Scanned]) -> dict[str, list[Finding]]:
    """Collect what was found in each target, in the same order from run to run."""
    found: dict[str, list[Finding]] = {scan.target: [] for scan in scans}
    for scan in scans:
        found[scan.target] += scan.findings
    return {
        target: sorted(findings, key=lambda each: (each.path, each.line, each.installed, repr(each)))
        for target, findings in found.items()
    }


def _unpaired(ours: list[Finding], theirs: list[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Leave on each side what has no partner on the other, however little alike."""
    for alike in _ALIKE:
        ours, theirs = _surplus(ours, theirs, alike), _surplus(theirs, ours, alike)
    return ours, theirs


def _surplus(ours: list[Finding], theirs: list[Finding], alike: Callable[[Finding], Hashable]) -> list[Finding]:
    free = Counter(map(alike, theirs))
    left = []
    for finding in ours:
        free[alike(finding)] -= 1
        if free[alike(finding)] < 0:
            left.append(finding)
    return left


def _judged(target: str, finding: Finding, gate: Gate, valid: Sequence[Waiver], otherwise: Standing) -> Judged:
    standing, reason = _passes(finding, gate), ""
    matching = [waiver for waiver in valid if waiver.matches(finding)]
    if standing is None and matching:
        # The one that holds longest speaks, in whatever order they stand.
        standing, reason = Standing.WAIVED, max((waiver.expires, waiver.statement) for waiver in matching)[1]
    return Judged(target=target, finding=finding, standing=standing or otherwise, reason=reason)


def _passes(finding: Finding, gate: Gate) -> Standing | None:
    """Say why a finding passes by itself, if it does."""
    if finding.kind in {Kind.SECRET, Kind.FILE}:
        return None
    vulnerability = finding.kind is Kind.VULNERABILITY
    unrated = vulnerability and finding.severity is Severity.UNKNOWN
    lowest = gate.licenses if finding.kind is Kind.LICENSE else gate.severity
    if (Severity.MEDIUM if unrated else finding.severity) < lowest:
        return Standing.MINOR
    return Standing.UNFIXED if vulnerability and not finding.fixed and gate.ignore_unfixed else None


def _expired(waiver: Waiver, unused: bool) -> str:
    what = "nothing needs it any more: delete it" if unused else "fix it, or decide anew"
    return f"the waiver of {waiver.name} expired on {waiver.expires:%Y-%m-%d} (its reason: {waiver.statement}); {what}"


def _unsupported(scans: Sequence[Scanned]) -> list[str]:
    """Name each distribution that ended once, with the targets that stand on it."""
    return [
        f"the base {system} is no longer supported, so new vulnerabilities of it are not reported; move to a newer "
        "base, or allow it"
        for system in _systems([scan for scan in scans if scan.ended], "distribution")
    ]


def _unknown(scans: Sequence[Scanned]) -> list[str]:
    """Name each distribution whose release the scanner does not know once, with the targets that stand on it."""
    return [
        f"the scanner does not know {system}, so it may report no vulnerability of its packages"
        for system in _systems([scan for scan in scans if scan.unknown], "the distribution")
    ]


def _systems(scans: Sequence[Scanned], nameless: str) -> list[str]:
    systems: dict[str, set[str]] = {}
    for scan in scans:
        systems.setdefault(scan.system or nameless, set()).add(scan.target)
    return [f"{system} of {' and '.join(sorted(targets))}" for system, targets in sorted(systems.items())]


def _empty(scans: Sequence[Scanned]) -> list[str]:
    """Name the images in which no package was found: a scanner that knows of nothing finds nothing."""
    return [
        f"{target}: the scanner found no package in the image, so it knows of nothing in it"
        for target in sorted({scan.target for scan in scans if scan.target != SOURCE and not scan.packages})
    ]


def _order(judged: Judged) -> tuple[object, ...]:
    """Put what fails first, then what is worst; the rest only keeps the order the same from run to run."""
    finding = judged.finding
    named = (finding.kind, finding.id, finding.package, finding.path, judged.target)
    return (judged.standing is not Standing.FAILS, -finding.severity, *named, repr(judged))
