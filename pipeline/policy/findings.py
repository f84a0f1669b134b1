"""What was found in an image or a source tree, whoever found it."""

import dataclasses
import enum
from collections.abc import Sequence
from typing import Final

SOURCE: Final = "source"
"""The target that is the source tree; the others are platforms of an image."""


class Severity(enum.IntEnum):
    """How bad a finding is, as Trivy rates it; ordered."""

    UNKNOWN = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class Kind(enum.StrEnum):
    """What kind of thing was found."""

    VULNERABILITY = "vulnerability"
    SECRET = "secret"  # noqa: S105 - a kind, no password
    FILE = "file"
    MISCONFIGURATION = "misconfiguration"
    LICENSE = "license"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One finding.

    `id` names the rule or the advisory: CVE-2024-45337, github-pat, DS-0002, GPL-3.0, source-map. `package`,
    `installed` and `fixed` speak of vulnerabilities and licences; `fixed` is "" where no version helps. `path` is where
    it was found, `line` counts from 1 and is 0 where there is none, `layer` is the digest of the layer, or "".
    """

    kind: Kind
    id: str
    severity: Severity
    package: str = ""
    installed: str = ""
    fixed: str = ""
    path: str = ""
    line: int = 0
    layer: str = ""
    title: str = ""
    url: str = ""
    purl: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What stays the same from build to build: versions, lines and layers do not."""
        return (self.kind, self.id, self.package or self.path)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Scanned:
    """What was found in one target: a platform of an image ("linux/amd64"), or "source".

    `system` is the distribution, "debian 13.8"; `ended` says that nobody supports it any more, `unknown` that the
    scanner does not know this release of it.
    """

    target: str
    findings: Sequence[Finding]
    packages: int = 0
    system: str = ""
    ended: bool = False
    unknown: bool = False
