"""Verify: is a published image what it says, for anybody who has its name."""

import dataclasses
import datetime as dt
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import dagger
from dagger import dag

from pipeline.nodes import measure, smoke
from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed, stage
from pipeline.nodes.registries import Registries
from pipeline.nodes.scanner import Scanner
from pipeline.nodes.settings import Run
from pipeline.policy import references
from pipeline.policy.gates import Budget, over_budget
from pipeline.policy.images import PREFIX
from pipeline.policy.sizes import Measured
from pipeline.policy.verification import Finding
from pipeline.policy.versions import Stamp
from pipeline.remote.verifying import Examined, examine
from pipeline.report.verification import finding_table

_PORT: Final = re.compile(r"\d{1,5}(/tcp)?$")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be verified, and how: `health_path` and `total` (MB) are for images of no application here."""

    reference: str
    health_path: str = ""
    total: int = 0
    rebuild: bool = False


async def verify(wish: Wish, apps: Sequence[App], scanner: Scanner, node: str) -> str:
    """Look at an image in its registry, run it, and if wished build the commit that it names and compare the digests.

    Raises:
        Failed: the registry does not give it; or something is not as it has to be, and the text has all that was seen.
    """
    found = await looked(wish.reference, scanner.registries)
    repository = references.address(wish.reference).full
    title = found.index.annotations.get(f"{PREFIX}title", "")
    app = next((one for one in apps if one.about.title == title), None)
    findings = [*found.findings, *await _run(wish, app, f"{repository}@{found.index.digest}", found, scanner, node)]
    if wish.rebuild:
        findings.append(await _settled("rebuild", lambda: _rebuilt(app, title, found)))
    return told(wish.reference, found, findings)


async def looked(reference: str, registries: Registries) -> Examined:
    """What a registry says of an image.

    Raises:
        Failed: it does not have it, or gives something else than a digest says.
    """
    with stage(reference, "verify"):
        repository = references.address(reference).full
        async with registries.open(reference) as registry:
            return await examine(registry, repository, reference)


def told(reference: str, found: Examined, findings: Sequence[Finding]) -> str:
    """A line for each thing that was looked at.

    Raises:
        Failed: something is not as it has to be.
    """
    text = f"{references.address(reference).full}@{found.index.digest}\n{finding_table(findings)}"
    wrong = [one.check for one in findings if not one.passed]
    if wrong:
        raise Failed(f"verify: {reference} is not as it has to be: {', '.join(wrong)}\n\n{text}".rstrip())
    return text


async def _run(
    wish: Wish, app: App | None, reference: str, found: Examined, scanner: Scanner, node: str
) -> list[Finding]:
    """Run it on the engine's platform, and weigh it."""
    platform = str(await dag.default_platform())
    if platform not in {part.platform for part in found.parts}:
        return [Finding("smoke", passed=True, seen=f"not run: it is not for {platform}, as this engine is")]
    try:
        with stage(wish.reference, "pull"):
            container = await scanner.pulled(reference, dagger.Platform(platform))
            if not container:
                raise ValueError(f"the registry has no image for {platform}")
            measured = await measure.measure(container.as_tarball(), platform, node, 0)
            budget = Budget(total=wish.total) if wish.total else app.budget if app else Budget()
    except Failed as error:
        return [Finding("pull", passed=False, seen=str(error))]
    # What of the image is its base, only its build knows.
    heavy = over_budget(measured.layers, dataclasses.replace(budget, added=None))
    weight = f"{sum(layer.unpacked for layer in measured.layers) / 1e6:.1f} MB unpacked"
    size = Finding("size", not heavy, heavy or weight + ("" if budget.total else ", no budget given"))
    return [size, await _settled("smoke", lambda: _smoke(wish, app, container, measured, node))]


async def _settled(check: str, task: Callable[[], Awaitable[Finding]]) -> Finding:
    """What a look that failed found: the others are shown all the same."""
    try:
        return await task()
    except Failed as error:
        return Finding(check, passed=False, seen=str(error).partition("; it logged")[0])


async def _smoke(wish: Wish, app: App | None, container: dagger.Container, measured: Measured, node: str) -> Finding:
    ports = [int(name.partition("/")[0]) for name in measured.settings.get("ExposedPorts") or {} if _PORT.match(name)]
    if not app and not ports:
        return Finding("smoke", passed=True, seen="not run: it says no port")
    with stage(wish.reference, "smoke"):
        run = app.run if app else Run(port=min(ports))
        run = dataclasses.replace(run, health_path=wish.health_path or run.health_path)
        return Finding(
            "smoke", True, await smoke.supervised(container, measured, smoke.Plan(run=run, requests={}), node)
        )


async def _rebuilt(app: App | None, title: str, found: Examined) -> Finding:
    """The digest of the commit that the image names, built now."""
    said = found.index.annotations
    with stage(app.name if app else title, "rebuild"):
        if not app:
            raise ValueError(f"no application here has the title {title!r}; call it where the image was built")
        at = _stamp(said)
        base = f"{said.get(f'{PREFIX}base.name', '')}@{said.get(f'{PREFIX}base.digest', '')}".strip("@")
        again = app.at(at.revision, base)
    image = await again.image(at, [part.platform for part in found.parts])
    digest = await image.digest()
    same = digest == found.index.digest
    other = f"{at.revision} gives {digest}, built by this module with its images; the provenance names those of then"
    return Finding("rebuild", same, "the same digest" if same else other)


def _stamp(said: Mapping[str, Any]) -> Stamp:
    parts = [str(said.get(PREFIX + name, "")) for name in ("version", "revision", "created")]
    if not all(parts):
        raise ValueError("the image does not say version, revision and time, so there is no commit to build")
    return Stamp(parts[0], parts[1], int(dt.datetime.fromisoformat(parts[2]).timestamp()))
