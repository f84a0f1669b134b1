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
from pipeline.nodes.settings import Run, pairs
from pipeline.policy.health import Observed, verdict
from pipeline.policy.sizes import Measured
from pipeline.report.table import clean

PATIENCE: Final = 30
"""Seconds until the first healthy answer; emulation may take ten times as long."""

GRACE: Final = 5
"""Seconds between SIGTERM and the end of the process."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """How the image is run, and the requests it has to answer with which status."""

    run: Run
    requests: dict[str, int]

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


async def run(container: dagger.Container, arguments: list[str], prints: str) -> str:
    """Run arguments in place of the image's own, and compare what they print.

    Raises:
        ValueError: the output is another one.
        dagger.ExecError: the process failed.
    """
    output = await container.with_exec(arguments, use_entrypoint=True).stdout()
    if prints and output.strip() != prints.strip():
        raise ValueError(f"{' '.join(arguments)} printed {clean(output).strip()!r}, not {prints.strip()!r}")
    return output


async def supervised(container: dagger.Container, measured: Measured, plan: Plan, image: str) -> str:
    """Run the image on its root file system, mounted read-only into the container of a supervisor.

    Services have neither a read-only root nor a memory figure; this has both.

    Raises:
        ValueError: the image does not behave.
    """
    order = json.dumps(_order(measured.settings, plan))
    probe = (
        probes.mount(dag.container().from_(image), "smoke.mjs")
        .with_mounted_directory("/img", container.rootfs(), read_only=True)
        .with_exec(["node", f"{probes.PATH}/smoke.mjs", order])
    )
    found = json.loads(await probe.stdout())
    return verdict(_observed(found), plan.requests, plan.health, plan.run.port, GRACE)


async def emulated(container: dagger.Container, plan: Plan) -> str:
    """Run the image of another platform as a service: healthy, answering, and stopping; memory would be qemu's.

    Raises:
        ValueError: the image does not behave.
    """
    service = container.without_docker_healthcheck().as_service(use_entrypoint=True)
    started = time.monotonic()
    try:
        with anyio.fail_after(PATIENCE * 10):
            _ = await service.start()
    except TimeoutError:
        raise ValueError(f"nothing listened on port {plan.run.port} within {PATIENCE * 10} s") from None
    try:
        address = await service.endpoint(port=plan.run.port, scheme="http")
        async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
            status = await _status(client, plan.health)
            well = isinstance(status, int) and httpx.codes.is_success(status)
            healthy = round((time.monotonic() - started) * 1000) if well else None
            answers = {path: await _status(client, path) for path in plan.requests}
        asked = time.monotonic()
        with anyio.move_on_after(GRACE) as limit:
            _ = await service.stop()
    finally:
        _ = await service.stop(kill=True)
    stopped = None if limit.cancelled_caught else round((time.monotonic() - asked) * 1000)
    observed = Observed(status=status, healthy=healthy, answers=answers, stopped=stopped)
    return verdict(observed, plan.requests, plan.health, plan.run.port, GRACE)


async def _status(client: httpx.AsyncClient, path: str) -> int | str:
    try:
        return (await client.get(path)).status_code
    except httpx.HTTPError as error:
        return type(error).__name__


def _order(config: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    check = config.get("Healthcheck", {}).get("Test", ["NONE"])
    form = {"CMD": check[1:], "CMD-SHELL": ["/bin/sh", "-c", *check[1:]]}
    return {
        "root": "/img",
        "command": [*config.get("Entrypoint", []), *config.get("Cmd", [])],
        "user": config.get("User", "0"),
        "directory": config.get("WorkingDir", "/"),
        "environment": dict(entry.split("=", 1) for entry in config.get("Env", [])),
        "check": form.get(check[0], []),
        "port": plan.run.port,
        "health": plan.health,
        "requests": [{"path": path} for path in plan.requests],
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
        writable=found["writable"],
        log=clean(found["log"]),
    )
