"""The smoke test of an image: what the supervisor is told, and what becomes of its answer."""

import json
from typing import Any

import pytest

from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed
from pipeline.nodes.image import Image
from pipeline.policy.versions import Stamp

from .queries import Engine, failed
from .shop import CONFIG, LAYERS, RAN, probes

pytestmark = pytest.mark.anyio

ABSENT = "absent"


async def tried(app: App, stamp: Stamp, engine: Engine, **changed: object) -> Image:
    """An image that the probes answer for, with changes to its config by name."""
    if changed:
        config = {"config": {name: value for name, value in (CONFIG["config"] | changed).items() if value != ABSENT}}
        weighed = json.dumps({"config": config, "layers": LAYERS})
        engine.answers(stdout=lambda asked: weighed if "measure.mjs" in asked[-2] else probes(asked))
    else:
        engine.answers(stdout=probes)
    return await app.image(stamp, ["linux/amd64"])


def told(engine: Engine) -> dict[str, Any]:
    """What the supervisor was told last."""
    return dict(json.loads(json.loads(engine.asked[-1][-2].removeprefix("withExec(args=").removesuffix(")"))[-1]))


async def test_a_smoke_test_runs_the_image_as_its_config_says(app: App, stamp: Stamp, engine: Engine) -> None:
    """Read-only, with its own user, command, environment and health check, and the requests that were asked for."""
    image = await tried(app, stamp, engine)
    assert await image.smoke(expect=["/ready=503"]) == "healthy after 40 ms, stopped within 9 ms, peak memory 20.0 MB"
    *_, mounted, _, run, leaf = engine.asked[-1]
    assert mounted.startswith('withMountedDirectory(path="/img", source=<container(platform="linux/amd64") | ')
    assert mounted.endswith("| rootfs>, readOnly=true)")
    assert leaf == "stdout"
    *command, order = json.loads(run.removeprefix("withExec(args=").removesuffix(")"))
    assert command == ["sh", "-c", 'exec "$@"', "smoke", "node", "/opt/pipeline/smoke.mjs"]
    assert json.loads(order) == {
        "root": "/img",
        "command": ["/usr/local/bin/shop", "serve"],
        "user": "65532:65532",
        "directory": "/app",
        "environment": {"A": "1", "B": "x=y"},
        "check": ["/usr/local/bin/shop", "healthcheck"],
        "port": 8082,
        "health": "/health",
        "requests": [{"path": "/ready", "expected": 503}],
        "patience": 30_000,
        "grace": 5_000,
    }


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"expect": ["/ready=200"]}, r"shop: smoke linux/amd64: /ready answered 503, not 200; it logged nothing"),
        ({"expect": ["ready=200"]}, r"shop: smoke linux/amd64: the expected answer 'ready=200' is not of the form"),
        ({"expect": ["/ready=ok"]}, r"'/ready=ok' is not of the form /path=200"),
        (
            {"expect": ["/ready"]},
            r"shop: smoke linux/amd64: the expected answer number 1 is not of the form NAME=value",
        ),
        ({"env": ["hunter2"]}, r"shop: smoke linux/amd64: the variable number 1 is not of the form NAME=value"),
    ],
)
async def test_an_image_that_does_not_behave_fails(
    app: App, stamp: Stamp, engine: Engine, arguments: dict[str, Any], error: str
) -> None:
    """One sentence with application, stage and platform."""
    with pytest.raises(Failed, match=error):
        await (await tried(app, stamp, engine)).smoke(**arguments)


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


@pytest.mark.parametrize("user", ["", "root", "0", "0:65532", "root:nonroot", None, ABSENT])
async def test_an_image_that_runs_as_root_is_refused(app: App, stamp: Stamp, engine: Engine, user: str | None) -> None:
    """Whichever way it says so; nothing is started."""
    image = await tried(app, stamp, engine, User=user)
    with pytest.raises(Failed) as caught:
        await image.smoke()
    assert str(caught.value) == "shop: smoke linux/amd64: the image runs as root; give it a USER, such as 65532:65532"
    assert "measure.mjs" in engine.asked[-1][-2]


@pytest.mark.parametrize("user", ["65532", "nonroot", "nobody:0", "00"])
async def test_another_user_is_that_of_the_image(app: App, stamp: Stamp, engine: Engine, user: str) -> None:
    """The supervisor looks names up."""
    await (await tried(app, stamp, engine, User=user)).smoke()
    assert told(engine)["user"] == user


@pytest.mark.parametrize("nothing", [None, ABSENT])
async def test_what_a_config_does_not_say_is_nothing(
    app: App, stamp: Stamp, engine: Engine, nothing: str | None
) -> None:
    """Any member may be missing or null: builders write either."""
    members = dict.fromkeys(["Cmd", "WorkingDir", "Env", "Healthcheck"], nothing)
    await (await tried(app, stamp, engine, **members)).smoke()
    found = told(engine)
    assert (found["command"], found["directory"]) == (["/usr/local/bin/shop"], "/")
    assert (found["environment"], found["check"]) == ({}, [])
    await (await tried(app, stamp, engine, Entrypoint=nothing)).smoke()
    assert told(engine)["command"] == ["serve"]


@pytest.mark.parametrize(
    ("check", "command"),
    [
        ({"Test": ["CMD-SHELL", "curl localhost"]}, ["/bin/sh", "-c", "curl localhost"]),
        ({"Test": ["NONE"]}, []),
        ({"Test": []}, []),
        ({"Test": None}, []),
        ({}, []),
    ],
)
async def test_every_form_of_a_health_check_is_understood(
    app: App, stamp: Stamp, engine: Engine, check: dict[str, object], command: list[str]
) -> None:
    """Those that the image specification names, and none."""
    await (await tried(app, stamp, engine, Healthcheck=check)).smoke()
    assert told(engine)["check"] == command


async def test_further_environment_is_for_this_run_alone(app: App, stamp: Stamp, engine: Engine) -> None:
    """On top of the image's own; a variable without a value is an empty one."""
    image = await tried(app, stamp, engine, Env=["A=1", "B=x=y", "C"])
    await image.smoke(env=["A=2", "D=4"])
    assert told(engine)["environment"] == {"A": "2", "B": "x=y", "C": "", "D": "4"}
    await image.smoke()
    assert told(engine)["environment"] == {"A": "1", "B": "x=y", "C": ""}


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"code": 1}, "the process was healthy and then ended by itself, with 1"),
        ({"handles": False}, "the process has no handler for SIGTERM; as PID 1 of a container it would ignore it"),
        ({"check": "no answer"}, "/health answered, but the image's HEALTHCHECK command ended with no answer"),
        ({"log": "a\u202eb\x1b[31m", "stopped": None}, "the process did not stop within 5 s of SIGTERM and was killed"),
    ],
)
async def test_what_the_supervisor_saw_is_judged(
    app: App, stamp: Stamp, engine: Engine, changed: dict[str, object], problem: str
) -> None:
    """All of it, and its log is fit for a terminal."""
    image = await tried(app, stamp, engine)
    ran = json.dumps(RAN | {"log": "ab"} | changed)
    engine.answers(stdout=lambda asked: ran if "smoke.mjs" in asked[-2] else probes(asked))
    with pytest.raises(Failed) as caught:
        await image.smoke()
    assert str(caught.value) == f"shop: smoke linux/amd64: {problem}; it logged:\nab"


async def test_what_a_command_prints_is_fit_for_a_terminal(app: App, stamp: Stamp, engine: Engine) -> None:
    """Colours are no part of what is compared, and are not returned."""
    image = await app.image(stamp, ["linux/amd64"])
    engine.answers(stdout="\x1b[1mshop\x1b[0m 1.4.0\n")
    assert await image.smoke(arguments=["--version"], prints="shop 1.4.0") == "shop 1.4.0\n"
