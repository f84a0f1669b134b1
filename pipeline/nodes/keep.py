"""Keep: what compilers and package managers left in cache volumes becomes an image, a folder a volume."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Final

import dagger
from dagger import dag

from pipeline.nodes import verbs
from pipeline.nodes.app import App
from pipeline.nodes.caches import tags, volumes
from pipeline.nodes.errors import stage
from pipeline.nodes.registries import Registries
from pipeline.nodes.together import together
from pipeline.policy.destinations import repository_of
from pipeline.report.table import megabytes

FILLED: Final = ("lint", "test", "build")
"""The stages that fill the volumes."""

# Volumes may be empty although everything was built: the engine may have thrown them away, and kept what came out.
# Clones of repositories and npm's log speak of other applications and of registries, and are of no use. Beside what the
# compiler of Next.js keeps lie keys, and the answers to requests of a build.
_PACK: Final = """\
set -eu
fail() { echo "pipeline-error: $1" >&2; exit 1; }
most=$1
[ -n "$(find /volumes -mindepth 2 -print -quit)" ] ||
  fail 'its cache volumes are empty: prune the cache of the engine, and keep them again'
mkdir /kept
cp -a /volumes/. /kept
rm -rf /kept/pipeline-go-mod/cache/vcs /kept/pipeline-npm/_logs
for folder in /kept/pipeline-next-*; do
  [ ! -d "$folder" ] || find "$folder" -mindepth 1 -maxdepth 1 \\
    ! -name turbopack ! -name webpack ! -name .tsbuildinfo -exec rm -rf {} +
done
size=$(du -s --block-size=1000000 /kept | cut -f1)
[ "$size" -le "$most" ] || fail "the caches hold $size MB, and $most MB may be kept; say --most $size, or prune them"
echo "$size"
"""


async def keep(apps: Sequence[App], plan: verbs.Plan, address: str, most: int) -> str:
    """Put the volumes of every application into a repository, once for its lock files; gives a line on each.

    What is not there yet is built first, so that its volumes are full.

    Args:
        apps: the applications.
        plan: the stages that fill volumes.
        address: a repository.
        most: MB that the volumes of one application may hold.

    Raises:
        Failed: a stage failed, the volumes are empty or too large, or the registry refused.
    """
    registries = plan.database.scanner.registries
    there = await together([partial(_there, app, address, registries) for app in apps])
    left = [app for app, said in zip(apps, there, strict=True) if not said]
    text = ""
    if left:
        rows = await plan.run(left)
        text = verbs.finish("keep-caches", rows, verbs.stage_table(rows)) + "\n"
    kept = iter(await together([partial(_keep, app, address, registries, most) for app in left]))
    return text + "".join(f"{app.name}: {said or next(kept)}\n" for app, said in zip(apps, there, strict=True))


async def _there(app: App, address: str, registries: Registries) -> str:
    """Why nothing has to be kept; "" where something has."""
    if not volumes(app):
        return "nothing to keep: its kind has no cache volume"
    with stage(app.name, f"keep caches in {address}"):
        repository = repository_of(address)
        exact, _ = await tags(app)
        async with registries.open(repository) as registry:
            return f"{exact} is there already" if await registry.head(f"{repository}:{exact}") else ""


async def _keep(app: App, address: str, registries: Registries, most: int) -> str:
    with stage(app.name, f"keep caches in {address}"):
        repository = repository_of(address)
        exact, near = await tags(app)
        packed = _packed(app, most)
        size = int(await packed.stdout()) * 10**6
        # Laid down anew: as a root file system it would bring the layers along that it was made on.
        image = registries.authenticated(dag.container()).with_directory("/", packed.directory("/kept"))
        for tag in (near, exact):
            # The engine pushes: what has no name of a version may be there before it is whole. The last name says that
            # all is there.
            at = f"{repository}:{tag}"
            await image.publish(
                at, forced_compression=dagger.ImageLayerCompression.Zstd, registry_service=registries.at(at)
            )
    return f"kept as {exact}, {megabytes(size)} unpacked"


def _packed(app: App, most: int) -> dagger.Container:
    (image,) = app.recipe.used(app.tools)
    # The moment makes it run: the engine does not know what is in a volume.
    container = dag.container().from_(image).with_env_variable("KEPT_AT", str(time.time()))
    for volume in volumes(app).values():
        container = container.with_mounted_cache(f"/volumes/{volume.name}", volume.opened)
    return container.with_exec(["sh", "-c", _PACK, "keep caches", str(most)])
