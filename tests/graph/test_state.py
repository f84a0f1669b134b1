"""Between two calls the engine holds objects as JSON: nothing may be lost on the way, and nothing may change."""

# ruff: noqa: ANN401 - the SDK's internals have no types

import dataclasses
import json
from typing import Any

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.app import App
from pipeline.nodes.image import Image
from pipeline.nodes.registries import Registries
from pipeline.nodes.scan import Scan, Target, Threshold
from pipeline.nodes.scanner import Scanner
from pipeline.nodes.settings import Rules
from pipeline.policy.versions import Stamp

from .queries import Engine, chain, held, made

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
        files_path="files",
        healthcheck=["check"],
        args=["serve"],
        env=["Z=1", "Y=2"],
    )
    app = app.with_budget(total=9, added=3).with_labels(url="https://example.com")
    app = app.with_gate(Threshold.CRITICAL, Threshold.LOW, ignore_unfixed=False, allow_ended=True)
    app = app.with_test_service("queue", held(dagger.Service, "queue"), ["QUEUE=1"])
    app = app.with_test_service("db", held(dagger.Service, "db"), ["PORT=5432", "HOST=db"])
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
    found = await travelled(app)
    assert dataclasses.replace(found, services=app.services) == app
    assert found == await travelled(found)


async def test_a_service_that_was_described_here_is_known_by_what_made_it(pipeline: Pipeline) -> None:
    """The tests of the API find the same database after the way."""
    api = pipeline.api()
    found = await travelled(api)
    assert (found.service_names, found.test_environment) == (["db"], api.test_environment)
    assert [made(service) for service in found.services] == [" | ".join(chain(service)) for service in api.services]


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
    ours = ("app", "version", "base", "notes", "own_layers", "run", "tools", "budget", "scanner", "source", "rules")
    for name in (*ours, "facts"):
        assert getattr(found, name) == getattr(image, name)


def scanner(file: dagger.File | None = None, registries: Registries | None = None) -> Scanner:
    """A scanner whose database lies where it is said to."""
    known = registries or Registries()
    return Scanner(image="trivy:1", reference="localhost/db:2", max_age=5, file=file, registries=known)


def target(name: str, look: dagger.Container | None = None, inline: dagger.File | None = None) -> Target:
    """Something that was scanned."""
    report, log = held(dagger.File, f"{name}.json"), held(dagger.File, f"{name}.log")
    return Target(name=name, report=report, log=log, inline=inline, look=look)


@pytest.mark.parametrize(
    "node",
    [
        scanner(),
        scanner(held(dagger.File, "db.tar.gz"), Registries(service=held(dagger.Service, "registry"))),
        Registries().with_auth("ghcr.io", "ann", held(dagger.Secret, "token")),
        target("source", inline=held(dagger.File, "inline")),
        target("linux/amd64", held(dagger.Container, "look")),
        Scan(
            app="shop",
            targets=[target("linux/amd64", held(dagger.Container, "look")), target("linux/arm64")],
            before=[target("linux/amd64")],
            against="ghcr.io/acme/shop:latest",
            scanner=scanner(held(dagger.File, "db.tar.gz")),
            database="db@sha256:1, of 2026-11-24",
            source=SOURCE,
            notes=["a note"],
            rules=Rules(severity="LOW", licenses="HIGH", ignore_unfixed=False, allow_ended=True),
        ),
    ],
    ids=["scanner", "scanner with all", "registries", "source", "platform", "scan"],
)
async def test_what_was_scanned_survives(node: Any) -> None:
    """Reports, logs, second looks, database, gate; what is not set stays away."""
    assert await travelled(node) == node


async def test_an_image_is_the_same_after_the_way(pipeline: Pipeline, engine: Engine, stamp: Stamp) -> None:
    """The query of an application that travelled is that of one that did not: one image, one digest."""
    engine.answers(exists=True, entries=["go.mod", "go.sum", "package.json", "pnpm-lock.yaml"], imageRef="a@sha256:1")
    for make in (go, next_js, dockerfile):
        app = make(pipeline)
        before = await app.image(stamp, [])
        after = await (await travelled(app)).image(stamp, [])
        assert after.variants == before.variants, app.name
