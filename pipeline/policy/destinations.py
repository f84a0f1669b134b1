"""Destinations: the repositories that images of applications go to."""

from collections.abc import Sequence

from pipeline.policy import references


def addresses(to: Sequence[str], app: str) -> list[str]:
    """The repositories of an application: below an address, or where that has `{app}`."""
    return [at.replace("{app}", app) if "{app}" in at else f"{at.rstrip('/')}/{app}" for at in to]


def place(at: str) -> str:
    """Check that images of applications can go to an address.

    Raises:
        ValueError: it is none.
    """
    try:
        _ = [repository_of(address) for address in addresses([at], "app")]
    except ValueError:
        raise ValueError(
            f"{at!r} is no place for images; give what publish --to was given, as ghcr.io/acme or "
            "ghcr.io/acme/shop-{app}"
        ) from None
    return at


def repository_of(address: str) -> str:
    """Check that an address is one of a repository, and qualify it.

    Raises:
        ValueError: it is none, or names an image in it.
    """
    found = references.address(address)
    if found.tag or found.digest:
        raise ValueError(f"{address} names a tag or a digest; give the repository alone, and tags with --tag")
    return found.full
