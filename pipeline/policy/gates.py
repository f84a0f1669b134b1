"""What fails an image: size budgets, and findings that nobody waived."""

import dataclasses
import datetime
import enum
from collections.abc import Sequence
from typing import Final

from pipeline.policy.findings import Finding, Scanned, Severity
from pipeline.policy.sizes import Layer
from pipeline.policy.waivers import Waiver

MB: Final = 1_000_000
"""Sizes are decimal, as registries and `docker images` print them."""


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

    `problems` are sentences that fail it besides the findings (an expired waiver, a distribution that ended); `notes` are
    sentences that do not (a waiver that matches nothing).
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
    now: datetime.datetime,
    before: Sequence[Scanned] | None = None,
) -> Verdict:
    """Hold the findings of all targets of an application against a gate."""
    raise NotImplementedError
