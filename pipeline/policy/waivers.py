"""Waivers: findings that somebody decided to live with, for a reason and until a day."""

import dataclasses
import datetime
from collections.abc import Sequence

from pipeline.policy.findings import Kind


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Waiver:
    """One entry of `.trivyignore.yaml`. `paths` and `purls` narrow it down; without them it holds everywhere.

    It holds until `expires`, the first moment at which it does not, as Trivy reads `expired_at`.
    """

    kind: Kind
    id: str
    statement: str
    expires: datetime.datetime
    paths: Sequence[str] = ()
    purls: Sequence[str] = ()


def parse_waivers(text: str) -> list[Waiver]:
    """Read a `.trivyignore.yaml`."""
    raise NotImplementedError
