"""Publish: the images of all applications, into every registry that was named, with the reasons of their tags."""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Final

from dagger import dag

from pipeline.nodes import git, publication, reuse, verbs, verify
from pipeline.nodes.app import App
from pipeline.nodes.done import Done
from pipeline.nodes.errors import stage
from pipeline.nodes.image import Image
from pipeline.nodes.publication import Publication
from pipeline.nodes.registries import Registries, ephemeral
from pipeline.nodes.together import together
from pipeline.policy.images import VERSION
from pipeline.policy.tags import Change
from pipeline.remote.publishing import Known

_NOTE: Final = "note: that registry was one for this call alone; name another with --to or --registry\n"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wish:
    """What a caller wants: addresses, the change that makes the tags, and whether to build what is there already."""

    to: Sequence[str]
    change: Change
    rebuild: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Made:
    """What was published: a text for people, the publications, and the stages that ran for what was built."""

    text: str
    publications: Sequence[Publication]
    rows: Sequence[Done]


async def publish(apps: Sequence[App], plan: verbs.Plan, wish: Wish, image: str) -> str:
    """Publish what passes the plan; one registry that fails does not undo the others.

    With no address it goes to the registry of the caller's machine where one is given, else to one made from `image`
    that lives as long as this call.

    Raises:
        Failed: something did not pass, or could not be published; what could stands in the text.
    """
    registries = plan.database.scanner.registries
    if wish.to or registries.service:
        wish = dataclasses.replace(wish, to=wish.to or [await registries.local()])
        return (await made(apps, plan, wish, registries)).text
    registries = dataclasses.replace(registries, service=await ephemeral(dag.container().from_(image)))
    # Nothing is there: nothing has to be looked for.
    wish = dataclasses.replace(wish, to=[await registries.local()], rebuild=True)
    done = await made(apps, plan, wish, registries)
    return done.text + await _verified(done.publications, registries) + _NOTE


async def made(apps: Sequence[App], plan: verbs.Plan, wish: Wish, registries: Registries) -> Made:
    """Publish what passes the plan, to the addresses of the wish.

    What a registry has by its content key has passed before: it is neither built nor tested again.

    Raises:
        Failed: something did not pass, or could not be published; what could stands in the text.
    """
    known = {} if wish.rebuild else await reuse.found(apps, wish.to, registries)
    left = [app for app in apps if app.name not in known]
    rows = await plan.run(left) if left or not apps else []
    text = verbs.finish("publish", rows, verbs.stage_table(rows) if rows else "", verbs.used(plan))
    text += "".join(f"{name}: {one.key} is there already: not built and tested again\n" for name, one in known.items())
    images: dict[str, Image | Known] = {row.result.app: row.image for row in rows if row.image}
    # While something else was built, the tags may have become others.
    images |= {name: dataclasses.replace(one, tags=None) for name, one in known.items()} if left else known
    tasks = {
        (app.name, at): partial(_one, images[app.name], app, at, wish.change, registries)
        for app in apps
        for at in reuse.addresses(wish.to, app.name)
    }
    text, done = await publication.several("publish", tasks, text)
    return Made(text=text, publications=done, rows=rows)


async def _verified(done: Sequence[Publication], registries: Registries) -> str:
    """What a registry that ends with the call says of every image: nobody can ask it afterwards."""
    references = [one.reference() for one in done]
    seen = await together([partial(verify.looked, reference, registries) for reference in references])
    said = [verify.told(reference, one, one.findings) for reference, one in zip(references, seen, strict=True)]
    return "\n" + "\n".join(said)


async def _one(image: Image | Known, app: App, address: str, asked: Change, registries: Registries) -> Publication:
    if isinstance(image, Known):
        change = await _change(image.index.annotations.get(VERSION, ""), app, asked)
        return await publication.promote(app.name, image, address, registries, change)
    change = dataclasses.replace(await _change(image.version, app, asked), key=await image.key())
    return await publication.publish(image, address, registries, change)


async def _change(version: str, app: App, asked: Change) -> Change:
    """What a caller asked for, with what only git and the image know."""
    named = asked.tags or asked.pull_request or (asked.ref and asked.commit)
    if app.repository and not named:
        with stage(app.name, "tags"):
            head = await git.head(app.repository, app.tools.go)
        asked = dataclasses.replace(asked, ref=asked.ref or head.ref, commit=asked.commit or head.commit)
    return dataclasses.replace(asked, version=version)
