"""Content keys of applications: whatever decides what an image is makes another one, and nothing else does."""

# ruff: noqa: ANN401 - arguments are handed on as they are

import dataclasses
import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.app import App
from pipeline.nodes.archives import Compression
from pipeline.nodes.scan import Threshold
from pipeline.policy.versions import Stamp

from .kinds import Packed
from .queries import Engine, held

pytestmark = pytest.mark.anyio

SOURCE: Final = held(dagger.Directory, "source")
RELEASE: Final = Stamp("1.4.0", "abc1234def", 1_700_000_000)

KINDS: Final[dict[str, dict[str, Any]]] = {
    "go_app": {
        "path": "shop",
        "only": ["cmd"],
        "package": "./cmd/shop",
        "binary": "server",
        "cgo": True,
        "packages": ["libpq-dev"],
        "version_variable": "main.release",
        "date_variable": "",
        "commit_variable": "main.revision",
        "build_env": ["GOPRIVATE=example.com"],
        "files": held(dagger.Directory, "migrations"),
        "files_path": "migrations",
        "port": 8081,
        "health_path": "/ready",
        "healthcheck": ["check"],
        "args": ["serve"],
        "env": ["A=1"],
        "base": "other:1",
    },
    "next_app": {
        "path": "shop",
        "unlocked": True,
        "install_args": ["--legacy-peer-deps"],
        "npm_registry": "https://npm.example.com",
        "build_env": ["NEXT_PUBLIC_A=1"],
        "version_variable": "NEXT_PUBLIC_VERSION",
        "revision_variable": "REVISION",
        "public_keys": True,
        "port": 3001,
        "health_path": "/ready",
        "env": ["A=1"],
        "base": "other:1",
    },
    "dockerfile_app": {
        "path": "shop",
        "file": "docker/Dockerfile",
        "target": "release",
        "build_args": ["A=1"],
        "port": 8081,
        "health_path": "/ready",
    },
    "kind_app": {
        "packager": Packed("other"),
        "entrypoint": ["/bin/shop", "serve"],
        "path": "shop",
        "port": 8081,
        "health_path": "/ready",
        "healthcheck": ["/bin/shop", "check"],
        "args": ["serve"],
        "env": ["A=1"],
        "base": "other:1",
    },
}
"""Every argument of a kind of application, with a value that is not its default."""

REQUIRED: Final[dict[str, dict[str, Any]]] = {
    "kind_app": {"packager": Packed("made"), "entrypoint": ["/bin/shop"]},
}
"""What a kind cannot do without, besides a name and a source."""

CHANGES: Final[dict[str, Callable[[App], App]]] = {
    "another name": lambda app: dataclasses.replace(app, name="store"),
    "another source": lambda app: dataclasses.replace(app, source=held(dagger.Directory, "changed")),
    "a total budget": lambda app: app.with_budget(total=50),
    "an added budget": lambda app: app.with_budget(added=20),
    "compression": lambda app: app.with_compression(Compression.ZSTD),
    "a secret": lambda app: app.with_secret("netrc", held(dagger.Secret, "one")),
    "a label's url": lambda app: app.with_labels(url="https://example.com/shop"),
    "a label's licences": lambda app: app.with_labels(licenses="MIT"),
    "a label's description": lambda app: app.with_labels(description="A shop"),
    "a service of the tests": lambda app: app.with_test_service("db", held(dagger.Service, "db")),
    "a gate on findings": lambda app: app.with_gate(severity=Threshold.LOW),
    "a gate on licences": lambda app: app.with_gate(licenses=Threshold.HIGH),
    "a gate on what nobody fixed": lambda app: app.with_gate(ignore_unfixed=False),
    "a gate on old bases": lambda app: app.with_gate(allow_ended=True),
}
"""What a caller may change of an application of any kind."""

SAME: Final[dict[str, Callable[[App], App]]] = {
    "the salt of a build afresh": lambda app: dataclasses.replace(
        app, tools=dataclasses.replace(app.tools, salt="once")
    ),
    "another repository object": lambda app: dataclasses.replace(app, repository=held(dagger.GitRepository, "clone")),
    "another scanner": lambda app: dataclasses.replace(app, scanner=dataclasses.replace(app.scanner, image="trivy:2")),
    "what a caller left out of the source": lambda app: dataclasses.replace(app, ignored=["node_modules"]),
    "a budget that says nothing": lambda app: app.with_budget(),
    "a label that says nothing": lambda app: app.with_labels(description=""),
}
"""What decides nothing of an image."""


@pytest.fixture
def tagged(engine: Engine) -> Engine:
    """An engine whose hash of files depends on these alone, and in whose registry tags lead to images."""

    def printed(asked: list[str]) -> str:
        (files,) = [step for step in asked if step.startswith("withMountedDirectory")]
        return files

    engine.answers(
        entries=["go.mod", "go.sum", "package.json", "package-lock.json"],
        exists=True,
        imageRef="docker.io/library/other:1@sha256:1",
        plaintext="value",
        version="v0.21.8",
        stdout=printed,
    )
    return engine


@pytest.fixture
def shop(pipeline: Pipeline) -> App:
    """A Go application."""
    return pipeline.go_app("shop", SOURCE)


def made(pipeline: Pipeline, kind: str, **chosen: Any) -> App:
    """An application of a kind."""
    application: App = getattr(pipeline, kind)("shop", SOURCE, **(REQUIRED.get(kind, {}) | chosen))
    return application


async def key(app: App, at: Stamp = RELEASE, platforms: Sequence[str] = ()) -> str:
    """The content key of its image."""
    return await (await app.image(at, platforms)).key()


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_has_every_argument_of_a_kind(pipeline: Pipeline, kind: str) -> None:
    """Who adds one says here that it makes another key; the name and the source are below, the history is the stamp."""
    arguments = inspect.signature(getattr(pipeline, kind)).parameters.keys()
    assert arguments - {"name", "source", "repository"} == KINDS[kind].keys()


@pytest.mark.usefixtures("tagged")
@pytest.mark.parametrize("kind", KINDS)
async def test_every_argument_makes_another_key(pipeline: Pipeline, kind: str) -> None:
    """And no two of them the same."""
    keys = {name: await key(made(pipeline, kind, **{name: value})) for name, value in KINDS[kind].items()}
    keys["none of them"] = await key(made(pipeline, kind))
    assert all(re.fullmatch(r"key-[0-9a-f]{32}", found) for found in keys.values())
    assert [name for name, found in keys.items() if [*keys.values()].count(found) > 1] == []


@pytest.mark.usefixtures("tagged")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_what_is_changed_about_an_application_makes_another_key(shop: App, change: Callable[[App], App]) -> None:
    """What it holds, what it says of itself, and what it has to pass."""
    assert await key(change(shop)) != await key(shop)


@pytest.mark.usefixtures("tagged")
async def test_the_environment_of_the_tests_makes_another_key(shop: App) -> None:
    """Who runs other tests wants them run; which service object answers is of the session."""
    one, other = held(dagger.Service, "one"), held(dagger.Service, "other")
    tested = await key(shop.with_test_service("db", one, ["DB=1"]))
    assert await key(shop.with_test_service("db", one, ["DB=2"])) != tested
    assert await key(shop.with_test_service("db", other, ["DB=1"])) == tested


@pytest.mark.usefixtures("tagged")
@pytest.mark.parametrize("kind", sorted(KINDS.keys() - REQUIRED.keys()))
async def test_a_secret_counts_by_its_name_alone(pipeline: Pipeline, kind: str) -> None:
    """Nobody can guess by a key what it holds; in which order they were named does not matter."""
    app = getattr(pipeline, kind)("shop", SOURCE)
    one, other = held(dagger.Secret, "one"), held(dagger.Secret, "other")
    first = await key(app.with_secret("a", one).with_secret("b", one))
    assert await key(app.with_secret("b", other).with_secret("a", other)) == first
    assert await key(app.with_secret("a", one).with_secret("c", one)) != first


@pytest.mark.usefixtures("tagged")
@pytest.mark.parametrize(
    "stamp",
    [
        dataclasses.replace(RELEASE, version="1.4.1"),
        dataclasses.replace(RELEASE, revision="def5678abc"),
        dataclasses.replace(RELEASE, time=RELEASE.time + 1),
    ],
    ids=["version", "revision", "time"],
)
async def test_another_stamp_makes_another_key(shop: App, stamp: Stamp) -> None:
    """It stands in the binary, the labels and the file times."""
    assert await key(shop, stamp) != await key(shop)


@pytest.mark.usefixtures("tagged")
async def test_other_platforms_make_another_key(shop: App) -> None:
    """In whatever order they were named; both are the default."""
    both = await key(shop, platforms=["linux/amd64", "linux/arm64"])
    assert both == await key(shop, platforms=["linux/arm64", "linux/amd64"]) == await key(shop)
    assert await key(shop, platforms=["linux/amd64"]) != both


@pytest.mark.usefixtures("tagged")
@pytest.mark.parametrize("image", ["go_image", "node_image", "static_image", "libc_image", "nodejs_image"])
async def test_another_image_to_build_with_makes_another_key(pipeline: Pipeline, image: str) -> None:
    """Each of them, whether this kind of application uses it or not."""
    other = dataclasses.replace(pipeline)
    setattr(other, image, f"other:1@sha256:{9:064}")
    assert await key(other.go_app("shop", SOURCE)) != await key(pipeline.go_app("shop", SOURCE))


async def test_another_image_under_the_tag_of_the_base_makes_another_key(pipeline: Pipeline, tagged: Engine) -> None:
    """A base without a digest counts by the one that its tag has now."""
    app = pipeline.go_app("shop", SOURCE, base="other:1")
    before = await key(app)
    tagged.answers(imageRef="docker.io/library/other:1@sha256:2")
    assert await key(app) != before


async def test_another_engine_makes_another_key(shop: App, tagged: Engine) -> None:
    """It may write layers in another way."""
    before = await key(shop)
    tagged.answers(version="v0.22.0")
    assert await key(shop) != before


@pytest.mark.usefixtures("tagged")
@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
async def test_what_decides_nothing_of_an_image_leaves_its_key(shop: App, change: Callable[[App], App]) -> None:
    """Otherwise the same image would be built and tested twice."""
    assert await key(change(shop)) == await key(shop)


@pytest.mark.usefixtures("tagged")
@pytest.mark.parametrize("name", ["env", "build_env"])
async def test_the_order_of_variables_leaves_the_key(pipeline: Pipeline, name: str) -> None:
    """The image sorts them, too."""
    orders: list[dict[str, Any]] = [{name: ["A=1", "B=2"]}, {name: ["B=2", "A=1"]}]
    one, other = [await key(pipeline.go_app("shop", SOURCE, **order)) for order in orders]
    assert one == other


@pytest.mark.parametrize("kind", KINDS)
async def test_what_git_keeps_beside_the_files_is_no_part_of_a_key(
    pipeline: Pipeline, tagged: Engine, kind: str
) -> None:
    """So that a folder that is a repository has a key, the same in every clone."""
    chosen = {"files": held(dagger.Directory, "migrations")} if kind == "go_app" else {}
    await key(made(pipeline, kind, **chosen))
    (hashed,) = [step for asked in tagged.asked for step in asked if step.startswith("withMountedDirectory")]
    names = ["source", *(["migrations"] if chosen else [])]
    assert [f'<node(id="{name}") | filter(exclude=[".git"])>' in hashed for name in names] == [True] * len(names)


async def test_files_with_a_repository_among_them_have_no_key(shop: App, tagged: Engine) -> None:
    """The hash of their files is none."""
    tagged.answers(stdout="\n")
    assert await key(shop) == ""
