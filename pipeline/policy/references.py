"""Image references: `[registry/]repository[:tag][@digest]` (distribution/reference grammar)."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Reference:
    """A reference split at its digest: the fully qualified name with its tag, and the digest or ""."""

    name: str
    digest: str = ""


def parse(address: str) -> Reference:
    """Split a reference and qualify its name: `golang:1.26` is docker.io/library/golang:1.26."""
    name, _, digest = address.partition("@")
    first, slash, rest = name.partition("/")
    if not slash or (first == "docker.io" and "/" not in rest):
        name = f"docker.io/library/{rest or name}"
    elif not ("." in first or ":" in first or first == "localhost"):
        name = f"docker.io/{name}"
    return Reference(name, digest)
