"""Platforms of images, as `os/arch[/variant]` (OCI image index specification, `platform`)."""

import dataclasses
from typing import Final

DEFAULT: Final = ("linux/amd64", "linux/arm64")

_KNOWN: Final = frozenset(
    {
        "linux/386",
        "linux/amd64",
        "linux/arm/v6",
        "linux/arm/v7",
        "linux/arm64",
        "linux/ppc64le",
        "linux/riscv64",
        "linux/s390x",
    }
)


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """A platform and the names that Go and Node.js give to it."""

    platform: str

    @property
    def arch(self) -> str:
        """The architecture, as the OCI specification and GOARCH name it."""
        return self.platform.split("/")[1]

    @property
    def go(self) -> dict[str, str]:
        """The environment that makes the Go compiler build for this platform."""
        variant = self.platform.removeprefix(f"linux/{self.arch}").removeprefix("/v")
        return {"GOOS": "linux", "GOARCH": self.arch} | ({"GOARM": variant} if self.arch == "arm" else {})

    @property
    def node_cpu(self) -> str:
        """The architecture as `process.arch` and the `cpu` field of package.json name it."""
        return {"amd64": "x64", "386": "ia32", "ppc64le": "ppc64"}.get(self.arch, self.arch)


@dataclasses.dataclass(frozen=True, slots=True)
class Machine:
    """Whose machine a binary runs on, outside of an image: operating system and architecture, as Go names them."""

    system: str
    arch: str

    @property
    def go(self) -> dict[str, str]:
        """The environment that makes the Go compiler build for this machine."""
        return {"GOOS": self.system, "GOARCH": self.arch}

    @property
    def is_windows(self) -> bool:
        """Whether programs end with `.exe`, and people expect a zip archive."""
        return self.system == "windows"


MACHINES: Final = tuple(
    Machine(system, arch) for system in ("linux", "darwin", "windows") for arch in ("amd64", "arm64")
)
"""The machines that a release has binaries for."""


def normal(platform: str) -> str:
    """The short form of a platform: arm64 is v8 unless another variant is said."""
    return platform.removesuffix("/v8") if platform.startswith("linux/arm64") else platform


def targets(platforms: list[str]) -> list[Target]:
    """Check the platforms that were asked for; none means both defaults.

    Raises:
        ValueError: one is not an image platform, or stands twice.
    """
    asked = [normal(platform) for platform in platforms] or list(DEFAULT)
    known = ", ".join(sorted(_KNOWN))
    for platform in asked:
        if platform not in _KNOWN:
            raise ValueError(f"{platform!r} is not a platform that images are built for; it is one of {known}")
    if len(set(asked)) != len(asked):
        raise ValueError(f"the same platform stands twice in {', '.join(asked)}")
    return [Target(p) for p in asked]
