"""The verbs: stages of every application side by side, one table, one error at the end."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Final

import anyio
import dagger

from pipeline.nodes import quality, reuse, stages
from pipeline.nodes.app import App
from pipeline.nodes.caches import seeded
from pipeline.nodes.database import Loaded
from pipeline.nodes.done import Done, timed
from pipeline.nodes.errors import Failed
from pipeline.nodes.image import Image
from pipeline.nodes.registries import PATIENCE, Kept
from pipeline.nodes.scanner import Scanner
from pipeline.nodes.stamping import stamps
from pipeline.nodes.together import settled, together
from pipeline.policy.databases import Database
from pipeline.policy.results import Outcome, Result
from pipeline.policy.versions import Stamp
from pipeline.remote.asking import PULL
from pipeline.remote.publishing import Known
from pipeline.report.findings import findings_table
from pipeline.report.results import result_table
from pipeline.report.table import megabytes, table

STAGES: Final = ("lint", "test", "build", "smoke", "scan")
"""In the order of the table."""

PUBLISHED: Final = ("test", "build", "smoke", "scan")
"""What an image has to pass before it is published."""

_ON_IMAGE: Final = ("smoke", "scan")


@dataclasses.dataclass(frozen=True)
class Loader:
    """The vulnerability database, loaded when the first scan asks for it and once for all."""

    scanner: Scanner
    _lock: anyio.Lock = dataclasses.field(default_factory=anyio.Lock, init=False)
    _found: list[Loaded | Exception] = dataclasses.field(default_factory=list, init=False)

    @property
    def about(self) -> Database | None:
        """Which database it is; None where none was loaded."""
        return next((found.about for found in self._found if isinstance(found, Loaded)), None)

    async def load(self, app: str) -> Loaded:
        """The database.

        Raises:
            Failed: it could not be loaded; the same to everybody, under the name of whoever asked first.
        """
        async with self._lock:
            if not self._found:
                self._found.extend(await settled([lambda: self.scanner.load(app)]))
        (found,) = self._found
        if isinstance(found, Exception):
            raise found
        return found


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """Which stages are run, with which database, for which platforms, and what each application is compared with.

    No platforms are the defaults. `against` has published images by application. `caches` is a repository that keeps
    what cache volumes begin with, `published` where images are, of which those of the same inputs are not built.
    """

    stages: Sequence[str]
    database: Loader
    platforms: Sequence[dagger.Platform] = ()
    against: Mapping[str, str] = dataclasses.field(default_factory=dict)
    caches: str = ""
    published: str = ""

    async def run(self, apps: Sequence[App]) -> list[Done]:
        """Every stage of every application, in the order of the stages; nothing that fails stops another one."""
        if not apps:
            raise Failed("there is no application to work on; add one with with-app")
        if unknown := self.against.keys() - {app.name for app in apps}:
            raise Failed(
                f"there is no application {', '.join(sorted(unknown))} to compare; --against takes NAME=REFERENCE"
            )
        needed = {"build", *_ON_IMAGE} & set(self.stages)
        stamped = await stamps(apps) if needed else [Stamp()] * len(apps)
        known, unasked = await self._known(apps, stamped) if needed and self.published else ({}, [])
        apps, empty = await self._begun(apps, known)
        tasks: list[Callable[[], Awaitable[list[Done]]]] = []
        for app, at in zip(apps, stamped, strict=True):
            image = partial(self._image, app, at, known.get(app.name))
            tasks += [partial(self._lint, app), partial(self._test, app), image]
        found = await together(tasks)
        rows = sorted((done for group in found for done in group), key=lambda done: STAGES.index(done.result.stage))
        return [*_cautioned(rows[:1], [*unasked, *empty]), *rows[1:]]

    async def _lint(self, app: App) -> list[Done]:
        if "lint" not in self.stages:
            return []
        return [await timed("lint", app.name, lambda: quality.lint(app.name, app.recipe, app.sources))]

    async def _test(self, app: App) -> list[Done]:
        if "test" not in self.stages:
            return []
        return [await timed("test", app.name, lambda: quality.test(app.name, app.recipe, app.sources))]

    async def _known(self, apps: Sequence[App], at: Sequence[Stamp | Failed]) -> tuple[Mapping[str, Known], list[str]]:
        async with Kept(self.database.scanner.registries, PATIENCE) as registries:
            return await reuse.looked(apps, at, [self.published], registries, PULL)

    async def _begun(self, apps: Sequence[App], known: Mapping[str, Known]) -> tuple[Sequence[App], list[str]]:
        """The applications with the caches of a registry, where they have to be compiled for anything."""
        compiled = apps if {"lint", "test"} & set(self.stages) else [app for app in apps if app.name not in known]
        if not (self.caches and compiled):
            return apps, []
        begun, notes = await seeded(compiled, self.caches, self.database.scanner.registries)
        changed = {app.name: app for app in begun}
        return [changed.get(app.name, app) for app in apps], notes

    async def _image(self, app: App, at: Stamp | Failed, known: Known | None) -> list[Done]:
        wanted = [stage for stage in _ON_IMAGE if stage in self.stages]
        if not wanted and "build" not in self.stages:
            return []
        origin = reuse.Origin(known, self.database.scanner.registries) if known else None
        built = await timed("build", app.name, lambda: stages.build(app, at, self.platforms, origin))
        if not built.image:
            # The reason is said once, by the stage that found it.
            return [built, *(_not_run(stage, app.name) for stage in wanted)]
        tasks = {"smoke": partial(stages.smoke, built.image), "scan": partial(self._scan, app, built.image)}
        done = await together([partial(timed, stage, app.name, tasks[stage]) for stage in wanted])
        if "build" in self.stages:
            return [built, *done]
        # What is known of the image is said all the same.
        return [*_cautioned(done[:1], built.result.notes), *done[1:]]

    async def _scan(self, app: App, image: Image) -> Done:
        return await stages.scan(app, image, await self.database.load(app.name), self.against.get(app.name, ""))


def to_publish(plan: Plan) -> Plan:
    """The same for what is published, with nothing that a registry keeps.

    Compilers believe their caches. Images `publish` looks for by itself: one that lost a part it has to build.
    """
    return dataclasses.replace(plan, caches="", published="")


def _cautioned(rows: Sequence[Done], notes: Sequence[str]) -> list[Done]:
    """Rows with notes on what is of no stage."""
    changed = [dataclasses.replace(done.result, notes=[*notes, *done.result.notes]) for done in rows]
    return [dataclasses.replace(done, result=result) for done, result in zip(rows, changed, strict=True)]


def _not_run(stage: str, app: str) -> Done:
    return Done(result=Result(stage=stage, app=app, outcome=Outcome.NOT_RUN, number="the build failed"))


def finish(verb: str, rows: Sequence[Done], text: str, more: str = "") -> str:
    """A verb's table with its warnings, and what else it prints; or one error that holds all of it.

    A function that fails returns no value.

    Raises:
        Failed: a stage failed, or could not be run.
    """
    results = [done.result for done in rows]
    text += "".join(f"note: {note}\n" for result in results for note in result.notes) + more
    failed = [result for result in results if result.failed]
    if not failed:
        return text
    problems = "\n\n".join(dict.fromkeys(problem for result in failed for problem in result.problems))
    raise Failed(f"{verb}: {len(failed)} of {len(results)} stages failed\n\n{problems}\n\n{text}".rstrip())


def stage_table(rows: Sequence[Done]) -> str:
    """A line a stage and application: how it came out, what it counted, how long it took."""
    return result_table([done.result for done in rows])


def image_table(rows: Sequence[Done]) -> str:
    """A line a variant that was built: what it weighs, who it runs as, what it stands on, and its version."""
    header = ["APPLICATION", "PLATFORM", "COMPRESSED", "UNPACKED", "USER", "BASE", "VERSION"]
    cells = [
        [
            done.result.app,
            size.platform,
            megabytes(size.compressed),
            megabytes(size.unpacked),
            size.user or "root",
            done.base,
            done.version,
        ]
        for done in rows
        for size in done.sizes
    ]
    return table(header, cells, right=[2, 3]) if cells else ""


def used(plan: Plan) -> str:
    """A line that names the vulnerability database that was used, where one was."""
    about = plan.database.about
    return f"database: {about}\n" if about else ""


def findings(rows: Sequence[Done]) -> str:
    """The findings of every application that has any, in a table each."""
    found = [
        (done.result.app, done.verdict) for done in rows if done.verdict and (done.verdict.judged or done.verdict.gone)
    ]
    return "".join(f"\n{app}\n{findings_table(verdict)}" for app, verdict in found)
