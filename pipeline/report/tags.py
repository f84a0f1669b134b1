"""Tags of a publication: where each points, and why."""

import json
from collections.abc import Sequence

from pipeline.policy.tags import Decision
from pipeline.report.table import table


def tag_table(decisions: Sequence[Decision]) -> str:
    """A line a tag."""
    return table(["TAG", "RESULT", "REASON"], [[found.tag, result(found), found.reason] for found in decisions])


def tag_json(reference: str, digest: str, decisions: Sequence[Decision]) -> str:
    """The same for machines, with what was published."""
    tags = [
        {"tag": found.tag, "result": result(found), "floating": found.floating, "reason": found.reason}
        for found in decisions
    ]
    return json.dumps({"reference": reference, "digest": digest, "tags": tags}, indent=2) + "\n"


def result(decision: Decision) -> str:
    """What became of it, in a word."""
    if decision.present:
        return "unchanged"
    return "put" if decision.moved else "left"
