"""The query of a Next.js application."""

# ruff: noqa: ANN401 - arguments are handed on as they are

import json
from typing import Any

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.errors import Failed
from pipeline.nodes.image import Image
from pipeline.policy.versions import Stamp

from .queries import Engine, arguments, chain, held, pairs, parent, steps

pytestmark = pytest.mark.anyio

SOURCE = held(dagger.Directory, "source")


@pytest.fixture(autouse=True)
def _source(engine: Engine) -> None:
    engine.answers(entries=["package.json", "package-lock.json", "app"], search=[], imageRef="nodejs:1@sha256:7")


async def image(pipeline: Pipeline, stamp: Stamp, *platforms: str, secrets: tuple[str, ...] = (), **more: Any) -> Image:
    """The image of a Next.js application called shop, with secrets called as said."""
    app = pipeline.next_app("shop", SOURCE, **more)
    for name in secrets:
        app = app.with_secret(name, held(dagger.Secret, f"{name}-value"))
    return await app.image(stamp, platforms or ["linux/amd64"])


def layers(variant: dagger.Container) -> list[dagger.Directory]:
    """What the application adds to its base, lowest first."""
    return [args["source"] for args in arguments(variant, "withDirectory")]


def build(found: Image) -> dagger.Container:
    """The container that the site was built in."""
    (site,) = arguments(layers(found.variants[0])[-1], "withDirectory")
    assert chain(site["source"])[-1] == 'directory(path="/out/site")'
    return parent(site["source"], dagger.Container)


def plan(found: Image) -> dict[str, Any]:
    """What the probe is told to do."""
    program, path, order = arguments(build(found), "withExec")[-1]["args"]
    assert (program, path) == ("node", "/opt/pipeline/next.mjs")
    return dict(json.loads(order))


async def test_dependencies_are_installed_before_sources(pipeline: Pipeline, stamp: Stamp) -> None:
    """From the lock file, with npm's cache; a change in a page installs nothing."""
    *before, _, _ = chain(build(await image(pipeline, stamp)))
    assert before == [
        "container",
        'from(address="node:1")',
        'withMountedCache(path="/root/.npm", cache=<cacheVolume(key="pipeline-npm")>)',
        'withEnvVariable(name="CI", value="1")',
        'withEnvVariable(name="NEXT_TELEMETRY_DISABLED", value="1")',
        'withEnvVariable(name="NODE_OPTIONS", value="--use-system-ca")',
        'withWorkdir(path="/app")',
        (
            'withDirectory(path="/app", source=<node(id="source") | filter('
            'exclude=["**/node_modules", "**/.next", "**/coverage", "**/*.tsbuildinfo", "**/.env*.local"], '
            'include=["**/package.json", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", '
            '"pnpm-workspace.yaml", ".npmrc", "patches/**"])>)'
        ),
        'withExec(args=["npm", "ci"])',
        (
            'withDirectory(path="/app", source=<node(id="source") | filter('
            'exclude=["**/node_modules", "**/.next", "**/coverage", "**/*.tsbuildinfo", "**/.env*.local", '
            '"**/*.test.*", "**/*.spec.*", "**/__tests__"])>)'
        ),
    ]


@pytest.mark.parametrize(
    ("entries", "chosen", "command"),
    [
        ("package-lock.json", {}, ["npm", "ci"]),
        ("npm-shrinkwrap.json", {}, ["npm", "ci"]),
        ("package-lock.json", {"install_args": ["--legacy-peer-deps"]}, ["npm", "ci", "--legacy-peer-deps"]),
        ("", {"unlocked": True}, ["npm", "install"]),
        ("pnpm-lock.yaml", {"pnpm": True}, ["npx", "--yes", "pnpm@10", "install", "--frozen-lockfile"]),
        ("", {"pnpm": True, "unlocked": True}, ["npx", "--yes", "pnpm@10", "install"]),
    ],
)
async def test_the_lock_file_decides_what_is_installed(
    pipeline: Pipeline, stamp: Stamp, engine: Engine, entries: str, chosen: dict[str, Any], command: list[str]
) -> None:
    """Never a silent fallback: without one it has to be asked for, and the image is noted to vary."""
    engine.answers(entries=["package.json", entries])
    found = await image(pipeline, stamp, **chosen)
    assert arguments(build(found), "withExec")[0]["args"] == command
    assert [note.split(":")[0] for note in found.notes] == (["no lock file"] if "unlocked" in chosen else [])
    assert plan(found)["manager"] == command[: 3 if "pnpm" in chosen else 1]


@pytest.mark.parametrize(
    ("entries", "pnpm", "problem"),
    [
        (["package.json"], False, "no package-lock.json in the source folder, .*commit one, or say --unlocked"),
        (["package.json", "package-lock.json"], True, "no pnpm-lock.yaml in the source folder"),
        (["package.json", "pnpm-lock.yaml"], False, "the lock file is pnpm's; say --pnpm"),
        (["src"], False, "no package.json in the source folder, which holds src"),
    ],
)
async def test_a_source_that_cannot_be_built_is_refused(
    pipeline: Pipeline, stamp: Stamp, engine: Engine, entries: list[str], pnpm: bool, problem: str
) -> None:
    """Before anything runs, with application and stage."""
    engine.answers(entries=entries)
    with pytest.raises(Failed, match=f"^shop: sources: {problem}"):
        await image(pipeline, stamp, pnpm=pnpm)


async def test_the_registry_can_be_another(pipeline: Pipeline, stamp: Stamp) -> None:
    """A mirror, for every command of npm; npm's own is not named where none is given."""
    found = pairs(build(await image(pipeline, stamp, npm_registry="https://npm.example.com/")), "withEnvVariable")
    assert found["NPM_CONFIG_REGISTRY"] == "https://npm.example.com/"
    assert "NPM_CONFIG_REGISTRY" not in pairs(build(await image(pipeline, stamp)), "withEnvVariable")


async def test_secrets_are_mounted_before_the_installation_and_never_set(pipeline: Pipeline, stamp: Stamp) -> None:
    """Npmrc lies where npm looks for it; no variable, layer or history holds one."""
    found = await image(pipeline, stamp, secrets=("npmrc", "token"))
    names = [step.name for step in steps(build(found))]
    assert names.index("withMountedSecret") < names.index("withExec")
    assert [args["path"] for args in arguments(build(found), "withMountedSecret")] == [
        "/root/.npmrc",
        "/run/secrets/token",
    ]
    assert "withSecretVariable" not in names
    assert arguments(found.variants[0], "withMountedSecret") == []


async def test_the_build_sees_its_environment_and_the_stamp(pipeline: Pipeline, stamp: Stamp) -> None:
    """Under the names that the application reads; after the installation, which does not depend on them."""
    chosen: dict[str, Any] = {"build_env": ["NEXT_PUBLIC_A=1"], "version_variable": "V", "revision_variable": "R"}
    found = build(await image(pipeline, stamp, **chosen))
    variables = pairs(found, "withEnvVariable")
    assert (variables["NEXT_PUBLIC_A"], variables["V"], variables["R"]) == ("1", "1.4.0", "abc1234def")
    names = [step.args.get("name", step.name) for step in steps(found)]
    assert names.index("withExec") < names.index("V")


async def test_nothing_without_a_name_is_set(pipeline: Pipeline, stamp: Stamp) -> None:
    """An application that does not read the stamp is not built again for another one."""
    variables = pairs(build(await image(pipeline, stamp)), "withEnvVariable")
    assert set(variables) == {"CI", "NEXT_TELEMETRY_DISABLED", "NODE_OPTIONS"}


async def test_the_site_is_built_once_for_all_platforms(pipeline: Pipeline, stamp: Stamp) -> None:
    """One build, told every processor; each image has the modules of its own below the same site."""
    found = await image(pipeline, stamp, "linux/amd64", "linux/arm64")
    assert plan(found)["cpus"] == ["x64", "arm64"]
    lower, upper = zip(*(layers(variant) for variant in found.variants), strict=True)
    assert upper[0] == upper[1]
    for cpu, directory in zip(["x64", "arm64"], lower, strict=True):
        (modules,) = arguments(directory, "withDirectory")
        assert (modules["path"], chain(modules["source"])[-1]) == ("app", f'directory(path="/out/modules/{cpu}")')
        assert chain(directory)[-1] == "withTimestamps(timestamp=1700000000)"


async def test_the_server_runs_as_next_js_wants_it(pipeline: Pipeline, stamp: Stamp) -> None:
    """Production, no telemetry, on all addresses and the port that the image exposes."""
    (variant,) = (await image(pipeline, stamp, port=4000, env=["LOG=debug"])).variants
    assert pairs(variant, "withEnvVariable") == {
        "HOSTNAME": "0.0.0.0",  # noqa: S104 - in a container
        "LOG": "debug",
        "NEXT_TELEMETRY_DISABLED": "1",
        "NODE_ENV": "production",
        "PORT": "4000",
    }
    assert arguments(variant, "withExposedPort") == [{"port": 4000}]
    assert arguments(variant, "withEntrypoint") == [{"args": ["/nodejs/bin/node", "/app/server.js"]}]


@pytest.mark.parametrize(
    ("used", "secrets", "fixed"), [([], (), True), (["a"], (), False), (["a"], ("next-keys",), True)]
)
async def test_keys_are_fixed_unless_they_guard_something_public(
    pipeline: Pipeline, stamp: Stamp, engine: Engine, used: list[str], secrets: tuple[str, ...], fixed: bool
) -> None:
    """Draft mode and server actions need a secret for the same keys in every build; without it the image is noted."""
    engine.answers(search=used)
    found = await image(pipeline, stamp, secrets=secrets)
    assert (plan(found)["fixed"], plan(found)["keys"]) == (fixed, "/run/secrets/next-keys")
    assert [note.partition(":")[0] for note in found.notes] == (
        [] if fixed else ["draft mode or server actions, and no secret next-keys"]
    )
