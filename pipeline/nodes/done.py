"""Done: what a stage of one application gave, besides the row that it earned in the table."""

import dataclasses
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

import dagger

from pipeline.nodes.errors import Failed, problem
from pipeline.nodes.image import Image
from pipeline.nodes.scan import Scan
from pipeline.policy.gates import Verdict
from pipeline.policy.results import Outcome, Result, Tests
from pipeline.policy.sizes import Measured


@dataclasses.dataclass(frozen=True, kw_only=True)
class Done:
    """A row, and what tables and reports show more: folders by their path, scans, tests, findings, sizes.

    `image` is set when every variant could be built; `sizes` are of those that could.
    """

    result: Result
    folders: Mapping[str, dagger.Directory] = dataclasses.field(default_factory=dict)
    scans: Sequence[Scan] = ()
    image: Image | None = None
    base: str = ""
    version: str = ""
    tests: Tests | None = None
    verdict: Verdict | None = None
    sizes: Sequence[Measured] = ()
    before: Sequence[Measured] = ()


async def timed(stage: str, app: str, task: Callable[[], Awaitable[Done]]) -> Done:
    """Run a stage; what it raises becomes its row, so that it stops no other stage."""
    began = time.monotonic()
    try:
        done = await task()
    except Exception as error:  # noqa: BLE001 - nobody else would turn it into a row
        broken = Result(stage=stage, app=app, outcome=Outcome.FAILED, problems=[problem(stage, app, error)])
        done = Done(result=broken)
    return dataclasses.replace(done, result=dataclasses.replace(done.result, seconds=time.monotonic() - began))


def text(done: Done) -> str:
    """What a person reads of a stage that passed, in a line.

    Raises:
        Failed: it did not pass.
    """
    result = done.result
    if result.problems:
        raise Failed("\n\n".join(result.problems))
    notes = "".join(f"note: {note}\n" for note in result.notes)
    return ": ".join(filter(None, [result.outcome.value, result.number])) + "\n" + notes
