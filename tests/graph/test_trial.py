"""Which results of a stage are believed when they come out of the engine's cache."""

import datetime as dt
import re
import time
from collections.abc import Callable

import dagger
import pytest

from pipeline.nodes.trial import Trial, Tried, run

from .queries import Engine, arguments, chain, held, parent, steps

pytestmark = pytest.mark.anyio

PASSED = "step\tvet\t0\n"
FAILED = "step\tvet\t1\n"
OLD = "began\t5\n"

TRIAL = Trial(container=held(dagger.Container, "source"), script="step vet go vet ./...\n", stage="lint")


def fresh() -> str:
    """The beginning of a record that is made now; a second may pass until it is asked for."""
    return f"began\t{int(time.time()) + 1}\n"


def kept(*records: str) -> Callable[[list[str]], str]:
    """What the engine has of the first run, of that of this day, and of that of this moment."""

    def record(asked: list[str]) -> str:
        when = [found[1] for step in asked if (found := re.search(r'"PIPELINE_AGAIN", value="(.+)"', step))]
        return records[(2 if "." in when[0] else 1) if when else 0]

    return record


async def ran(engine: Engine, *records: str) -> tuple[Tried, int]:
    """How the trial ended, and how often its script was asked for."""
    engine.answers(stdout=kept(*records), contents="main.go:1:1: x\n")
    tried = await run(TRIAL)
    return tried, sum(asked[-1] == "stdout" for asked in engine.asked)


def again(tried: Tried) -> str:
    """What made the last run another command; it is the only change."""
    (variable,) = arguments(parent(tried.out, dagger.Container), "withEnvVariable")
    assert variable["name"] == "PIPELINE_AGAIN"
    return str(variable["value"])


@pytest.mark.parametrize(("old", "second"), [(True, PASSED), (False, PASSED), (False, FAILED)])
async def test_a_failure_that_was_kept_is_tried_again_each_day(engine: Engine, old: bool, second: str) -> None:
    """It may have been the network's; a success is remembered for the day, and a fresh failure is believed."""
    days = {f"{dt.datetime.now(dt.UTC):%Y-%m-%d}"}
    tried, times = await ran(engine, OLD + FAILED, (OLD if old else fresh()) + second)
    assert times == 2
    assert bool(tried.steps.failed) is (second == FAILED)
    assert again(tried) in days | {f"{dt.datetime.now(dt.UTC):%Y-%m-%d}"}


@pytest.mark.parametrize("third", [PASSED, FAILED])
async def test_a_failure_that_was_kept_today_is_tried_at_this_moment(engine: Engine, third: str) -> None:
    """What the last run says counts, and what it wrote."""
    tried, times = await ran(engine, OLD + FAILED, OLD + FAILED, fresh() + third)
    assert times == 3
    assert bool(tried.steps.failed) is (third == FAILED)
    assert abs(float(again(tried)) - time.time()) < 60


async def test_a_fresh_failure_is_believed(engine: Engine) -> None:
    """A second run would tell nothing."""
    tried, times = await ran(engine, fresh() + FAILED)
    assert (times, [step.name for step in tried.steps.failed]) == (1, ["vet"])


async def test_success_that_was_kept_is_believed(engine: Engine) -> None:
    """That is what the cache is for."""
    tried, times = await ran(engine, OLD + PASSED)
    assert (times, tried.steps.failed, tried.logs) == (1, [], {})


async def test_logs_are_read_where_a_command_failed(engine: Engine) -> None:
    """The others lie in the folder with everything else that it wrote."""
    tried, _ = await ran(engine, fresh() + PASSED + FAILED.replace("vet", "gofmt"))
    assert tried.logs == {"gofmt": "main.go:1:1: x\n"}
    assert engine.asked[-1][-2:] == ['file(path="/out/gofmt.log")', "contents"]
    assert chain(tried.out)[-1] == 'directory(path="/out")'


async def test_the_stage_is_the_name_of_its_script(engine: Engine) -> None:
    """An error of the script itself is read by it."""
    tried, _ = await ran(engine, fresh() + PASSED)
    shell, option, script, stage = steps(tried.out)[-2].args["args"]
    assert (shell, option, stage) == ("sh", "-c", "lint")
    assert script.endswith("\nstep vet go vet ./...\n")
