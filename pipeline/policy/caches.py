"""What a registry keeps of cache volumes: under which names."""

import dataclasses
import re
from collections.abc import Sequence
from typing import Final

from pipeline.policy.documents import short_digest
from pipeline.policy.keys import canonical

# What npm's configuration calls what nobody else may know, and addresses with a user.
_CREDENTIALS: Final = re.compile(r"auth|passw|username|email|\b(cert|key)(file)?\b|://[^/\s]*@", re.IGNORECASE)


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
    name = f"cache-{app}-{kept.removeprefix('pipeline-')}"
    return Tags(exact=f"{name}-{short_digest(tools + locks)}", near=f"{name}-{short_digest(tools)}")


def has_credentials(npmrc: str) -> bool:
    """Whether a configuration of npm may hold what nobody else may know; better once too often."""
    return bool(_CREDENTIALS.search(npmrc))
