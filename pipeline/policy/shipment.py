"""Shipment: which files a release has, by its applications."""

import dataclasses
from collections.abc import Sequence
from typing import Final

from pipeline.policy import assets, bundle
from pipeline.policy.platforms import DEFAULT, MACHINES

PRODUCT: Final = ("api", "frontend")
"""Applications that are deployed together; whoever releases others ships no files to deploy them."""

MOMENTARY: Final = (assets.SCAN, assets.REPORT)
"""Files that are of their day: a release that has them keeps them."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Packed:
    """An application that is released: the platforms of its image, and the name of its binary, "" where it has none."""

    app: str
    platforms: Sequence[str]
    binary: str = ""


NEURONIP: Final = (
    Packed(app="api", platforms=DEFAULT, binary="neuronip-api"),
    Packed(app="frontend", platforms=DEFAULT),
)
"""The applications of this repository, for whoever asks without an engine; `nodes/neuronip.py` describes them."""


def names(version: str, apps: Sequence[Packed]) -> list[str]:
    """The names of all files, the checksums last.

    Raises:
        ValueError: it is no version.
    """
    found = []
    for one in apps:
        if one.binary:
            found += [assets.archive(one.binary, version, machine) for machine in MACHINES]
            found.append(assets.plain(one.binary, version))
        found += [assets.sbom(one.app, version, platform) for platform in one.platforms]
        found.append(assets.provenance(one.app, version))
    if deployed([one.app for one in apps]):
        found += bundle.FILES
    return [*found, assets.SCAN, assets.REPORT, assets.CHECKSUMS]


def deployed(apps: Sequence[str]) -> bool:
    """Whether these applications make up the product that the files to deploy are of."""
    return set(PRODUCT) <= set(apps)
