"""Everything that scans found as one SARIF document, for code scanning on GitHub."""

import json
from collections.abc import Mapping
from typing import Any, Final

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def merged(documents: Mapping[str, str]) -> str:
    """One document of several, each run under the name of what it is of, such as `api/linux-amd64`.

    GitHub takes two runs of one tool in one upload only where each says which analysis it is.
    """
    runs = [
        _named(name, number, run)
        for name, text in sorted(documents.items())
        for number, run in enumerate(json.loads(text)["runs"], start=1)
    ]
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": runs}) + "\n"


def _named(name: str, number: int, run: Mapping[str, Any]) -> dict[str, Any]:
    """A run with its category: what stands before the last slash (SARIF 2.1.0, 3.17.3)."""
    category = name if number == 1 else f"{name}/{number}"
    return {**run, "automationDetails": {"id": f"{category}/"}}
