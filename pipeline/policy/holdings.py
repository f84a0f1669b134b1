"""Holdings: what a repository of a registry has, as far as its tags lead there."""

import dataclasses
import enum
import re
from collections.abc import Mapping, Sequence
from typing import Final

JOURNAL: Final = "pipeline-pruning"
"""Tag of the list of what a prune is about to delete: whoever comes after one that was stopped finds it there."""

FALLBACK: Final = re.compile(r"sha256-([0-9a-f]{64})")
"""Tags for what refers to a digest (distribution specification, Referrers Tag Schema)."""


class Kind(enum.Enum):
    """What lies under a digest."""

    INDEX = "index"
    MANIFEST = "manifest"
    JOURNAL = "journal"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Thing:
    """An index or a manifest: when it was made (RFC 3339, or ""), what an index points at, and its sizes in bytes."""

    kind: Kind = Kind.MANIFEST
    created: str = ""
    children: Sequence[str] = ()
    size: int = 0
    blobs: Mapping[str, int] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class State:
    """What a repository has: each tag with its digest, what lies under digests, and what refers to them."""

    tags: Mapping[str, str]
    things: Mapping[str, Thing]
    referrers: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)

    @property
    def fallbacks(self) -> dict[str, str]:
        """The tags that clients keep for what refers to a digest, each with that digest."""
        found = {tag: FALLBACK.fullmatch(tag) for tag, digest in self.tags.items() if self._is(digest, Kind.INDEX)}
        return {tag: f"sha256:{match[1]}" for tag, match in found.items() if match}

    @property
    def journal(self) -> str:
        """The digest of the list that a prune which was stopped has left, or ""."""
        digest = self.tags.get(JOURNAL, "")
        return digest if self._is(digest, Kind.JOURNAL) else ""

    def _is(self, digest: str, kind: Kind) -> bool:
        return digest in self.things and self.things[digest].kind is kind
