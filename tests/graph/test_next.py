"""The query of a Next.js application."""

# ruff: noqa: ANN401 - arguments are handed on as they are

import json
import re
from typing import Any

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.errors import Failed
from pipeline.nodes.image import Image
from pipeline.policy.versions import Stamp

from .queries import Engine, Step, arguments, chain, held, pairs, parent, steps

pytestmark = pytest.mark.anyio

SOURCE = held(dagger.Directory, "source")
PNPM = ["npx", "--yes", "pnpm@10.34.8"]
UNLOCKED = "so two builds may install different versions; commit package-lock.json or pnpm-lock.yaml, or say --unlocked"


@pytest.fixture(autouse=True)
def _source(engine: Engine) -> None:
    engine.answers(entries=["package.json", "package-lock.json", "app"], imageRef="nodejs:1@sha256:7")


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
    *command, order = arguments(build(found), "withExec")[-1]["args"]
    assert command == ["sh", "-c", 'exec "$@"', "compile", "node", "/opt/pipeline/next.mjs"]
    return dict(json.loads(order))


def halves(made: list[Step], at: int) -> tuple[list[Step], list[Step]]:
    """The calls before one, and those after it."""
    return made[:at], made[at + 1 :]


async def test_dependencies_are_installed_before_sources(pipeline: Pipeline, stamp: Stamp) -> None:
    """From the lock file, with npm's cache; a change in a page installs nothing."""
    *before, cache, _, _ = chain(build(await image(pipeline, stamp)))
    assert re.fullmatch(
        r'withMountedCache\(path="/app/.next/cache", cache=<cacheVolume\(key="pipeline-next-[0-9a-f]{16}", '
        r'sharing="LOCKED"\)>\)',
        cache,
    )
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
            'exclude=["**/.git", "**/node_modules", "**/.next", "**/coverage", "**/*.tsbuildinfo", "**/.env*.local"], '
            'include=["**/package.json", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", '
            '"pnpm-workspace.yaml", ".pnpmfile.cjs", ".npmrc", "patches/**"])>)'
        ),
        'withExec(args=["sh", "-c", "exec \\"$@\\"", "dependencies", "npm", "ci"])',
        (
            'withDirectory(path="/app", source=<node(id="source") | filter('
            'exclude=["**/.git", "**/node_modules", "**/.next", "**/coverage", "**/*.tsbuildinfo", "**/.env*.local", '
            '".trivyignore.yaml", "**/*.test.*", "**/*.spec.*", "**/__tests__"])>)'
        ),
    ]


@pytest.mark.parametrize(
    ("entries", "chosen", "command"),
    [
        ("package-lock.json", {}, ["npm", "ci"]),
        ("npm-shrinkwrap.json", {}, ["npm", "ci"]),
        ("package-lock.json", {"install_args": ["--legacy-peer-deps"]}, ["npm", "ci", "--legacy-peer-deps"]),
        ("", {"unlocked": True}, ["npm", "install"]),
        ("pnpm-lock.yaml", {}, [*PNPM, "install", "--frozen-lockfile"]),
        ("pnpm-lock.yaml", {"unlocked": True}, [*PNPM, "install"]),
        ("pnpm-lock.yaml", {"install_args": ["-x"]}, [*PNPM, "install", "--frozen-lockfile", "-x"]),
    ],
)
async def test_the_lock_file_decides_what_is_installed(
    pipeline: Pipeline, stamp: Stamp, engine: Engine, entries: str, chosen: dict[str, Any], command: list[str]
) -> None:
    """Never a silent fallback: without one it has to be asked for, and the image is noted to vary."""
    engine.answers(entries=["package.json", entries])
    found = await image(pipeline, stamp, public_keys=True, **chosen)
    assert arguments(build(found), "withExec")[0]["args"] == ["sh", "-c", 'exec "$@"', "dependencies", *command]
    assert [note.split(":")[0] for note in found.notes] == ([] if entries else ["no lock file"])
    assert plan(found)["manager"] == (PNPM if entries == "pnpm-lock.yaml" else ["npm"])
    assert plan(found)["install"] == chosen.get("install_args", [])


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        (["src"], "no package.json in the source folder, which holds src; pass the right one"),
        (["package.json"], f"no lock file in the source folder, {UNLOCKED}"),
        *[
            (["package.json", name], f"{name} is of a package manager that is not supported, {UNLOCKED}")
            for name in ("yarn.lock", "bun.lock", "bun.lockb")
        ],
    ],
)
async def test_a_source_that_cannot_be_built_is_refused(
    pipeline: Pipeline, stamp: Stamp, engine: Engine, entries: list[str], problem: str
) -> None:
    """Before anything runs, with application, stage, and what to do."""
    engine.answers(entries=entries)
    with pytest.raises(Failed) as caught:
        await image(pipeline, stamp)
    assert str(caught.value) == f"shop: sources: {problem}"


async def test_another_managers_lock_file_may_lie_beside_npms(pipeline: Pipeline, stamp: Stamp, engine: Engine) -> None:
    """Or the caller does without."""
    engine.answers(entries=["package.json", "package-lock.json", "yarn.lock"])
    assert plan(await image(pipeline, stamp))["manager"] == ["npm"]
    engine.answers(entries=["package.json", "yarn.lock"])
    assert plan(await image(pipeline, stamp, unlocked=True))["manager"] == ["npm"]


async def test_the_registry_can_be_another(pipeline: Pipeline, stamp: Stamp) -> None:
    """A mirror, for every command of npm; npm's own is not named where none is given."""
    found = pairs(build(await image(pipeline, stamp, npm_registry="https://npm.example.com/")), "withEnvVariable")
    assert found["NPM_CONFIG_REGISTRY"] == "https://npm.example.com/"
    assert "NPM_CONFIG_REGISTRY" not in pairs(build(await image(pipeline, stamp)), "withEnvVariable")


async def test_the_installation_sees_the_registrys_secret_alone(pipeline: Pipeline, stamp: Stamp) -> None:
    """Scripts of strangers run in it; the others are there from the build on, and never as variables."""
    found = await image(pipeline, stamp, secrets=("npmrc", "token", "next-keys"))
    made = steps(build(found))
    install = [step.name for step in made].index("withExec")
    mounted = [
        [step.args["path"] for step in part if step.name == "withMountedSecret"] for part in halves(made, install)
    ]
    assert mounted == [["/root/.npmrc"], ["/run/secrets/next-keys", "/root/.npmrc", "/run/secrets/token"]]
    assert "withSecretVariable" not in [step.name for step in made]
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
    ("secrets", "public", "noted"),
    [((), False, True), ((), True, False), (("next-keys",), False, False), (("next-keys",), True, False)],
)
async def test_keys_come_from_the_secret_or_are_drawn_unless_they_may_be_known(
    pipeline: Pipeline, stamp: Stamp, secrets: tuple[str, ...], public: bool, noted: bool
) -> None:
    """No source is searched; where every build draws other keys, a note says how to have the same."""
    found = await image(pipeline, stamp, secrets=secrets, public_keys=public)
    assert plan(found) == {
        "manager": ["npm"],
        "install": [],
        "cpus": ["x64"],
        "keys": "/run/secrets/next-keys",
        "public": public,
    }
    note = "no secret next-keys: Next.js draws keys at random, so every build makes another image"
    assert found.notes == ([note] if noted else [])


async def test_keys_are_drawn_where_nothing_is_said(pipeline: Pipeline, stamp: Stamp) -> None:
    """An application whose keys are known by themselves would let requests past its middleware."""
    assert plan(await image(pipeline, stamp))["public"] is False
