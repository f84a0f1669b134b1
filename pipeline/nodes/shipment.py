"""Shipment: the files of a release, made where they can be uploaded from."""

import dataclasses
import json
import mimetypes
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import dagger
from dagger import dag

from pipeline.nodes.app import App
from pipeline.nodes.binaries import binaries
from pipeline.nodes.done import Done
from pipeline.nodes.errors import Failed, stage
from pipeline.nodes.publication import Publication
from pipeline.nodes.recipe import listing, resolve
from pipeline.nodes.reports import report_of
from pipeline.nodes.stamping import stamps
from pipeline.nodes.verbs import Plan
from pipeline.policy import assets
from pipeline.policy.bundle import bundle
from pipeline.policy.deployment import Deployed
from pipeline.policy.platforms import targets
from pipeline.policy.releases import Asset
from pipeline.policy.shipment import MOMENTARY, Packed, deployed
from pipeline.remote.shipped import Image
from pipeline.remote.wanted import File
from pipeline.report.page import page
from pipeline.report.results import results_json

_TYPES: Final = {".jsonl": "application/jsonl", ".yaml": "application/yaml", ".gz": "application/gzip"}
_UNKNOWN: Final = "application/octet-stream"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shipment:
    """What the files are made of: applications, their images as published, the stages that ran, the repository's files.

    `kept` are the files of their day that a release has already, all or none: they stay as they are.
    """

    version: str
    revision: str
    apps: Sequence[App]
    images: Mapping[str, tuple[Publication, Image]]
    rows: Sequence[Done]
    plan: Plan
    postgres: str
    kept: Sequence[Asset] = ()


def packed(apps: Sequence[App]) -> list[Packed]:
    """What is shipped of each application."""
    platforms = [target.platform for target in targets([])]
    return [Packed(app=app.name, platforms=platforms, binary=_binary(app)) for app in apps]


async def files(shipment: Shipment, folder: Path) -> list[File]:
    """Make every file in a folder that has the binaries; the checksums of all others are one of them.

    Raises:
        Failed: one could not be made.
    """
    texts = await _bundle(shipment) | _report(shipment)
    raws = [_proofs(app, shipment.version, *found) for app, found in shipment.images.items()]
    for name, raw in [*(item for one in raws for item in one.items()), *((n, t.encode()) for n, t in texts.items())]:
        (folder / name).write_bytes(raw)
    made = [await File.of(path, media_type=_type(path)) for path in _sorted(folder)]
    made += [File(asset=asset, content=_kept) for asset in shipment.kept]
    sums = folder / assets.CHECKSUMS
    sums.write_text(assets.checksums((file.asset.name, file.asset.digest) for file in made), "utf-8")
    return [*made, await File.of(sums, media_type=_type(sums))]


async def compiled(released: Sequence[App], tree: dagger.Directory, folder: Path) -> None:
    """Compile the binaries of applications, all at once, into a folder; `tree` holds what archives have beside them.

    Raises:
        Failed: one does not compile, or the repository has no licence or no readme.
    """
    out = dag.directory()
    apps = [app for app in released if _binary(app)]
    for app, at in zip(apps, await stamps(apps), strict=True):
        if isinstance(at, Failed):
            raise at
        license_, readme = [await _found(tree, app, name) for name in ("LICENSE", "README")]
        for name, file in (await binaries(app, at, license_, readme)).items():
            out = out.with_file(name, file)
    with stage(", ".join(app.name for app in apps), "binaries"):
        await out.export(str(folder))


def _binary(app: App) -> str:
    """The name of the binary that is shipped: one that needs a C library runs in its image alone."""
    return app.go.binary if app.go and not app.go.cgo else ""


async def _found(tree: dagger.Directory, app: App, name: str) -> dagger.File:
    """A text that lies beside an application, or at the root of its repository."""
    for folder in dict.fromkeys([app.path, "."]):
        held = tree if folder == "." else tree.directory(folder)
        entries = await held.entries()
        for entry in (name, f"{name}.md", f"{name}.txt"):
            if entry in entries:
                return held.file(entry)
    raise Failed(
        f"{app.name}: binaries: archives hold a {name}, and there is none beside the source nor at the root of the "
        f"repository, which holds {listing(entries)}; write one"
    )


def _proofs(app: str, version: str, publication: Publication, image: Image) -> dict[str, bytes]:
    """SBOMs and provenance, as they hang on the image."""
    found = {}
    for one in json.loads(publication.details())["proofs"]:
        if platform := image.platforms.get(one["subject"]):
            found[assets.sbom(app, version, platform)] = image.proofs[one["digest"]]
        else:
            # One statement a line (in-toto, Bundle).
            said = json.loads(image.proofs[one["digest"]])
            found[assets.provenance(app, version)] = json.dumps(said, separators=(",", ":")).encode() + b"\n"
    return found


async def _bundle(shipment: Shipment) -> dict[str, str]:
    """The files to deploy with, where the product is what is released."""
    if not deployed(list(shipment.images)):
        return {}
    with stage("pipeline", "deploy bundle"):
        # Its digest is that of all its platforms, whichever is asked for.
        database = await resolve(shipment.postgres, targets([str(await dag.default_platform())]))
        return bundle(
            Deployed(
                api=shipment.images["api"][0].reference(),
                frontend=shipment.images["frontend"][0].reference(),
                postgres=f"{database.name}@{database.digest}",
                version=shipment.version,
                revision=shipment.revision,
                # Of the user postgres, in Alpine's image and in Debian's.
                postgres_user=70 if "alpine" in database.name else 999,
            )
        )


def _report(shipment: Shipment) -> dict[str, str]:
    """What was tested and found, unless the release has that already."""
    if shipment.kept:
        return {}
    report = report_of(shipment.rows, shipment.plan)
    return dict(zip(MOMENTARY, (results_json(report), page(report)), strict=True))


def _sorted(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def _type(path: Path) -> str:
    return _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or _UNKNOWN


async def _kept() -> AsyncIterator[bytes]:
    raise ValueError("a file that a release has already is not uploaded again; run the release again")
    yield b""
