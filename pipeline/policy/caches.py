"""What a registry keeps of cache volumes: under which names."""

from collections.abc import Mapping, Sequence
from typing import Final

from pipeline.policy.documents import digest_of
from pipeline.policy.keys import canonical

_LENGTH: Final = 16
"""Hexadecimal digits of a name: who meets another one's caches compiles what they lack."""


def cache_tags(app: str, toolchain: Sequence[str], volumes: Mapping[str, str], locks: str) -> tuple[str, str]:
    """The tag of caches that were kept for these lock files, and that of the last ones of the toolchain.

    Args:
        app: the application.
        toolchain: platform, image and tools by which it is compiled; what another one left is of no use.
        volumes: the cache volumes by the path where they are mounted.
        locks: a digest of the lock files.
    """
    tools = canonical({"toolchain": list(toolchain), "volumes": dict(volumes)})
    exact, near = (digest_of(text.encode()).partition(":")[2][:_LENGTH] for text in (tools + locks, tools))
    return f"cache-{app}-{exact}", f"cache-{app}-{near}"
