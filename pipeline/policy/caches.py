"""What a registry keeps of cache volumes: under which names, and what may be relied on."""

from collections.abc import Mapping
from typing import Final

from pipeline.policy.documents import digest_of
from pipeline.policy.keys import canonical

_LENGTH: Final = 16
"""Hexadecimal digits of a name: who meets another one's caches compiles what they lack."""


def cache_tags(app: str, image: str, volumes: Mapping[str, str], locks: str) -> tuple[str, str]:
    """The tag of caches that were kept for these lock files, and that of the last ones of the toolchain.

    Args:
        app: the application.
        image: the image in which it is compiled; what another toolchain left is of no use.
        volumes: the cache volumes by the path where they are mounted.
        locks: a digest of the lock files.
    """
    tools = canonical({"image": image, "volumes": dict(volumes)})
    exact, near = (digest_of(text.encode()).partition(":")[2][:_LENGTH] for text in (tools + locks, tools))
    return f"cache-{app}-{exact}", f"cache-{app}-{near}"
