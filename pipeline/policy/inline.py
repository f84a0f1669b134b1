"""Comments in a source by which Trivy would leave findings out, without a reason, an end, or a trace."""

import re
from typing import Final

from pipeline.policy.findings import Finding, Kind, Severity

PATTERN: Final = "(tfsec|trivy):([^ ]*:)?ignore"
"""What such a comment holds, as an extended regular expression; Trivy lets other settings stand before `ignore`."""

FILES: Final = (
    *(f"*.{ending}" for ending in ("tf", "tf.json", "tofu", "tfvars", "yaml", "yml", "json", "toml", "tpl")),
    "*dockerfile*",
    "*containerfile*",
)
"""Names of the files that Trivy reads them in, whether in small or large letters."""

RULE: Final = "inline-ignore"


def parse_inline(text: str) -> list[Finding]:
    """Read what `grep -onH` printed of the files: a finding a line, which only a waiver lets pass."""
    found = []
    for row in filter(None, text.split("\n")):
        match = re.match(r"(?:\./)?(.+?):(\d+):", row)
        path, line = (match[1], int(match[2])) if match else (row, 0)
        found.append(
            Finding(
                kind=Kind.FILE,
                id=RULE,
                severity=Severity.HIGH,
                path=path,
                line=line,
                title="a comment that hides findings without a reason and an end; write a waiver instead",
            )
        )
    return found
