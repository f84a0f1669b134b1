"""What was looked at of a published image."""

from collections.abc import Sequence

from pipeline.policy.verification import Finding
from pipeline.report.table import table


def finding_table(findings: Sequence[Finding]) -> str:
    """A line for each thing that was looked at."""
    cells = [[one.check, "passed" if one.passed else "FAILED", one.seen] for one in findings]
    return table(["CHECK", "RESULT", "SEEN"], cells)
