"""The verbs: every application side by side, one table, one error at the end."""

import dataclasses
from collections.abc import Callable, Coroutine, Sequence

import anyio
import dagger
from dagger import dag

from pipeline.nodes.app import App, stamps
from pipeline.nodes.errors import Failed
from pipeline.nodes.image import Image
from pipeline.policy.versions import Stamp
from pipeline.report.failures import engine
from pipeline.report.table import megabytes, table


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """Rows of the table that an application earned, warnings, and what went wrong."""

    rows: list[list[str]] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    failures: list[str] = dataclasses.field(default_factory=list)


async def build(apps: Sequence[App], platforms: Sequence[dagger.Platform]) -> str:
    """Build, measure and weigh every variant.

    Raises:
        Failed: an application failed, or weighs more than its budget; the others were built all the same.
    """

    async def one(app: App, at: Stamp) -> Outcome:
        image = await app.image(at, platforms)
        variants = await side_by_side([lambda p=p: _variant(image, str(p)) for p in image.platforms])  # type: ignore[misc]
        # The notes of an image are the same for each of its variants.
        return merge([*variants, Outcome(notes=[f"{app.name}: {note}" for note in image.notes])])

    found = await each(apps, one)
    header = ["APPLICATION", "PLATFORM", "COMPRESSED", "UNPACKED", "USER", "BASE", "VERSION"]
    return finish(found, "build", header, right=[2, 3])


async def smoke(apps: Sequence[App]) -> str:
    """Run every image on the engine's own platform.

    Raises:
        Failed: an image does not run as it should; the others were tried all the same.
    """
    platform = await dag.default_platform()

    async def one(app: App, at: Stamp) -> Outcome:
        image = await app.image(at, [platform])
        return Outcome(rows=[[app.name, str(platform), await image.smoke(platform)]])

    return finish(await each(apps, one), "smoke test", ["APPLICATION", "PLATFORM", "RESULT"])


async def each(apps: Sequence[App], task: Callable[[App, Stamp], Coroutine[None, None, Outcome]]) -> list[Outcome]:
    """Do something with every application at once; an application's failure stays its own."""
    if not apps:
        raise Failed("there is no application to work on; add one with with-app")
    known = await stamps(apps)

    async def one(app: App, at: Stamp | Failed) -> Outcome:
        if isinstance(at, Failed):
            raise at
        return await task(app, at)

    return await side_by_side([lambda a=a, s=s: one(a, s) for a, s in zip(apps, known, strict=True)])  # type: ignore[misc]


async def side_by_side(tasks: Sequence[Callable[[], Coroutine[None, None, Outcome]]]) -> list[Outcome]:
    """Run tasks at once, results in their order. None raises: a failure is an outcome."""
    results: list[Outcome] = [Outcome()] * len(tasks)

    async def run(number: int) -> None:
        try:
            results[number] = await tasks[number]()
        except Failed as error:
            results[number] = Outcome(failures=[str(error)])
        except Exception as error:  # noqa: BLE001 - one that passes cancels the others, and only says that it did
            results[number] = Outcome(failures=[engine(f"{type(error).__name__}: {error}")])

    async with anyio.create_task_group() as group:
        for number in range(len(tasks)):
            group.start_soon(run, number)
    return results


def merge(outcomes: Sequence[Outcome]) -> Outcome:
    """One outcome of several; the same failure of two variants is said once."""
    return Outcome(
        rows=[row for outcome in outcomes for row in outcome.rows],
        notes=[note for outcome in outcomes for note in outcome.notes],
        failures=list(dict.fromkeys(failure for outcome in outcomes for failure in outcome.failures)),
    )


def finish(outcomes: Sequence[Outcome], verb: str, header: Sequence[str], right: Sequence[int] = ()) -> str:
    """The table with its warnings, or one error that holds both: a function that fails returns no value.

    Raises:
        Failed: anything failed.
    """
    whole = merge(outcomes)
    text = table(header, whole.rows, right) if whole.rows else ""
    text += "".join(f"note: {note}\n" for note in whole.notes)
    if not whole.failures:
        return text
    failed = sum(bool(outcome.failures) for outcome in outcomes)
    problems = "\n\n".join(whole.failures)
    raise Failed(f"{verb}: {failed} of {len(outcomes)} applications failed\n\n{problems}\n\n{text}".rstrip())


async def _variant(image: Image, platform: str) -> Outcome:
    found = await image.measured(platform)
    row = [
        image.app,
        platform,
        megabytes(found.compressed),
        megabytes(found.unpacked),
        found.user or "root",
        image.base,
        image.version,
    ]
    problem = image.over_budget(found)
    return Outcome(rows=[row], failures=[problem] if problem else [])
