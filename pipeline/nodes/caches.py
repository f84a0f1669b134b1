"""Cache volumes that begin with what a registry keeps, for engines that begin with empty ones.

An engine has no way to take its caches along. `keep.py` puts what lies in volumes into an image, and new volumes begin
with its folders. What is published or released never does: caches of compilers are believed, and whoever may write such
an image would write the binaries.
"""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Final

import dagger
from dagger import dag

from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed, stage
from pipeline.nodes.registries import Registries
from pipeline.nodes.together import together
from pipeline.policy.caches import cache_tags
from pipeline.policy.destinations import repository_of
from pipeline.remote.registry import Retries

_PATIENCE: Final = 10
"""Seconds that a registry is asked for caches: whoever has none compiles a little more."""


async def seeded(apps: Sequence[App], address: str, registries: Registries) -> list[App]:
    """The applications with what a repository keeps for them; nothing that is wrong with it fails anything."""
    return await together([partial(_seeded, app, address, registries) for app in apps])


async def tags(app: App) -> tuple[str, str]:
    """The tag of caches for the very lock files of an application, and that of the last ones of its toolchain."""
    (image,) = app.recipe.used(app.tools)
    locks = await app.source.filter(include=app.recipe.locks).digest()
    return cache_tags(app.name, image, app.recipe.volumes, locks)


async def _seeded(app: App, address: str, registries: Registries) -> App:
    if not app.recipe.volumes:
        return app
    try:
        with stage(app.name, f"caches of {address}"):
            repository = repository_of(address)
            found = await _found(app, repository, registries)
            if not found:
                return dataclasses.replace(app, caution=f"{repository} keeps no caches for it yet")
            return dataclasses.replace(app, seed=found)
    except Failed as error:
        return dataclasses.replace(app, caution=f"it begins with empty caches: {error}")


async def _found(app: App, repository: str, registries: Registries) -> dagger.Directory | None:
    """The caches of the very lock files, else of the toolchain, unpacked; None where there are none."""
    async with registries.open(repository, Retries(limit=_PATIENCE)) as registry:
        for tag in await tags(app):
            if there := await registry.head(f"{repository}:{tag}"):
                reference = f"{repository}@{there.digest}"
                empty = registries.authenticated(dag.container())
                return await empty.from_(reference, registry_service=registries.at(reference)).rootfs().sync()
    return None
