"""Cache volumes that begin with what a registry keeps, for engines that begin with empty ones.

An engine has no way to take its caches along. `keep.py` puts what lies in volumes into an image, and new volumes begin
with its folders. What is published or released never does: caches of compilers are believed, and whoever may write such
an image would write the binaries.
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
from pipeline.nodes.recipe import Volume
from pipeline.nodes.registries import PATIENCE, Registries
from pipeline.nodes.together import together
from pipeline.policy.caches import cache_tags
from pipeline.policy.destinations import repository_of

_PULL: Final = 300
"""Seconds in which they have to be here: without them everything is compiled in not much more."""


async def seeded(apps: Sequence[App], address: str, registries: Registries) -> tuple[list[App], list[str]]:
    """The applications with what a repository keeps for them, and notes on those for which it has nothing.

    Nothing that is wrong with it fails anything.
    """
    found = await together([partial(_seeded, app, address, registries) for app in apps])
    return [app for app, _ in found], [note for _, note in found if note]


def volumes(app: App) -> Mapping[str, Volume]:
    """The cache volumes of an application that can be kept, by their paths."""
    return app.recipe.volumes(app.sources)


async def tags(app: App) -> tuple[str, str]:
    """The tag of caches for the very lock files of an application, and that of the last ones of its toolchain."""
    names = {path: volume.name for path, volume in volumes(app).items()}
    toolchain = [str(await dag.default_platform()), *app.recipe.used(app.tools), *quality.tools(app.recipe)]
    locks = await app.source.filter(include=app.recipe.locks).digest()
    return cache_tags(app.name, toolchain, names, locks)


async def _seeded(app: App, address: str, registries: Registries) -> tuple[App, str]:
    if not volumes(app):
        return app, ""
    try:
        with stage(app.name, f"caches of {address}"):
            repository = repository_of(address)
            found = await _found(app, repository, registries)
    except Failed as error:
        return app, f"{error}; it begins with empty caches"
    if not found:
        return app, f"{app.name}: {repository} keeps no caches for it yet"
    return dataclasses.replace(app, seed=found), ""


async def _found(app: App, repository: str, registries: Registries) -> dagger.Directory | None:
    """The caches of the very lock files, else of the toolchain, unpacked; None where there are none.

    Raises:
        ValueError: what is there is not whole, or cannot be had in time.
    """
    async with registries.open(repository, PATIENCE) as registry:
        for tag in await tags(app):
            if there := await registry.head(f"{repository}:{tag}"):
                reference = f"{repository}@{there.digest}"
                try:
                    with anyio.fail_after(_PULL):
                        return await _unpacked(app, reference, registries)
                except TimeoutError:
                    raise ValueError(f"{reference} was not here within {_PULL} s") from None
    return None


async def _unpacked(app: App, reference: str, registries: Registries) -> dagger.Directory:
    root = await registries.image(reference).rootfs().sync()
    held = {name.rstrip("/") for name in await root.entries()}
    if lacking := sorted({volume.name for volume in volumes(app).values()} - held):
        raise ValueError(f"{reference} has no {', '.join(lacking)}; keep caches again")
    return root
