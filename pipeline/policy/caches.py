"""What a registry keeps of cache volumes: under which names."""

import dataclasses
from collections.abc import Sequence
from typing import Final

from pipeline.policy.documents import digest_of
from pipeline.policy.keys import canonical

_LENGTH: Final = 16
"""Hexadecimal digits of a name: who meets another one's caches compiles what they lack."""


@dataclasses.dataclass(frozen=True, slots=True)
class Tags:
    """The tag of what was kept for the very lock files, and that of the last one of the toolchain."""

    exact: str
    near: str


def cache_tags(app: str, kept: str, toolchain: Sequence[str], locks: str) -> Tags:
    """The tags of what is kept for an application.

    Args:
        app: the application.
        kept: the name of a cache volume, or of what is installed.
        toolchain: platform, image and tools by which it is made; what another one left is of no use.
        locks: a digest of the lock files.
    """
    tools = canonical({"toolchain": list(toolchain), "kept": kept})
    exact, near = (digest_of(text.encode()).partition(":")[2][:_LENGTH] for text in (tools + locks, tools))
    name = f"cache-{app}-{kept.removeprefix('pipeline-')}"
    return Tags(exact=f"{name}-{exact}", near=f"{name}-{near}")
