"""Keep: what compilers and package managers left in cache volumes becomes images, and what they installed."""

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
from pipeline.nodes.recipe import INSTALLED, Installed
from pipeline.nodes.registries import Registries
from pipeline.nodes.together import together
from pipeline.policy.destinations import repository_of
from pipeline.report.table import megabytes

FILLED: Final = ("lint", "test", "build")
"""The stages that fill the volumes."""

# A volume may be empty although everything was built: the engine may have thrown it away, and kept what came out.
# Clones of repositories and npm's log speak of other applications and of registries, and are of no use. Beside what the
# compiler of Next.js keeps lie keys, and the answers to requests of a build; next.mjs says by a file what it was given.
_PACK: Final = """\
set -eu
fail() { echo "pipeline-error: $1" >&2; exit 1; }
most=$1
mkdir /kept
cp -a /volumes/. /kept
rm -rf /kept/pipeline-go-mod/cache/vcs /kept/pipeline-npm/_logs
for folder in /kept/*; do
  case $folder in
  /kept/pipeline-next-*)
    only='-name turbopack -o -name webpack -o -name .tsbuildinfo -o -name .open'
    [ ! -e "$folder/.closed" ] || only='-name .closed'
    find "$folder" -mindepth 1 -maxdepth 1 ! '(' $only ')' -exec rm -rf {} + ;;
  esac
  [ -n "$(find "$folder" -type f -print -quit)" ] ||
    fail "its cache volume ${folder##*/} is empty: prune the cache of the engine, and keep them again"
done
set -- /kept
[ ! -d /installed ] || set -- "$@" /installed
size=$(du -sc --block-size=1000000 "$@" | tail -n1 | cut -f1)
[ "$size" -le "$most" ] || fail "the caches hold $size MB, and $most MB may be kept; say --most $size, or prune them"
echo "$size"
"""


async def keep(apps: Sequence[App], plan: verbs.Plan, address: str, most: int) -> str:
    """Put what every application's tools left into a repository, once for its lock files; gives a line on each.

    What is not there yet is built first, so that its volumes are full.

    Args:
        apps: the applications.
        plan: the stages that fill volumes.
        address: a repository.
        most: MB that the volumes of one application, and what it installed, may hold.

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
        known = await tags(app, await app.recipe.installed(app.sources))
        async with registries.open(repository) as registry:
            there = [await registry.head(f"{repository}:{tagged.exact}") for tagged in known.values()]
        return "caches for these lock files are there already" if all(there) else ""


async def _keep(app: App, address: str, registries: Registries, most: int) -> str:
    with stage(app.name, f"keep caches in {address}"):
        repository = repository_of(address)
        installed = await app.recipe.installed(app.sources)
        packed = _packed(app, installed, most)
        size = int(await packed.stdout()) * 10**6
        known = await tags(app, installed)
        for volume in volumes(app).values():
            # Laid down anew: as a root file system it would bring the layers along that it was made on.
            image = dag.container().with_directory("/", packed.directory(f"/kept/{volume.name}"))
            # The name of the very lock files comes last: where it is, the other one is.
            for tag in (known[volume.name].near, known[volume.name].exact):
                await _push(image, f"{repository}:{tag}", registries, dagger.ImageLayerCompression.Zstd)
        if installed:
            # Here those layers are of use: an engine has them, or needs them.
            image = dag.container().with_rootfs(installed.container.rootfs())
            await _push(image, f"{repository}:{known[INSTALLED].exact}", registries)
    return f"kept caches for these lock files, {megabytes(size)} unpacked"


async def _push(
    image: dagger.Container,
    address: str,
    registries: Registries,
    compression: dagger.ImageLayerCompression | None = None,
) -> None:
    """Let the engine push: what has no name of a version may be there before it is whole."""
    ready = registries.authenticated(image)
    await ready.publish(address, forced_compression=compression, registry_service=registries.at(address))


def _packed(app: App, installed: Installed | None, most: int) -> dagger.Container:
    (image,) = app.recipe.used(app.tools)
    # The moment makes it run: the engine does not know what is in a volume.
    container = dag.container().from_(image).with_env_variable("KEPT_AT", str(time.time()))
    for volume in volumes(app).values():
        container = container.with_mounted_cache(f"/volumes/{volume.name}", volume.opened)
    if installed:
        container = container.with_mounted_directory("/installed", installed.container.directory("/app"))
    return container.with_exec(["sh", "-c", _PACK, "keep caches", str(most)])
