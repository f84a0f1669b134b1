"""Between two calls the engine holds objects as JSON: nothing may be lost on the way, and nothing may change."""

# ruff: noqa: ANN401 - the SDK's internals have no types

import json
from typing import Any

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.app import App
from pipeline.nodes.image import Image
from pipeline.policy.versions import Stamp

from .queries import Engine, held

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("engine")]

SOURCE = held(dagger.Directory, "source")
REPOSITORY = held(dagger.GitRepository, "theirs")


async def travelled(node: Any) -> Any:
    """The object after its way to the engine and back: as JSON, whose keys the engine sorts."""
    cls: Any = type(node)
    module = cls.__dagger_module__
    state = await module.unstructure(node, cls)
    return await module.structure(json.loads(json.dumps(state, sort_keys=True)), cls)


def go(pipeline: Pipeline) -> App:
    """A Go application with everything set."""
    app = pipeline.go_app(
        "shop",
        SOURCE,
        REPOSITORY,
        path="shop",
        package="./cmd/shop",
        cgo=True,
        packages=["gcc"],
        build_env=["B=2", "A=1"],
        files=held(dagger.Directory, "files"),
        healthcheck=["check"],
        args=["serve"],
        env=["Z=1", "Y=2"],
    )
    app = app.with_budget(total=9, added=3).with_labels(url="https://example.com")
    return app.with_secret("token", held(dagger.Secret, "one")).with_secret("netrc", held(dagger.Secret, "two"))


def next_js(pipeline: Pipeline) -> App:
    """A Next.js application with everything set."""
    return pipeline.next_app(
        "web",
        SOURCE,
        public_keys=True,
        unlocked=True,
        install_args=["-x"],
        npm_registry="https://npm.example.com",
        build_env=["B=2", "A=1"],
        version_variable="V",
        revision_variable="R",
    )


def dockerfile(pipeline: Pipeline) -> App:
    """An application with a Dockerfile."""
    return pipeline.dockerfile_app("old", SOURCE, file="x/Dockerfile", target="prod", build_args=["B=2", "A=1"])


@pytest.mark.parametrize("make", [go, next_js, dockerfile, Pipeline.api, Pipeline.frontend], ids=lambda f: f.__name__)
async def test_an_application_survives(pipeline: Pipeline, make: Any) -> None:
    """Every kind, with all that was set, and still of that kind."""
    app = make(pipeline)
    assert await travelled(app) == app


@pytest.mark.parametrize(
    "change", [Pipeline.without_apps, lambda p: p.with_app(go(p)), lambda p: p], ids=["none", "more", "own"]
)
async def test_the_module_survives(pipeline: Pipeline, change: Any) -> None:
    """Its sources and images, and whether its own applications are among those that verbs act on."""
    changed = change(pipeline)
    found = await travelled(changed)
    assert found == changed
    assert [app.name for app in found.members] == [app.name for app in changed.members]


async def test_an_image_survives(pipeline: Pipeline, engine: Engine, stamp: Stamp) -> None:
    """Its variants are the engine's; all that is ours is as it was."""
    engine.answers(entries=["go.mod", "go.sum"], imageRef="a@sha256:1")
    image = await go(pipeline).image(stamp, ["linux/arm64", "linux/amd64"])
    found: Image = await travelled(image)
    assert found == await travelled(found)
    assert (found.platforms, len(found.variants)) == (image.platforms, 2)
    for name in ("app", "version", "base", "notes", "own_layers", "run", "tools", "budget"):
        assert getattr(found, name) == getattr(image, name)


async def test_an_image_is_the_same_after_the_way(pipeline: Pipeline, engine: Engine, stamp: Stamp) -> None:
    """The query of an application that travelled is that of one that did not: one image, one digest."""
    engine.answers(exists=True, entries=["go.mod", "go.sum", "package.json", "pnpm-lock.yaml"], imageRef="a@sha256:1")
    for make in (go, next_js, dockerfile):
        app = make(pipeline)
        before = await app.image(stamp, [])
        after = await (await travelled(app)).image(stamp, [])
        assert after.variants == before.variants, app.name
