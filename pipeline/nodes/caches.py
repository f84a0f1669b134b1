"""Cache volumes that a registry keeps, for machines that begin with empty ones.

An engine has no way to take its caches along. So what compilers and package managers keep in cache volumes becomes an
image, a folder a volume, and new volumes begin with these folders. What is published or released never does: caches of
compilers are believed, and whoever may write such an image would write the binaries.
"""

import dataclasses
import time
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
from pipeline.remote.asking import PUSH
from pipeline.remote.registry import Retries
from pipeline.report.table import megabytes

FILLED: Final = ("lint", "test", "build")
"""The stages that fill the volumes."""

_PATIENCE: Final = 10
"""Seconds that a registry is asked for caches: whoever has none compiles a little more."""

# A volume that the engine has thrown away meanwhile would replace a full one.
_PACK: Final = """\
set -eu
fail() { echo "pipeline-error: $1" >&2; exit 1; }
most=$1; shift
for volume; do
  [ -n "$(ls -A "/volumes/$volume")" ] || fail "the cache volume $volume is empty; build here, then keep it"
done
mkdir /kept
cp -a /volumes/. /kept
size=$(du -sm /kept | cut -f1)
[ "$size" -le "$most" ] || fail "the caches hold $size MB, and $most MB may be kept; say --most $size, or prune them"
echo "$size"
"""


async def seeded(apps: Sequence[App], address: str) -> list[App]:
    """The applications with what a repository keeps for them; nothing that is wrong with it fails anything."""
    return await together([partial(_seeded, app, address) for app in apps])


async def keep(app: App, address: str, most: int) -> str:
    """Put the volumes of an application into a repository, if none are there for its lock files; gives a line on it.

    Args:
        app: it was built on this engine before.
        address: a repository.
        most: MB that they may hold.

    Raises:
        Failed: a volume is empty, they are too large, or the registry refused.
    """
    volumes = app.recipe.volumes
    if not volumes:
        return f"{app.name}: nothing to keep: its kind has no cache volume"
    with stage(app.name, f"keep caches in {address}"):
        repository, registries = repository_of(address), app.scanner.registries
        exact, near = await _tags(app)
        async with registries.open(repository, actions=PUSH) as registry:
            if await registry.head(f"{repository}:{exact}"):
                return f"{app.name}: {exact} is there already"
            packed = _packed(app, most)
            size = int(await packed.stdout()) * 10**6
            # Laid down anew: as a root file system it would bring the layers along that it was made on.
            image = registries.authenticated(dag.container()).with_directory("/", packed.directory("/kept"))
            reference = f"{repository}:{exact}"
            zstd = dagger.ImageLayerCompression.Zstd
            await image.publish(reference, forced_compression=zstd, registry_service=registries.at(reference))
            await registry.put(f"{repository}:{near}", await registry.manifest(reference))
    return f"{app.name}: kept as {exact}, {megabytes(size)} unpacked"


def _packed(app: App, most: int) -> dagger.Container:
    (image,) = app.recipe.used(app.tools)
    # The moment makes it run: the engine does not know what is in a volume.
    container = dag.container().from_(image).with_env_variable("KEPT_AT", str(time.time()))
    names = list(app.recipe.volumes.values())
    for name in names:
        container = container.with_mounted_cache(f"/volumes/{name}", dag.cache_volume(name))
    return container.with_exec(["sh", "-c", _PACK, "keep caches", str(most), *names])


async def _seeded(app: App, address: str) -> App:
    if not app.recipe.volumes:
        return app
    try:
        with stage(app.name, f"caches of {address}"):
            repository = repository_of(address)
            found = await _found(app, repository, app.scanner.registries)
            if not found:
                return dataclasses.replace(app, caution=f"{repository} keeps no caches for it yet")
            return dataclasses.replace(app, seed=found)
    except Failed as error:
        return dataclasses.replace(app, caution=f"it begins with empty caches: {error}")


async def _found(app: App, repository: str, registries: Registries) -> dagger.Directory | None:
    """The newest caches of the very lock files, else of the toolchain, unpacked; None where there are none."""
    async with registries.open(repository, Retries(limit=_PATIENCE)) as registry:
        for tag in await _tags(app):
            if there := await registry.head(f"{repository}:{tag}"):
                reference = f"{repository}@{there.digest}"
                empty = registries.authenticated(dag.container())
                return await empty.from_(reference, registry_service=registries.at(reference)).rootfs().sync()
    return None


async def _tags(app: App) -> tuple[str, str]:
    (image,) = app.recipe.used(app.tools)
    locks = await app.source.filter(include=app.recipe.locks).digest()
    return cache_tags(app.name, image, app.recipe.volumes, locks)
