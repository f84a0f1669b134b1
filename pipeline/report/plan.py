"""The plan of a release, for people."""

from pipeline.policy.plan import Plan
from pipeline.report.table import table
from pipeline.report.text import plural


def plan_text(plan: Plan) -> str:
    """What is released from where, a line a step, and what stands in the way."""
    where = f" on {plan.repository}" if plan.repository else ""
    rows = [[one.step, one.of, one.state, one.text] for one in plan.steps]
    text = f"{plan.version}{where} from commit {plan.commit[:12] or 'none'}\n"
    text += table(["STEP", "OF", "STATE", "WHAT"], rows)
    stops = [f"{one.step} {one.of}: {one.text}" for one in plan.refused]
    if stops:
        text += f"\n{plural(len(stops), 'step')} would be refused:\n" + "".join(f"- {stop}\n" for stop in stops)
    return text
