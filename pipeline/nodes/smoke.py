"""Does the image run as it will in production: as its user, on a read-only root, stopping when asked."""

import dataclasses
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import anyio
import dagger
import httpx
from dagger import dag

from pipeline.nodes import probes
from pipeline.nodes.recipe import with_environment
from pipeline.nodes.settings import Run, pairs
from pipeline.policy.health import Observed, verdict
from pipeline.policy.sizes import Measured
from pipeline.policy.text import clean

PATIENCE: Final = 30
"""Seconds until the first healthy answer."""

SLOW_PATIENCE: Final = 300
"""Seconds that an emulated service may take for all of its answers."""

SLOW_HEALTH: Final = 150
"""Seconds of them until the first healthy one."""

_PAUSE: Final = 0.2

_BAD: Final = 3
"""Exit code of the supervisor where something was wrong: what fails is not kept by the engine."""

GRACE: Final = 5
"""Seconds between SIGTERM and the end of the process."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """How the image is run, with which further environment, and which status its answers have to have."""

    run: Run
    requests: dict[str, int]
    environment: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def health(self) -> str:
        """The path whose 2xx answer means healthy."""
        return self.run.health_path or "/"


def requests(expected: Sequence[str]) -> dict[str, int]:
    """Read `/path=200` arguments.

    Raises:
        ValueError: one is not of that form.
    """
    found = {}
    for path, status in pairs(list(expected), "the expected answer").items():
        if not (path.startswith("/") and status.isdecimal()):
            raise ValueError(f"the expected answer '{path}={status}' is not of the form /path=200")
        found[path] = int(status)
    return found


async def run(container: dagger.Container, arguments: list[str], prints: str, environment: Mapping[str, str]) -> str:
    """Run arguments in place of the image's own, and compare what they print.

    Raises:
        ValueError: the output is another one.
        dagger.ExecError: the process failed.
    """
    output = clean(await with_environment(container, environment).with_exec(arguments, use_entrypoint=True).stdout())
    if prints and output.strip() != prints.strip():
        raise ValueError(f"{' '.join(arguments)} printed {output.strip()!r}, not {prints.strip()!r}")
    return output


async def supervised(container: dagger.Container, measured: Measured, plan: Plan, image: str) -> str:
    """Run the image on its root file system, mounted read-only into the container of a supervisor.

    Services have neither a read-only root nor a memory figure; this has both.

    Raises:
        ValueError: the image does not behave.
    """
    probe = dag.container().from_(image).with_mounted_directory("/img", container.rootfs(), read_only=True)
    order = json.dumps(_order(measured.settings, plan))
    found = json.loads(await _printed(probes.run(probe, "smoke.mjs", "smoke", order)))
    return verdict(_observed(found), plan.requests, plan.health, plan.run.port, GRACE)


async def _printed(probe: dagger.Container) -> str:
    try:
        return await probe.stdout()
    except dagger.ExecError as error:
        if error.exit_code != _BAD:
            raise
        return error.stdout


async def emulated(container: dagger.Container, plan: Plan) -> str:
    """Run the image of another platform as a service: healthy, answering, and stopping.

    A service has no read-only root, and its memory would be the emulator's.

    Raises:
        ValueError: the image does not behave.
    """
    _refuse_root(await container.user() or "")
    quiet = with_environment(container, plan.environment).without_docker_healthcheck()
    service = quiet.as_service(use_entrypoint=True)
    started = time.monotonic()
    try:
        with anyio.fail_after(SLOW_PATIENCE):
            _ = await service.start()
            address = await service.endpoint(port=plan.run.port, scheme="http")
            async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=SLOW_PATIENCE) as client:
                seen = await _ask(client, plan, started)
        asked = time.monotonic()
        with anyio.move_on_after(GRACE) as limit:
            _ = await service.stop()
    except TimeoutError:
        raise ValueError(f"nobody answered {plan.health} on port {plan.run.port} within {SLOW_PATIENCE} s") from None
    finally:
        with anyio.CancelScope(shield=True):
            _ = await service.stop(kill=True)
    stopped = None if limit.cancelled_caught else round((time.monotonic() - asked) * 1000)
    seen = dataclasses.replace(seen, stopped=stopped)
    return verdict(seen, plan.requests, plan.health, plan.run.port, GRACE) + " (as a service: root not read-only)"


async def _ask(client: httpx.AsyncClient, plan: Plan, started: float) -> Observed:
    status: int | str = ""
    while not (isinstance(status, int) and httpx.codes.is_success(status)):
        if status and time.monotonic() - started > SLOW_HEALTH:
            return Observed(status=status)
        await anyio.sleep(_PAUSE if status else 0)
        status = await _status(client, plan.health, follow=True)
    healthy = round((time.monotonic() - started) * 1000)
    answers = {path: await _status(client, path) for path in plan.requests}
    return Observed(status=status, healthy=healthy, answers=answers)


async def _status(client: httpx.AsyncClient, path: str, *, follow: bool = False) -> int | str:
    try:
        return (await client.get(path, follow_redirects=follow)).status_code
    except httpx.HTTPError as error:
        return type(error).__name__


def _refuse_root(user: str) -> None:
    if user.partition(":")[0] in {"", "root", "0"}:
        raise ValueError("the image runs as root; give it a USER, such as 65532:65532")


def _order(config: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    # Any member of an image config may be missing, empty, or null.
    user = config.get("User") or ""
    _refuse_root(user)
    check = (config.get("Healthcheck") or {}).get("Test") or ["NONE"]
    form = {"CMD": check[1:], "CMD-SHELL": ["/bin/sh", "-c", *check[1:]]}
    environment = dict(entry.partition("=")[::2] for entry in config.get("Env") or [])
    return {
        "root": "/img",
        "command": [*(config.get("Entrypoint") or []), *(config.get("Cmd") or [])],
        "user": user,
        "directory": config.get("WorkingDir") or "/",
        "environment": environment | plan.environment,
        "check": form.get(check[0], []),
        "port": plan.run.port,
        "health": plan.health,
        "requests": [{"path": path, "expected": status} for path, status in plan.requests.items()],
        "patience": PATIENCE * 1000,
        "grace": GRACE * 1000,
    }


def _observed(found: dict[str, Any]) -> Observed:
    return Observed(
        status=found.get("status"),
        healthy=found.get("healthy"),
        check=found.get("check"),
        answers={answer["path"]: answer["status"] for answer in found["answers"]},
        stopped=found.get("stopped"),
        code=found.get("code"),
        memory=found.get("memory"),
        handles=found.get("handles", True),
        writable=found["writable"],
        log=clean(found["log"]),
    )
