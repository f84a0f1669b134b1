"""What is compared: both can be asked for the same."""

import enum
from collections.abc import Sequence
from typing import Final, Protocol


@enum.unique
class Name(enum.StrEnum):
    """Who it is, in results and on the page."""

    BUILDKIT = "buildkit"
    MODULE = "module"


ONE: Final = ("linux/amd64",)
BOTH: Final = ("linux/amd64", "linux/arm64")


class Contender(Protocol):
    """Something that makes both applications' images out of a checkout as it stands."""

    @property
    def name(self) -> Name:
        """Who it is."""

    def build(self, platforms: Sequence[str]) -> None:
        """Make both images."""

    def empty(self) -> float:
        """Take away all that it keeps on this machine; gives the seconds that it then needs until it can be asked."""

    def renewed(self) -> float:
        """The same, as on a machine that never had it."""

    def push(self, registry: str, tag: str) -> None:
        """Make both images for both platforms, and push them under a tag."""

    def keep(self, registry: str) -> None:
        """Put into a registry what another machine may use: what the default branch does."""

    def again(self, registry: str) -> None:
        """On a new machine: the images of what was kept, in the registry under a tag."""

    def seeded(self, registry: str) -> None:
        """On a new machine: both images for both platforms, of something else than what was kept."""


def repository(registry: str, contender: Name, application: str = "") -> str:
    """Where a contender's images lie; for Dagger and BuildKit alike a registry of this machine is called localhost."""
    port = registry.rpartition(":")[2]
    return f"localhost:{port}/{contender}" + (f"/{application}" if application else "")
