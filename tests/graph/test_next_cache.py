"""The compiler's cache of Next.js: whose it is, who may see it, and what it begins with."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import anyio
import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes import keep
from pipeline.nodes.app import App
from pipeline.nodes.caches import volumes

from .queries import arguments, chain, held

pytestmark = pytest.mark.anyio

PATH = "/app/.next/cache"
KEYS = held(dagger.Secret, "keys")


@pytest.fixture
def web(pipeline: Pipeline) -> App:
    """A site whose keys guard nothing."""
    return pipeline.next_app("web", held(dagger.Directory, "source"), public_keys=True)


def mounted(app: App) -> dict[str, Any]:
    """How the cache of the compiler is mounted in a build."""
    assert app.next
    (mount,) = [
        args for args in arguments(app.next.compile(app.sources, ["npm"]), "withMountedCache") if args["path"] == PATH
    ]
    return mount


def volume(app: App) -> str:
    """The volume that its compiler has."""
    return " | ".join(chain(mounted(app)["cache"]))


def test_each_application_has_its_own(web: App) -> None:
    """Also of another repository, or built with another Node.js."""
    others = [
        dataclasses.replace(web, name="shop"),
        web.with_labels(url="https://github.com/acme/other"),
        dataclasses.replace(web, tools=dataclasses.replace(web.tools, node="node:2")),
    ]
    assert len({volume(web), *map(volume, others)}) == 4


def test_it_is_of_use_to_one_build_at_a_time(web: App) -> None:
    """It holds a database; what packs it mounts it in the same mode, for in another one it is another volume."""
    assert 'sharing="LOCKED"' in volume(web)
    assert volume(web) == " | ".join(chain(volumes(web)[PATH].opened))


@pytest.mark.parametrize("secret", ["next-keys", "npmrc", "token"])
def test_it_is_not_kept_where_a_build_has_a_secret(web: App, secret: str) -> None:
    """The compiler writes into it what it was given; nor is what it wrote with a secret there for a build without."""
    closed = web.with_secret(secret, KEYS)
    assert PATH not in volumes(closed)
    assert volume(closed) != volume(web)


def test_it_is_not_kept_where_keys_are_random(pipeline: Pipeline) -> None:
    """The image that was built with them may be in use."""
    web = pipeline.next_app("web", held(dagger.Directory, "source"))
    assert PATH not in volumes(web)


def test_it_begins_with_what_a_registry_kept(web: App) -> None:
    """With the image of its name."""
    name = volumes(web)[PATH].name
    begun = mounted(dataclasses.replace(web, seeds=[held(dagger.Directory, "seed")], seed_names=[name]))
    assert chain(begun["source"]) == ['node(id="seed")']


def test_what_is_not_kept_begins_empty_beside_what_is(web: App) -> None:
    """Packages that a registry kept get into no volume that a build without them has."""
    closed = web.with_secret("token", KEYS)
    seeds = [held(dagger.Directory, "seed")]
    begun = mounted(dataclasses.replace(closed, seeds=seeds, seed_names=["pipeline-npm"]))
    assert chain(begun["source"]) == ["directory"]
    assert "source" not in mounted(closed)


@pytest.mark.parametrize(
    ("there", "kept"),
    [
        ([".open"], {"turbopack/v1/db", ".tsbuildinfo", ".open"}),
        ([".closed"], {".closed"}),
        ([".open", ".closed"], {".closed"}),
    ],
)
async def test_of_what_it_holds_the_compilers_own_is_packed(
    web: App, tmp_path: Path, there: list[str], kept: set[str]
) -> None:
    """Neither keys nor answers to requests, and nothing where the compiler was given what may be secret."""
    shell, option, script, stage, _ = arguments(keep._packed(web, None, 1), "withExec")[-1]["args"]
    for name in ("turbopack/v1/db", ".tsbuildinfo", ".previewinfo", ".rscinfo", "fetch-cache/x", "images/x", *there):
        path = tmp_path / "volumes/pipeline-next-1" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    moved = re.sub("/(?=volumes|kept|installed)", f"{tmp_path}/", script)
    await anyio.run_process([shell, option, moved, stage, "1"])
    folder = tmp_path / "kept/pipeline-next-1"
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == kept
