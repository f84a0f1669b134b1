"""The image around an application's files: its config, and what can be asked of it."""

import dataclasses
import json
from typing import Any

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed
from pipeline.nodes.image import Image
from pipeline.policy.versions import Stamp

from .queries import Engine, arguments, chain, failed, held, pairs

pytestmark = pytest.mark.anyio

OCI = "org.opencontainers.image."
CONFIG = {
    "config": {
        "User": "65532:65532",
        "Entrypoint": ["/usr/local/bin/shop"],
        "Cmd": ["serve"],
        "WorkingDir": "/app",
        "Env": ["A=1", "B=x=y"],
        "Healthcheck": {"Test": ["CMD", "/usr/local/bin/shop", "healthcheck"]},
    }
}
LAYERS = [
    {"digest": "sha256:base", "compressed": 1_000_000, "unpacked": 3_000_000, "files": 9, "largest": "lib/a"},
    {
        "digest": "sha256:app",
        "compressed": 4_000_000,
        "unpacked": 9_000_000,
        "files": 1,
        "largest": "usr/local/bin/shop",
    },
]
ANSWERS = [{"path": "/ready", "status": 503}]
HEALTHY = {"status": 200, "healthy": 40, "check": 0, "answers": ANSWERS, "stopped": 9, "code": 0, "log": ""}
RAN = HEALTHY | {"memory": 20_000_000, "writable": False}


@pytest.fixture
def app(pipeline: Pipeline, engine: Engine) -> App:
    """A Go application with everything set."""
    engine.answers(entries=["go.mod", "go.sum"], imageRef="docker.io/library/static:1@sha256:now")
    source = held(dagger.Directory, "source")
    return pipeline.go_app(
        "shop", source, port=8082, health_path="/health", healthcheck=["check"], args=["serve"], env=["B=2", "A=1"]
    )


def probes(asked: list[str]) -> str:
    """Answers of the probes: what the image weighs, and how it ran."""
    return json.dumps({"config": CONFIG, "layers": LAYERS} if "measure.mjs" in asked[-2] else RAN)


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


async def test_the_tarball_holds_every_platform(app: App, stamp: Stamp) -> None:
    """An index with all variants."""
    image = await app.image(stamp, [])
    (tarball,) = arguments(image.tarball(), "asTarball")
    assert tarball["platformVariants"] == image.variants
    assert [str(platform) for platform in image.platforms] == ["linux/amd64", "linux/arm64"]


@pytest.mark.parametrize(
    ("built", "asked", "chosen"),
    [
        (["linux/arm64", "linux/amd64"], None, "linux/amd64"),
        (["linux/arm64", "linux/386"], None, "linux/arm64"),
        (["linux/amd64", "linux/arm64"], "linux/arm64", "linux/arm64"),
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
    assert query[3].startswith('withMountedFile(path="/image.tar", source=<container(platform="linux/amd64")')
    assert query[3].endswith("| asTarball>)")
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


async def test_a_smoke_test_runs_the_image_as_its_config_says(app: App, stamp: Stamp, engine: Engine) -> None:
    """Read-only, with its own user, command, environment and health check, and the requests that were asked for."""
    image = await measured(app, stamp, engine)
    assert await image.smoke(expect=["/ready=503"]) == "healthy after 40 ms, stopped within 9 ms, peak memory 20.0 MB"
    *_, mounted, run, leaf = engine.asked[-1]
    assert mounted.startswith('withMountedDirectory(path="/img", source=<container(platform="linux/amd64") | ')
    assert mounted.endswith("| rootfs>, readOnly=true)")
    assert leaf == "stdout"
    program, _, order = json.loads(run.removeprefix("withExec(args=").removesuffix(")"))
    assert program == "node"
    assert json.loads(order) == {
        "root": "/img",
        "command": ["/usr/local/bin/shop", "serve"],
        "user": "65532:65532",
        "directory": "/app",
        "environment": {"A": "1", "B": "x=y"},
        "check": ["/usr/local/bin/shop", "healthcheck"],
        "port": 8082,
        "health": "/health",
        "requests": [{"path": "/ready"}],
        "patience": 30_000,
        "grace": 5_000,
    }


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"expect": ["/ready=200"]}, r"shop: smoke linux/amd64: /ready answered 503, not 200; it logged nothing"),
        ({"expect": ["ready=200"]}, r"shop: smoke linux/amd64: the expected answer 'ready=200' is not of the form"),
        ({"expect": ["/ready=ok"]}, r"'/ready=ok' is not of the form /path=200"),
        ({"expect": ["/ready"]}, r"'/ready' is not of the form NAME=value"),
    ],
)
async def test_an_image_that_does_not_behave_fails(
    app: App, stamp: Stamp, engine: Engine, arguments: dict[str, Any], error: str
) -> None:
    """One sentence with application, stage and platform."""
    with pytest.raises(Failed, match=error):
        await (await measured(app, stamp, engine)).smoke(**arguments)


async def test_arguments_run_instead_of_the_server(app: App, stamp: Stamp, engine: Engine) -> None:
    """Behind the entry point; the output is returned, and compared where it is known."""
    image = await app.image(stamp, ["linux/amd64"])
    engine.answers(stdout="shop 1.4.0\n")
    assert await image.smoke(arguments=["--version"], prints="shop 1.4.0") == "shop 1.4.0\n"
    assert engine.asked[-1][-2] == 'withExec(args=["--version"], useEntrypoint=true)'
    with pytest.raises(Failed, match=r"--version printed 'shop 1.4.0', not 'shop 2'"):
        await image.smoke(arguments=["--version"], prints="shop 2")
    engine.answers(stdout=failed(["/usr/local/bin/shop", "--version"], 2, "unknown flag"))
    with pytest.raises(Failed, match=r"^shop: run: the command exited with 2:\nunknown flag$"):
        await image.smoke(arguments=["--version"])


async def test_the_service_runs_the_entry_point(app: App, stamp: Stamp) -> None:
    """As `docker run` would."""
    image = await app.image(stamp, ["linux/amd64"])
    assert chain(await image.service())[-1] == "asService(useEntrypoint=true)"


async def test_files_are_those_of_one_variant(app: App, stamp: Stamp, engine: Engine) -> None:
    """Every path under the one asked for."""
    engine.answers(glob=["bin/shop"])
    image = await app.image(stamp, ["linux/amd64"])
    assert await image.files("/usr/local") == ["bin/shop"]
    assert engine.asked[-1][-2:] == ['directory(path="/usr/local")', 'glob(pattern="**")']
