"""What an image weighs and says of itself."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Layer:
    """A layer as it stands in the registry: digest, sizes in bytes, what made it, and whether the base brought it."""

    digest: str
    compressed: int
    unpacked: int
    content: str = ""
    base: bool = False
    media_type: str = "application/vnd.oci.image.layer.v1.tar+gzip"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One variant: its platform, its image config (OCI image specification, config.md) and its layers, lowest first."""

    platform: str
    config: Mapping[str, Any]
    layers: Sequence[Layer]

    @property
    def compressed(self) -> int:
        """Bytes in a registry, without config and manifest."""
        return sum(layer.compressed for layer in self.layers)

    @property
    def unpacked(self) -> int:
        """Bytes of the layers' tar archives."""
        return sum(layer.unpacked for layer in self.layers)

    @property
    def settings(self) -> Mapping[str, Any]:
        """What a runtime starts the process with; the specification lets an image leave all of it out."""
        found: Mapping[str, Any] = self.config.get("config") or {}
        return found

    @property
    def user(self) -> str:
        """Who the process runs as; "" is root."""
        return str(self.settings.get("User", ""))
