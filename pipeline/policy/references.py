"""Image references: `[registry/]repository[:tag][@digest]` (distribution/reference grammar)."""

import dataclasses
import re
from typing import Final

_SHAPE: Final = re.compile(
    r"(?P<registry>(?:[A-Za-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?)"
    r"/(?P<repository>[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
"""The names that the distribution specification allows (Pulling manifests), each in a group."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reference:
    """A reference split at its digest: the fully qualified name with its tag, and the digest or ""."""

    name: str
    digest: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """A reference split in full, the registry as `host[:port]`; tag and digest are "" where it has none."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def full(self) -> str:
        """The repository with its registry."""
        return f"{self.registry}/{self.repository}"


def address(reference: str) -> Address:
    """Qualify a reference and split it in full: `golang:1.26` is docker.io, library/golang and 1.26.

    Raises:
        ValueError: the distribution specification allows no such name, or the digest is not a SHA-256.
    """
    parsed = parse(reference)
    found = _SHAPE.fullmatch(parsed.name + reference[len(reference.partition("@")[0]) :])
    if not found:
        raise ValueError(
            f"{reference!r} is not a reference of an image; "
            "give it as registry/repository:tag or registry/repository@sha256:..., the repository in lower case"
        )
    return Address(**found.groupdict(""))


def is_local(reference: str) -> bool:
    """Whether its registry is on the machine of whoever asks."""
    return parse(reference).name.startswith(("localhost/", "localhost:"))


def parse(address: str) -> Reference:
    """Split a reference and qualify its name: `golang:1.26` is docker.io/library/golang:1.26."""
    name, _, digest = address.partition("@")
    first, slash, rest = name.partition("/")
    if not slash or (first == "docker.io" and "/" not in rest):
        name = f"docker.io/library/{rest or name}"
    elif not ("." in first or ":" in first or first == "localhost"):
        name = f"docker.io/{name}"
    return Reference(name, digest)
