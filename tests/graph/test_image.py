"""The image around an application's files: its config, and what can be asked of it."""

import dataclasses
import json

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed
from pipeline.nodes.image import Image
from pipeline.policy.versions import Stamp

from .queries import Engine, arguments, chain, failed, held, made, pairs, refused
from .shop import CONFIG, probes

pytestmark = pytest.mark.anyio

OCI = "org.opencontainers.image."


async def test_the_config_is_that_of_a_production_image(app: App, stamp: Stamp) -> None:
    """A user by number, working directory, sorted environment, port, entry point, arguments, health check."""
    (variant,) = (await app.image(stamp, ["linux/arm64"])).variants
    config = [step for step in chain(variant)[3:] if not step.startswith("withLabel")]
    assert config == [
        'withUser(name="65532:65532")',
        'withWorkdir(path="/app")',
        'withEnvVariable(name="A", value="1")',
        'withEnvVariable(name="B", value="2")',
        "withExposedPort(port=8082)",
        'withEntrypoint(args=["/usr/local/bin/shop"])',
        'withDefaultArgs(args=["serve"])',
        (
            'withDockerHealthcheck(args=["/usr/local/bin/shop", "check"], '
            'interval="10s", timeout="3s", startPeriod="10s", retries=3)'
        ),
    ]


async def test_what_is_not_set_is_not_there(pipeline: Pipeline, stamp: Stamp, engine: Engine) -> None:
    """No arguments, no environment and no health check of ours in an image that asked for none."""
    engine.answers(entries=["go.mod", "go.sum"], imageRef="static:1@sha256:5")
    image = await pipeline.go_app("shop", held(dagger.Directory, "source")).image(stamp, ["linux/amd64"])
    names = {step.partition("(")[0] for step in chain(image.variants[0])}
    assert not names & {"withDefaultArgs", "withEnvVariable", "withDockerHealthcheck"}


async def test_labels_are_those_of_the_image_specification(app: App, stamp: Stamp) -> None:
    """All that it names and we know, and nothing else."""
    labelled = app.with_labels(url="https://example.com/shop", licenses="MIT", description="A shop")
    (variant,) = (await labelled.image(stamp, ["linux/amd64"])).variants
    assert pairs(variant, "withLabel") == {
        f"{OCI}title": "shop",
        f"{OCI}description": "A shop",
        f"{OCI}source": "https://example.com/shop",
        f"{OCI}licenses": "MIT",
        f"{OCI}version": "1.4.0",
        f"{OCI}revision": "abc1234def",
        f"{OCI}created": "2023-11-14T22:13:20Z",
        f"{OCI}base.name": "docker.io/library/static:1",
        f"{OCI}base.digest": "sha256:5",
    }


async def test_labels_that_say_nothing_are_left_out(app: App) -> None:
    """Without a repository there is no revision, and without with-labels no address."""
    (variant,) = (await app.image(Stamp(), ["linux/amd64"])).variants
    names = {name.removeprefix(OCI) for name in pairs(variant, "withLabel")}
    assert names == {"title", "version", "created", "base.name", "base.digest"}


async def test_a_base_without_a_digest_is_resolved(app: App, stamp: Stamp) -> None:
    """The label says which image the tag stood for at the time."""
    image = await dataclasses.replace(app, base="static:1").image(stamp, ["linux/amd64"])
    assert pairs(image.variants[0], "withLabel")[f"{OCI}base.digest"] == "sha256:now"


async def test_what_is_pulled_is_what_the_label_says(app: App, stamp: Stamp) -> None:
    """By its digest: a tag could be moved between the two."""
    for base, digest in (("static:1", "sha256:now"), ("registry.example/static:1@sha256:5", "sha256:5")):
        (variant,) = (await dataclasses.replace(app, base=base).image(stamp, ["linux/amd64"])).variants
        name = pairs(variant, "withLabel")[f"{OCI}base.name"]
        assert arguments(variant, "from") == [{"address": f"{name}@{digest}"}]


async def test_the_tarball_holds_the_layers_of_every_platform_under_one_index(
    app: App, stamp: Stamp, engine: Engine
) -> None:
    """Layers come from the engine's archives, and every document from here."""
    engine.answers(stdout=probes)
    image = await app.image(stamp, [])
    tarball = made(await image.tarball())
    for number, variant in enumerate(image.variants):
        assert f'path="/images/{number}", source=<{" | ".join(chain(variant))} | asTarball>' in tarball
    assert f'path="/layers/0", contents="blobs/sha256/{"b" * 64}\\nblobs/sha256/{"a" * 64}\\n"' in tarball
    assert await image.digest() in tarball
    assert str(stamp.time) in tarball
    assert [str(platform) for platform in image.platforms] == ["linux/amd64", "linux/arm64"]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            failed(["sh", "-c", "script", "compile"], 1, "main.go:3:1: syntax error"),
            "compile: the source does not compile",
        ),
        (refused("no space left"), "tarball: no space left"),
    ],
)
async def test_a_tarball_that_cannot_be_made_says_why(
    app: App, stamp: Stamp, engine: Engine, error: dagger.QueryError, text: str
) -> None:
    """With application and stage, as soon as it is asked for."""
    image = await app.image(stamp, [])
    engine.answers(sync=error, stdout=probes)
    with pytest.raises(Failed, match=f"^shop: {text}"):
        _ = await image.tarball()


@pytest.mark.parametrize(
    ("built", "asked", "chosen"),
    [
        (["linux/arm64", "linux/amd64"], None, "linux/amd64"),
        (["linux/arm64", "linux/386"], None, "linux/arm64"),
        (["linux/amd64", "linux/arm64"], "linux/arm64", "linux/arm64"),
        (["linux/amd64", "linux/arm64"], "linux/arm64/v8", "linux/arm64"),
    ],
)
async def test_a_variant_is_that_of_the_engine_unless_another_is_asked_for(
    app: App, stamp: Stamp, built: list[str], asked: str | None, chosen: str
) -> None:
    """Else the first."""
    image = await app.image(stamp, built)
    variant = await image.variant(dagger.Platform(asked) if asked else None)
    assert chain(variant)[0] == f'container(platform="{chosen}")'


async def test_a_platform_that_was_not_built_is_refused(app: App, stamp: Stamp) -> None:
    """The error says which there are."""
    image = await app.image(stamp, ["linux/amd64"])
    with pytest.raises(Failed, match=r"^shop: platforms: linux/arm64 was not built; the image holds linux/amd64$"):
        _ = await image.container(dagger.Platform("linux/arm64"))


async def measured(app: App, stamp: Stamp, engine: Engine) -> Image:
    """An image that the probes answer for."""
    engine.answers(stdout=probes)
    return await app.image(stamp, ["linux/amd64"])


async def test_sizes_and_layers_come_from_the_tarball_of_each_variant(app: App, stamp: Stamp, engine: Engine) -> None:
    """Measured where Node.js is, and the last layer is known to be the application's."""
    image = await measured(app, stamp, engine)
    assert "linux/amd64      5.0 MB   12.0 MB       2" in await image.size()
    query = engine.asked[-1]
    assert query[1] == 'from(address="node:1")'
    assert query[2].startswith('withMountedFile(path="/image.tar", source=<container(platform="linux/amd64")')
    assert query[2].endswith("| asTarball>)")
    run = ["sh", "-c", 'exec "$@"', "measure", "node", "/opt/pipeline/measure.mjs", "/image.tar"]
    assert 'path="/opt/pipeline/measure.mjs"' in query[3]
    assert 'path="/opt/pipeline/archive.mjs"' in query[4]
    assert query[5] == f"withExec(args={json.dumps(run)})"
    lines = (await image.layers()).splitlines()
    assert [line.split()[5] for line in lines[1:]] == ["base", "app"]


async def test_inspect_shows_the_config(app: App, stamp: Stamp, engine: Engine) -> None:
    """As JSON, the platform with it."""
    shown = json.loads(await (await measured(app, stamp, engine)).inspect())
    assert shown == {"Platform": "linux/amd64"} | CONFIG["config"]


async def test_a_budget_that_is_broken_names_application_and_platform(app: App, stamp: Stamp, engine: Engine) -> None:
    """And the layer that grew."""
    image = await measured(app.with_budget(added=8), stamp, engine)
    problem = image.over_budget(await image.measured("linux/amd64"))
    assert problem.startswith("shop: budget linux/amd64: the image adds 9.0 MB unpacked and its budget is 8 MB")


async def test_the_service_runs_the_entry_point(app: App, stamp: Stamp, engine: Engine) -> None:
    """As `docker run` would; what cannot be built fails before it is started."""
    image = await app.image(stamp, ["linux/amd64"])
    assert chain(await image.service())[-1] == "asService(useEntrypoint=true)"
    engine.answers(sync=failed(["sh", "-c", "script", "compile"], 1, "boom"))
    with pytest.raises(Failed, match=r"^shop: compile: the command exited with 1:\nboom$"):
        _ = await image.service()


async def test_files_are_those_of_one_variant(app: App, stamp: Stamp, engine: Engine) -> None:
    """Every path under the one asked for."""
    engine.answers(glob=["bin/shop"])
    image = await app.image(stamp, ["linux/amd64"])
    assert await image.files("/usr/local") == ["bin/shop"]
    assert engine.asked[-1][-2:] == ['directory(path="/usr/local")', 'glob(pattern="**")']
