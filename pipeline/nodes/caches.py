"""Cache volumes that begin with what a registry keeps, for engines that begin with empty ones.

An engine has no way to take its caches along. `keep.py` puts what lies in volumes into images, and what is installed,
and new volumes begin with them. What is published or released never does: caches of compilers are believed, and whoever
may write such an image would write the binaries.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import anyio
import dagger
from dagger import dag

from pipeline.nodes import quality
from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed, stage
from pipeline.nodes.recipe import INSTALLED, Installed, Volume
from pipeline.nodes.registries import PATIENCE, Registries
from pipeline.nodes.together import settled, together
from pipeline.policy.caches import Tags, cache_tags
from pipeline.policy.destinations import repository_of
from pipeline.remote.registry import Registry

_PULL: Final = 300
"""Seconds in which they have to be here: without them everything is compiled in not much more."""

# What a developer's machine has beside the sources, and a fresh one has not.
_NO_SOURCE: Final = ["**/.git", "**/node_modules", "**/.next"]


async def seeded(apps: Sequence[App], address: str, registries: Registries) -> tuple[list[App], list[str]]:
    """The applications with what a repository keeps for them, and notes on those for which it has nothing.

    Nothing that is wrong with it fails anything.
    """
    found = await together([partial(_seeded, app, address, registries) for app in apps])
    return [app for app, _ in found], [note for _, notes in found for note in notes]


def volumes(app: App) -> Mapping[str, Volume]:
    """The cache volumes of an application that can be kept, by their paths."""
    return app.recipe.volumes(app.sources)


async def _toolchain(app: App) -> list[str]:
    """What makes an application's caches: the engine's platform, images by their digests, and versions of tools."""
    images = [await dag.container().from_(image).image_ref() for image in app.recipe.used(app.tools)]
    return [str(await dag.default_platform()), *images, *quality.tools(app.recipe)]


async def tags(app: App, installed: Installed | None) -> Mapping[str, Tags]:
    """Where an application's caches are kept, by the name of the volume, and what it installs under INSTALLED."""
    toolchain = await _toolchain(app)
    locks = await app.source.filter(include=app.recipe.locks, exclude=_NO_SOURCE).digest()
    made = {volume.name: toolchain for volume in volumes(app).values()}
    if installed:
        made[INSTALLED] = [*toolchain, installed.settings]
    return {name: cache_tags(app.name, name, of, locks) for name, of in made.items()}


async def _seeded(app: App, address: str, registries: Registries) -> tuple[App, list[str]]:
    if not volumes(app):
        return app, []
    try:
        with stage(app.name, f"caches of {address}"):
            repository = repository_of(address)
            known = await tags(app, await app.recipe.installed(app.sources))
            async with registries.open(repository, PATIENCE) as registry:
                found = await together([partial(_found, registry, repository, each) for each in known.items()])
    except Failed as error:
        return app, [f"{error}; it begins with empty caches"]
    kept = dict(each for each in found if each)
    if not kept:
        return app, [f"{app.name}: {repository} keeps no caches for it yet"]
    # What is installed for the very lock files saves what would install it.
    first, notes = await _with(app, registries, {name: kept[name] for name in kept if name == INSTALLED})
    wanted = [volume.name for volume in volumes(first).values()]
    begun, more = await _with(first, registries, {name: kept[name] for name in wanted if name in kept})
    return begun, [*notes, *more]


async def _found(registry: Registry, repository: str, known: tuple[str, Tags]) -> tuple[str, str] | None:
    """What is kept under a name, by digest: for the very lock files, else the last one of a volume; None if nothing."""
    name, tagged = known
    for tag in [tagged.exact] if name == INSTALLED else [tagged.exact, tagged.near]:
        if there := await registry.head(f"{repository}:{tag}"):
            return name, f"{repository}@{there.digest}"
    return None


async def _with(app: App, registries: Registries, kept: Mapping[str, str]) -> tuple[App, list[str]]:
    """The application with what is kept, and a note on each part that could not be had."""
    found = await settled([partial(_pulled, app, registries, name, reference) for name, reference in kept.items()])
    notes = [f"{each}; it does without" for each in found if isinstance(each, Exception)]
    seeds = {name: seed for name, seed in zip(kept, found, strict=True) if isinstance(seed, dagger.Directory)}
    return dataclasses.replace(app, seed_names=[*app.seed_names, *seeds], seeds=[*app.seeds, *seeds.values()]), notes


async def _pulled(app: App, registries: Registries, name: str, reference: str) -> dagger.Directory:
    with stage(app.name, f"cache {name}"):
        try:
            with anyio.fail_after(_PULL):
                return await registries.image(reference).rootfs().sync()
        except TimeoutError:
            raise ValueError(f"{reference} was not here within {_PULL} s") from None
