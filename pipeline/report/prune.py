"""What becomes of the tags of a repository that is pruned, and what is free afterwards."""

from pipeline.policy.retention import Plan, Verdict
from pipeline.report.table import megabytes, table
from pipeline.report.text import plural


def prune_table(plan: Plan, *, dry_run: bool) -> str:
    """A line a tag, those that go last, and what is free."""
    found = sorted(plan.verdicts, key=lambda verdict: not verdict.kept)
    rows = [[verdict.tag, *_said(verdict, dry_run=dry_run)] for verdict in found]
    free = f"{plural(plan.images, 'image')}, {megabytes(plan.size)}" if plan.digests else "nothing"
    return table(["TAG", "RESULT", "REASON"], rows) + f"{'would free' if dry_run else 'freed'} {free}\n"


def _said(verdict: Verdict, *, dry_run: bool) -> tuple[str, str]:
    if verdict.kept:
        return "kept", verdict.reason
    return "would go" if dry_run else "removed", verdict.reason
