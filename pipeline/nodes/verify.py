"""Verify: is a published image what it says, for anybody who has its name."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

import dagger
from dagger import dag

from pipeline.nodes import measure, smoke
from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed, stage
from pipeline.nodes.scanner import Scanner
from pipeline.nodes.settings import Run
from pipeline.policy import references
from pipeline.policy.gates import Budget, over_budget
from pipeline.policy.sizes import Measured
from pipeline.policy.verification import Finding
from pipeline.policy.versions import Stamp
from pipeline.remote.verifying import Examined, examine
from pipeline.report.table import table

_PREFIX: Final = "org.opencontainers.image."


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
        Failed: something is not as it has to be; everything that was seen stands in the text.
    """
    with stage(wish.reference, "verify"):
        repository = references.address(wish.reference).full
        async with scanner.registries.open(wish.reference) as registry:
            found = await examine(registry, repository, wish.reference)
    title = found.index.annotations.get(f"{_PREFIX}title", "")
    app = next((one for one in apps if one.about.title == title), None)
    findings = [*found.findings, *await _run(wish, app, f"{repository}@{found.index.digest}", scanner, node)]
    if wish.rebuild:
        findings.append(await _rebuilt(app, title, found))
    cells = [[one.check, "passed" if one.passed else "FAILED", one.seen] for one in findings]
    text = f"{repository}@{found.index.digest}\n" + table(["CHECK", "RESULT", "SEEN"], cells)
    wrong = [one.check for one in findings if not one.passed]
    if wrong:
        raise Failed(f"verify: {wish.reference} is not as it has to be: {', '.join(wrong)}\n\n{text}".rstrip())
    return text


async def _run(wish: Wish, app: App | None, reference: str, scanner: Scanner, node: str) -> list[Finding]:
    """Run it on the engine's platform, and weigh it."""
    platform = await dag.default_platform()
    with stage(wish.reference, "pull"):
        container = await scanner.pulled(reference, platform)
        if not container:
            return [Finding("smoke", passed=True, seen=f"not run: it is not published for {platform}")]
        measured = await measure.measure(container.as_tarball(), str(platform), node, 0)
    budget = Budget(total=wish.total) if wish.total else app.budget if app else Budget()
    # What of the image is its base, only its build knows.
    heavy = over_budget(measured.layers, dataclasses.replace(budget, added=None))
    weight = f"{sum(layer.unpacked for layer in measured.layers) / 1e6:.1f} MB unpacked"
    limit = "" if budget.total else ", no budget given"
    return [Finding("size", not heavy, heavy or weight + limit), await _smoke(wish, app, container, measured, node)]


async def _smoke(wish: Wish, app: App | None, container: dagger.Container, measured: Measured, node: str) -> Finding:
    ports = [str(name).partition("/")[0] for name in (measured.settings.get("ExposedPorts") or {})]
    if not app and not ports:
        return Finding("smoke", passed=True, seen="not run: it says no port")
    run = app.run if app else Run(port=int(min(ports)), health_path=wish.health_path)
    try:
        with stage(wish.reference, "smoke"):
            seen = await smoke.supervised(container, measured, smoke.Plan(run=run, requests={}), node)
    except Failed as error:
        return Finding("smoke", passed=False, seen=str(error).partition("; it logged")[0])
    return Finding("smoke", passed=True, seen=seen)


async def _rebuilt(app: App | None, title: str, found: Examined) -> Finding:
    """The digest of the commit that the image names, built now."""
    said = found.index.annotations
    revision = said.get(f"{_PREFIX}revision", "")
    if not app or not app.repository or not revision:
        why = f"no application here is called {title!r}" if not app else "it names no commit of a repository"
        return Finding("rebuild", passed=False, seen=f"not possible: {why}")
    with stage(app.name, "rebuild"):
        base = f"{said.get(f'{_PREFIX}base.name', '')}@{said.get(f'{_PREFIX}base.digest', '')}".strip("@")
        again = app.at(revision, base)
        image = await again.image(_stamp(said), [part.platform for part in found.parts])
        digest = await image.digest()
    same = digest == found.index.digest
    return Finding("rebuild", same, "the same digest" if same else f"{revision} gives {digest}")


def _stamp(said: Mapping[str, Any]) -> Stamp:
    created = dt.datetime.fromisoformat(said[f"{_PREFIX}created"])
    return Stamp(said[f"{_PREFIX}version"], said[f"{_PREFIX}revision"], int(created.timestamp()))
