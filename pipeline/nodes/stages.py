"""Stages: what is done to the image of one application, each with the row that it earns."""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import dagger
from dagger import dag

from pipeline.nodes import measure, reuse
from pipeline.nodes.app import App
from pipeline.nodes.database import Loaded
from pipeline.nodes.done import Done
from pipeline.nodes.errors import Failed, problem, stage
from pipeline.nodes.image import Image
from pipeline.nodes.scan import Scan, judge
from pipeline.nodes.together import settled, together
from pipeline.policy.results import Outcome, Result
from pipeline.policy.sizes import Measured
from pipeline.policy.versions import Stamp
from pipeline.report.findings import grouped, standings, verdict_problems
from pipeline.report.table import megabytes

_DOCUMENTS: Final = {"scan.sarif": "sarif", "sbom.cdx.json": "cyclonedx", "sbom.spdx.json": "spdx-json"}


async def build(
    app: App, at: Stamp | Failed, platforms: Sequence[dagger.Platform], origin: reuse.Origin | None = None
) -> Done:
    """Build, measure and weigh every variant; one that fails does not stop the others.

    What has an origin is pulled, and built only where it cannot be had.

    Raises:
        Failed: there is no image to build, for want of a version or of sources.
    """
    if isinstance(at, Failed):
        raise at
    image, pulled, notes = await _made(await app.image(at, platforms), origin)
    measured = await settled([partial(image.measured, str(platform)) for platform in image.platforms])
    broken = [problem("build", app.name, error) for error in measured if isinstance(error, Exception)]
    sizes = [size for size in measured if not isinstance(size, Exception)]
    # What stops two variants is said once.
    problems = list(dict.fromkeys([*broken, *filter(None, map(image.over_budget, sizes))]))
    result = Result(
        stage="build",
        app=app.name,
        outcome=Outcome.FAILED if problems else Outcome.PASSED,
        number=pulled
        + ", ".join(f"{megabytes(one.compressed)} {one.platform.removeprefix('linux/')}" for one in sizes),
        problems=problems,
        notes=notes,
    )
    return Done(result=result, sizes=sizes, image=None if broken else image, base=image.base, version=image.version)


async def _made(image: Image, origin: reuse.Origin | None) -> tuple[Image, str, list[str]]:
    """The image, pulled where it can be, with a word on that and its notes."""
    notes = [f"{image.app}: {note}" for note in image.notes]
    if not origin or not origin.covers(image):
        return image, "", notes
    try:
        pulled = await reuse.pulled(image, origin)
    except Failed as error:
        return image, "", [*notes, f"{error}; it was built"]
    name = f"{origin.known.repository}:{origin.known.key}"
    return pulled, "pulled: ", [*notes, f"{image.app}: {name} is there already: not built again"]


async def smoke(image: Image) -> Done:
    """Run the image on the engine's own platform."""
    said = await image.smoke(await dag.default_platform())
    return Done(result=Result(stage="smoke", app=image.app, outcome=Outcome.PASSED, number=said.strip()))


async def scan(app: App, image: Image, loaded: Loaded, against: str) -> Done:
    """Scan source and image, and hold the findings of both against one gate."""
    scans = [await image.scanned(loaded, against), app.scanned(loaded)]
    notes = [f"{app.name}: scan: {note}" for note in scans[0].notes]
    try:
        found = await judge(scans, app.rules)
    except Failed as error:
        # What could be scanned is part of the report all the same.
        broken = Result(stage="scan", app=app.name, outcome=Outcome.FAILED, problems=[str(error)], notes=notes)
        return Done(result=broken, scans=scans)
    result = Result(
        stage="scan",
        app=app.name,
        outcome=Outcome.FAILED if found.failed else Outcome.PASSED,
        number=standings(grouped(found.judged)) or "no findings",
        problems=verdict_problems(app.name, found),
        notes=[*notes, *(f"{app.name}: scan: {note}" for note in found.notes)],
    )
    (sizes,) = await settled([partial(_before, image, against)])
    if isinstance(sizes, Exception):
        # The verdict stands; what the published image weighs is a figure more.
        unmeasured = f"{app.name}: scan: {against} could not be measured: {sizes}"
        return Done(result=dataclasses.replace(result, notes=[*result.notes, unmeasured]), verdict=found, scans=scans)
    return Done(result=result, verdict=found, scans=scans, before=sizes)


def documents(app: str, scans: Sequence[Scan]) -> Mapping[str, dagger.File]:
    """Trivy's JSON of every target, and what its converter makes of it, by their path in the report."""
    files: dict[str, dagger.File] = {}
    for found in scans:
        for target in found.targets:
            folder = f"{app}/{target.name.replace('/', '-')}"
            files[f"{folder}/scan.json"] = target.report
            for name, form in _DOCUMENTS.items():
                files[f"{folder}/{name}"] = found.scanner.converted(target.report, form)
    return files


async def _before(image: Image, reference: str) -> list[Measured]:
    """What the variants of a published image weigh; none where nothing is published."""
    with stage(image.app, "compare"):
        published = await image.published(reference)
        own, node = image.own_layers, image.tools.node
        return await together([partial(measure.measure, c.as_tarball(), p, node, own) for p, c in published.items()])
