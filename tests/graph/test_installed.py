"""What npm installed, in a registry: when it is kept, where it is pushed, and what begins with it."""

import dataclasses

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes import caches, keep
from pipeline.nodes.app import App
from pipeline.nodes.next import Next
from pipeline.nodes.recipe import INSTALLED, Installed
from pipeline.policy.caches import Tags

from .keeping import Kept
from .queries import Engine, chain, held

pytestmark = pytest.mark.anyio

FILES = ["package.json", "package-lock.json"]


@pytest.fixture
def web(pipeline: Pipeline, kept: Kept, engine: Engine) -> App:
    """A site with a lock file and no .npmrc, whose keys guard nothing."""
    _ = kept
    source(engine)
    return pipeline.next_app("web", held(dagger.Directory, "source"), public_keys=True)


def source(engine: Engine, *more: str) -> None:
    """What lies in the source folder."""
    engine.answers(entries=[*FILES, *more], glob=[*more])


async def installed(app: App) -> Installed | None:
    """What the application installs, if it may be kept."""
    return await app.recipe.installed(app.sources)


async def known(app: App) -> dict[str, Tags]:
    """The names of what is kept."""
    return dict(await caches.tags(app, await installed(app)))


async def test_each_part_of_a_site_is_an_image(web: App, kept: Kept, engine: Engine, registry: str) -> None:
    """What is installed above the layers that it was made on, volumes without; the second time nothing is pushed."""
    address = f"{registry}/acme/caches"
    assert await keep._there(web, address, web.scanner.registries) == ""
    assert await keep._keep(web, address, web.scanner.registries, 2000) == (
        "kept caches for these lock files, 12.0 MB unpacked"
    )
    tags = await known(web)
    (compiler,) = [name for name in tags if name.startswith("pipeline-next-")]
    names = [f"{address}:{tag}" for name in ("pipeline-npm", compiler) for tag in (tags[name].near, tags[name].exact)]
    assert kept.pushed == [*names, f"{address}:{tags[INSTALLED].exact}"]
    *volumes, last = [asked for asked in engine.asked if asked[-1].startswith("publish(")]
    assert all("/kept/pipeline-" in str(asked) and 'forcedCompression="Zstd"' in asked[-1] for asked in volumes)
    assert [step.partition("(")[0] for step in last] == ["container", "withRootfs", "publish"]
    assert '"dependencies", "npm", "ci"' in last[1]
    assert last[1].endswith("rootfs>)")
    assert "forcedCompression" not in last[2]
    assert "already" in await keep._there(web, address, web.scanner.registries)


@pytest.mark.parametrize("secret", ["npmrc", "token"])
async def test_nothing_that_is_installed_with_a_secret_is_kept(web: App, secret: str) -> None:
    """It may have to do with what is installed, and whoever wrote what is kept would be handed it."""
    assert INSTALLED in await known(web)
    assert INSTALLED not in await known(web.with_secret(secret, held(dagger.Secret, "value")))


@pytest.mark.parametrize(("npmrc", "may_be"), [("fund=false\n", True), ("//npm.example.com/:_authToken=x", False)])
async def test_nothing_that_is_installed_beside_credentials_is_kept(
    web: App, engine: Engine, npmrc: str, may_be: bool
) -> None:
    """The root file system has the manifests, .npmrc too."""
    source(engine, ".npmrc")
    engine.answers(contents=npmrc)
    assert (INSTALLED in await known(web)) == may_be


async def test_nothing_that_is_installed_without_a_lock_file_is_kept(web: App) -> None:
    """Checks would try the versions of then for ever, and what is published has others."""
    assert web.next
    assert INSTALLED not in await known(dataclasses.replace(web, next=dataclasses.replace(web.next, unlocked=True)))


async def test_what_decides_on_packages_is_in_the_name(web: App, engine: Engine) -> None:
    """Files, settings, the package manager, and the Node.js that a tag is now."""
    assert web.next
    names = {(await known(web))[INSTALLED].exact}
    for settings in (Next(install_arguments=["--x"]), Next(registry="https://npm.example.com")):
        names.add((await known(dataclasses.replace(web, next=settings)))[INSTALLED].exact)
    engine.answers(imageRef="node:1@sha256:4e3")
    names.add((await known(web))[INSTALLED].exact)
    engine.answers(digest="sha256:07e5")
    names.add((await known(web))[INSTALLED].exact)
    engine.answers(entries=["package.json", "pnpm-lock.yaml"])
    names.add((await known(web))[INSTALLED].exact)
    assert len(names) == 6


async def test_it_saves_what_would_install_it(web: App, kept: Kept, engine: Engine, registry: str) -> None:
    """For the very lock files alone: for others packages are unpacked from what was downloaded."""
    address, npm = f"{registry}/acme/caches", "pipeline-npm"
    tags = await known(web)
    for tag in (tags[INSTALLED].exact, tags[npm].near):
        kept.publish([f'publish(address="{address}:{tag}")'])
    (same,), _ = await caches.seeded([web], address, web.scanner.registries)
    assert same.seed_names == [INSTALLED]
    engine.answers(digest="sha256:07e5")
    (other,), _ = await caches.seeded([web], address, web.scanner.registries)
    assert other.seed_names == [npm]


async def test_where_it_is_nothing_is_installed(web: App) -> None:
    """It is the root file system, with the settings that the image has."""
    assert web.next
    begun = dataclasses.replace(web, seeds=[held(dagger.Directory, "kept")], seed_names=[INSTALLED])
    made = chain(web.next.dependencies(begun.sources, ["npm"]))
    assert made[1:3] == ['from(address="node:1")', 'withRootfs(directory=<node(id="kept")>)']
    assert not any(step.startswith("withExec") for step in made)
    assert any(step.startswith("withExec") for step in chain(web.next.dependencies(web.sources, ["npm"])))
