"""What repositories of these tests hold."""

import datetime as dt
from typing import Final

from pipeline.policy.retention import Plan

NOW: Final = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)


def name(number: int) -> str:
    """A digest."""
    return f"sha256:{number:064x}"


def fallback(number: int) -> str:
    """The tag for what refers to a digest."""
    return name(number).replace(":", "-")


def ago(days: float) -> str:
    """A date as annotations have it."""
    return (NOW - dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def removed(found: Plan) -> list[str]:
    """The tags that go."""
    return [verdict.tag for verdict in found.verdicts if not verdict.kept]
