"""Publish: the images of all applications, into every registry that was named, with the reasons of their tags."""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Final

import anyio
from dagger import dag

from pipeline.nodes import git, publication, reuse, verbs, verify
from pipeline.nodes.app import App
from pipeline.nodes.done import Done
from pipeline.nodes.errors import Failed, stage
from pipeline.nodes.image import Image
from pipeline.nodes.publication import Lost, Publication
from pipeline.nodes.registries import Kept, Registries, ephemeral
from pipeline.nodes.together import together
from pipeline.policy.destinations import addresses
from pipeline.policy.images import VERSION
from pipeline.policy.tags import Change
from pipeline.remote.publishing import Known

_NO_KEY: Final = (
    "no content key, so it is built and tested each time: a git repository (.git) lies among the files; leave it out"
)
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


async def publish(apps: Sequence[App], plan: verbs.Plan, wish: Wish, image: str) -> Made:
    """Publish what passes the plan; one registry that fails does not undo the others.

    With no address it goes to the registry of the caller's machine where one is given, else to one made from `image`
    that lives as long as this call.

    Raises:
        Failed: something did not pass, or could not be published; what could stands in the text.
    """
    registries = plan.database.scanner.registries
    if wish.to or registries.service:
        wish = dataclasses.replace(wish, to=wish.to or [await registries.local()])
        return await made(apps, plan, wish, registries)
    registries = dataclasses.replace(registries, service=await ephemeral(dag.container().from_(image)))
    # Nothing is there: nothing has to be looked for.
    wish = dataclasses.replace(wish, to=[await registries.local()], rebuild=True)
    done = await made(apps, plan, wish, registries)
    try:
        seen = await _verified(done.publications, registries)
    except Failed as error:
        # Nobody can ask that registry afterwards: what it had stands in the error.
        raise Failed(f"{error}\n\n{done.text}{_NOTE}") from None
    return dataclasses.replace(done, text=done.text + seen + _NOTE)


async def made(apps: Sequence[App], plan: verbs.Plan, wish: Wish, registries: Registries) -> Made:
    """Publish what passes the plan, to the addresses of the wish.

    What a registry has by its content key has passed before: it is neither built nor tested again, unless it turns out
    that a part of it is lost.

    Raises:
        Failed: something did not pass, or could not be published; what could stands in the text.
    """
    apps = [dataclasses.replace(app, tag=wish.change.ref.removeprefix("refs/tags/")) for app in apps]
    async with Kept(registries) as kept:
        return await _made(apps, _Call(plan=plan, wish=wish, registries=kept))


async def _made(apps: Sequence[App], call: "_Call") -> Made:
    plan, wish = call.plan, call.wish
    known = {} if wish.rebuild else await reuse.found(apps, wish.to, call.registries)
    left = [app for app in apps if app.name not in known]
    rows = await plan.run(left) if left or not apps else []
    text = verbs.finish("publish", rows, verbs.stage_table(rows) if rows else "", verbs.used(plan))
    text += "".join(f"{name}: {one.key} is there already: not built and tested again\n" for name, one in known.items())
    images: dict[str, Image | Known] = {row.result.app: row.image for row in rows if row.image}
    images |= known
    tasks = {
        (app.name, at): partial(call.one, images[app.name], app, at)
        for app in apps
        for at in addresses(wish.to, app.name)
    }
    text, done = await publication.several("publish", tasks, text)
    return Made(text=text, publications=done, rows=[*rows, *(row for again in call.again.values() for row in again)])


async def _verified(done: Sequence[Publication], registries: Registries) -> str:
    """What a registry that ends with the call says of every image: nobody can ask it afterwards."""
    references = [one.reference() for one in done]
    seen = await together([partial(verify.looked, reference, registries) for reference in references])
    said = [verify.told(reference, one, one.findings) for reference, one in zip(references, seen, strict=True)]
    return "\n" + "\n".join(said)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Call:
    """What the publications of one call share; `again` has by application what ran because a part was lost."""

    plan: verbs.Plan
    wish: Wish
    registries: Kept
    again: dict[str, list[Done]] = dataclasses.field(default_factory=dict)
    _lock: anyio.Lock = dataclasses.field(default_factory=anyio.Lock)

    async def one(self, image: Image | Known, app: App, address: str) -> Publication:
        """Publish an image that was built, or give one that a registry has its tags."""
        if not isinstance(image, Known):
            return await self._built(image, app, address, whole=self.wish.rebuild)
        change = await _change(image.index.annotations.get(VERSION, ""), app, self.wish.change)
        try:
            return await publication.promote(app.name, image, address, self.registries, change)
        except Lost:
            done = await self._built(await self._passed(app), app, address, whole=True)
            return dataclasses.replace(done, note=f"{image.key} had lost a part, so it was built and tested again")

    async def _built(self, image: Image, app: App, address: str, *, whole: bool) -> Publication:
        change = await _change(image.version, app, self.wish.change)
        change = dataclasses.replace(change, key=await image.key())
        done = await publication.publish(image, address, self.registries, change, whole=whole)
        return done if change.key else dataclasses.replace(done, note=_NO_KEY)

    async def _passed(self, app: App) -> Image:
        """Build and test an application after all: once, however many registries want it."""
        async with self._lock:
            if app.name not in self.again:
                self.again[app.name] = await self.plan.run([app])
        rows = self.again[app.name]
        verbs.finish("publish", rows, verbs.stage_table(rows))
        return next(row.image for row in rows if row.image)


async def _change(version: str, app: App, asked: Change) -> Change:
    """What a caller asked for, with what only git and the image know."""
    named = asked.tags or asked.pull_request or (asked.ref and asked.commit)
    if app.repository and not named:
        with stage(app.name, "tags"):
            head = await git.head(app.repository, app.tools.go)
        asked = dataclasses.replace(asked, ref=asked.ref or head.ref, commit=asked.commit or head.commit)
    return dataclasses.replace(asked, version=version)
