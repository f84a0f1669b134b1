"""Publish: the images of all applications, into every registry that was named, with the reasons of their tags."""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Final

from dagger import dag

from pipeline.nodes import git, publication, verbs
from pipeline.nodes.app import App
from pipeline.nodes.done import problem
from pipeline.nodes.errors import Failed, stage
from pipeline.nodes.image import Image
from pipeline.nodes.publication import Publication
from pipeline.nodes.registries import Registries, ephemeral
from pipeline.nodes.together import settled
from pipeline.policy.tags import Change
from pipeline.report.text import plural

_NOTE: Final = "note: that registry was one for this call alone; name another with --to or --registry\n"


async def publish(apps: Sequence[App], plan: verbs.Plan, to: Sequence[str], asked: Change, image: str) -> str:
    """Publish what passes the plan; one registry that fails does not undo the others.

    With no address it goes to the registry of the caller's machine where one is given, else to one made from `image`
    that lives as long as this call.

    Raises:
        Failed: something did not pass, or could not be published; what could stands in the text.
    """
    rows = await plan.run(apps)
    table = verbs.finish("publish", rows, verbs.stage_table(rows), verbs.used(plan))
    images = {row.result.app: row.image for row in rows if row.image}
    registries = plan.database.scanner.registries
    note = "" if to or registries.service else _NOTE
    if note:
        registries = dataclasses.replace(registries, service=await ephemeral(dag.container().from_(image)))
    places = [(app, address) for app in apps for address in to or [await registries.local()]]
    found = await settled([partial(_one, images[app.name], app, at, asked, registries) for app, at in places])
    text = "\n".join([table, *(one.text for one in found if isinstance(one, Publication))]) + note
    failed = [
        problem(f"publish to {address}", app.name, one)
        for (app, address), one in zip(places, found, strict=True)
        if isinstance(one, Exception)
    ]
    if failed:
        count = f"publish: {len(failed)} of {plural(len(places), 'publication')} failed"
        raise Failed("\n\n".join([count, *failed, text]).rstrip())
    return text


async def _one(image: Image, app: App, address: str, asked: Change, registries: Registries) -> Publication:
    place = address.replace("{app}", app.name) if "{app}" in address else f"{address.rstrip('/')}/{app.name}"
    return await publication.publish(image, place, registries, await _change(image, app, asked))


async def _change(image: Image, app: App, asked: Change) -> Change:
    """What a caller asked for, with what only git and the image know."""
    named = asked.tags or asked.pull_request or (asked.ref and asked.commit)
    if app.repository and not named:
        with stage(app.name, "tags"):
            head = await git.head(app.repository, app.tools.go)
        asked = dataclasses.replace(asked, ref=asked.ref or head.ref, commit=asked.commit or head.commit)
    return dataclasses.replace(asked, version=image.version)
