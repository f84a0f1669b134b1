"""News: what the notes of a release say, and what is new since the one before."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from pipeline.nodes.registries import Registries
from pipeline.nodes.shipment import Shipment
from pipeline.policy.assets import SCAN
from pipeline.policy.findings import Finding
from pipeline.policy.releases import Asset, Release
from pipeline.policy.versions import parse_tag, release_of
from pipeline.remote.errors import RemoteError
from pipeline.remote.github import GitHub
from pipeline.remote.shipped import shipped
from pipeline.report.notes import Notes, Previous, Shipped
from pipeline.report.recorded import findings


async def told(*, github: GitHub, registries: Registries, shipment: Shipment, changes: str, folder: Path) -> Notes:
    """What the notes say; `folder` has the files that were made now.

    Raises:
        RemoteError: GitHub did not say which releases there are.
    """
    found = await _scanned(github, shipment.kept, folder)
    images = [
        Shipped(
            app=app,
            reference=f"{one.repository}:{shipment.version}",
            digest=one.digest,
            sizes=image.sizes,
            findings=found.get(app),
        )
        for app, (one, image) in shipment.images.items()
    ]
    return Notes(
        version=shipment.version,
        changelog=changes,
        images=images,
        previous=await _previous(github, registries, shipment, images),
        repository=github.repository,
    )


async def _previous(
    github: GitHub, registries: Registries, shipment: Shipment, images: Sequence[Shipped]
) -> Previous | None:
    """The highest release below this one, and what of its images can still be read."""
    own = release_of(shipment.version)
    known = [
        (version, one)
        for one in await github.releases()
        if not one.draft and (version := parse_tag(one.tag)) and not version.prerelease and version.compare(own) < 0
    ]
    if not known:
        return None
    version, before = max(known, key=lambda pair: pair[0])
    found = await _reported(github, before)
    old = [await _image(registries, image, str(version), found.get(image.app)) for image in images]
    return Previous(version=str(version), images=[one for one in old if one])


async def _image(registries: Registries, now: Shipped, version: str, found: Sequence[Finding] | None) -> Shipped | None:
    reference = f"{now.reference.rpartition(':')[0]}:{version}"
    # An older image may be one that is not read here, without layers, say.
    with contextlib.suppress(RemoteError, ValueError):
        async with registries.open(reference) as registry:
            image = await shipped(registry, reference)
        return Shipped(app=now.app, reference=reference, digest=image.index.digest, sizes=image.sizes, findings=found)
    return None


async def _scanned(github: GitHub, kept: Sequence[Asset], folder: Path) -> dict[str, list[Finding]]:
    """The findings of this release: of now, else as it has them already."""
    with contextlib.suppress(OSError, ValueError):
        return findings((folder / SCAN).read_text("utf-8"))
    return await _read(github, next((asset for asset in kept if asset.name == SCAN), None))


async def _reported(github: GitHub, release: Release) -> dict[str, list[Finding]]:
    assets = await github.assets(release)
    return await _read(github, next((asset for asset in assets if asset.name == SCAN and asset.whole), None))


async def _read(github: GitHub, asset: Asset | None) -> dict[str, list[Finding]]:
    """What a report on GitHub says; nothing where it cannot be read, since the notes say more without it."""
    with contextlib.suppress(RemoteError, ValueError):
        if asset:
            raw = b"".join([chunk async for chunk in github.download(asset)])
            return findings(raw.decode("utf-8"))
    return {}
