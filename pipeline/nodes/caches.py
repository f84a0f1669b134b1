"""Cache volumes that begin with what a registry keeps, for engines that begin with empty ones.

An engine has no way to take its caches along. `keep.py` puts what lies in volumes into images, and what is installed,
and new volumes begin with them. What is published or released never does: caches of compilers are believed, and whoever
may write such an image would write the binaries.
"""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Final

import anyio
import dagger
from dagger import dag

from pipeline.nodes import quality
from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed, stage
from pipeline.nodes.next import Next
from pipeline.nodes.recipe import Volume
from pipeline.nodes.registries import PATIENCE, Registries
from pipeline.nodes.together import together
from pipeline.policy.caches import Tags, cache_tags
from pipeline.policy.destinations import repository_of
from pipeline.remote.registry import Registry

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


async def tags(app: App) -> Mapping[str, Tags]:
    """Where an application's caches are kept, by the name of the volume, and what it installs by that name."""
    toolchain = [str(await dag.default_platform()), *app.recipe.used(app.tools), *quality.tools(app.recipe)]
    locks = await app.source.filter(include=app.recipe.locks).digest()
    names = [volume.name for volume in volumes(app).values()]
    installed = [app.recipe.installed] if isinstance(app.recipe, Next) else []
    return {name: cache_tags(app.name, name, toolchain, locks) for name in [*installed, *names]}


async def _seeded(app: App, address: str, registries: Registries) -> tuple[App, str]:
    if not volumes(app):
        return app, ""
    try:
        with stage(app.name, f"caches of {address}"):
            repository = repository_of(address)
            async with registries.open(repository, PATIENCE) as registry:
                begun = await _begun(app, _Kept(repository, registry, registries, await tags(app)))
    except Failed as error:
        return app, f"{error}; it begins with empty caches"
    if not begun.seeds:
        return app, f"{app.name}: {repository} keeps no caches for it yet"
    return begun, ""


@dataclasses.dataclass(frozen=True)
class _Kept:
    """What a repository keeps for an application."""

    repository: str
    registry: Registry
    registries: Registries
    known: Mapping[str, Tags]

    async def found(self, name: str, *, exact: bool = False) -> list[tuple[str, dagger.Directory]]:
        """What is kept under a name, for the very lock files, else the last one; nothing where there is none.

        Raises:
            ValueError: it cannot be had in time.
        """
        tagged = self.known[name]
        for tag in [tagged.exact] if exact else [tagged.exact, tagged.near]:
            if there := await self.registry.head(f"{self.repository}:{tag}"):
                reference = f"{self.repository}@{there.digest}"
                try:
                    with anyio.fail_after(_PULL):
                        return [(name, await self.registries.image(reference).rootfs().sync())]
                except TimeoutError:
                    raise ValueError(f"{reference} was not here within {_PULL} s") from None
        return []


async def _begun(app: App, kept: _Kept) -> App:
    """The application with what there is: what is installed for the very lock files saves what would install it."""
    if isinstance(app.recipe, Next):
        app = _with(app, await kept.found(app.recipe.installed, exact=True))
    wanted = [volume.name for volume in volumes(app).values()]
    tasks: list[Callable[[], Awaitable[list[tuple[str, dagger.Directory]]]]] = [
        partial(kept.found, name) for name in wanted
    ]
    return _with(app, [each for found in await together(tasks) for each in found])


def _with(app: App, found: Sequence[tuple[str, dagger.Directory]]) -> App:
    names, seeds = [name for name, _ in found], [seed for _, seed in found]
    return dataclasses.replace(app, seed_names=[*app.seed_names, *names], seeds=[*app.seeds, *seeds])
