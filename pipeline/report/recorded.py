"""What an earlier report recorded, read back from its JSON."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Final

from pipeline.policy.findings import Finding, Kind, Severity
from pipeline.policy.gates import Standing

_FIELDS: Final = [field.name for field in dataclasses.fields(Finding)]


def findings(text: str) -> dict[str, list[Finding]]:
    """The findings of each application that were there; those that had gone since an earlier one are not among them.

    Raises:
        ValueError: this is no report, or one of another form.
    """
    try:
        found = json.loads(text)["findings"]
        return {
            app: [_finding(one) for standing in Standing for one in verdict.get(standing.value, [])]
            for app, verdict in found.items()
        }
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"this is no report of a scan ({type(error).__name__}: {error})") from None


def _finding(one: Mapping[str, Any]) -> Finding:
    known = {name: one[name] for name in _FIELDS if name in one}
    return Finding(**{**known, "kind": Kind(one["kind"]), "severity": Severity[one["severity"]]})
