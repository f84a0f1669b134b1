"""Workflows as a change of a repository, and the verdict on a report."""

import dataclasses
import json
from typing import Any, Final

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.errors import Failed
from pipeline.pins import Action
from pipeline.policy.workflows import Workflows
from pipeline.report.workflows import workflows

from .queries import Engine, chain, held, steps

pytestmark = pytest.mark.anyio

NAMES: Final = [".github/workflows/ci.yml", ".github/workflows/build.yml", ".github/workflows/release.yml"]
ROW: Final = {"stage": "test", "application": "api", "number": "3 passed", "seconds": 1.0, "problems": [], "notes": []}


def written(changes: dagger.Changeset) -> dict[str, str]:
    """The files that a change puts."""
    return {step.args["path"]: step.args["contents"] for step in steps(changes) if step.name == "withNewFile"}


async def test_workflows_are_a_change_of_what_the_repository_has(pipeline: Pipeline, engine: Engine) -> None:
    """Of these files alone, whether they are there or not."""
    engine.answers(url="")
    found = await pipeline.workflows()
    wish = Workflows(registry="ghcr.io/neurondb", caches="ghcr.io/neurondb/caches", generated=True)
    expected = workflows(wish, Action.__members__)
    assert written(found) == {f".github/workflows/{name}": text for name, text in expected.items()}
    before = next(step.args["from"] for step in steps(found) if step.name == "changes")
    assert chain(before) == [
        'node(id="repository")',
        "uncommitted",
        "after",
        f"filter(include={json.dumps(NAMES)})",
    ]


async def test_a_caller_says_what_they_are_for(pipeline: Pipeline, engine: Engine) -> None:
    """Registry, branch, applications, runner, and what is left out."""
    engine.answers(url="")
    own: dict[str, Any] = {"to": "ghcr.io/acme", "branch": "trunk", "runner": "big", "releases": False, "attest": False}
    own["caches"] = "ghcr.io/acme/caches"
    apps: dict[str, Any] = {"app": ["go-app a ./a"], "module": "github.com/acme/tool@v1.0.0", "code_scanning": False}
    found = written(await pipeline.workflows(**own, **apps))
    wish = Workflows(
        registry="ghcr.io/acme",
        branch="trunk",
        runner="big",
        releases=False,
        apps=["go-app a ./a"],
        module="github.com/acme/tool@v1.0.0",
        code_scanning=False,
        attest=False,
        caches="ghcr.io/acme/caches",
    )
    assert [*found] == NAMES[:2]
    assert [*found.values()] == [*workflows(wish, Action.__members__).values()]


async def test_a_release_that_is_wanted_no_longer_has_no_workflow(pipeline: Pipeline, engine: Engine) -> None:
    """One that was written before is removed: it would go on releasing."""
    engine.answers(url="")
    found = await pipeline.workflows(releases=False)
    before = next(step.args["from"] for step in steps(found) if step.name == "changes")
    assert chain(before)[-1] == f"filter(include={json.dumps(NAMES)})"
    assert f"filter(include={json.dumps(NAMES[:2])})" in chain(found)


async def test_what_is_written_with_arguments_promises_no_check(pipeline: Pipeline, engine: Engine) -> None:
    """It is asked without any, and would find another text each time."""
    engine.answers(url="")
    found = written(await pipeline.workflows(branch="trunk"))
    wish = Workflows(registry="ghcr.io/neurondb", caches="ghcr.io/neurondb/caches", branch="trunk")
    expected = workflows(wish, Action.__members__)
    assert [*found.values()] == [*expected.values()]


async def test_applications_of_others_go_to_no_registry_of_ours(pipeline: Pipeline) -> None:
    """Where images go has to be said then."""
    with pytest.raises(Failed, match=r"^pipeline: workflows: '' is no place for images"):
        _ = await pipeline.workflows(app=["go-app a ./a"], module="github.com/acme/tool@v1.0.0")


@pytest.mark.parametrize("outcome", ["passed", "failed", "not run"])
async def test_a_verdict_is_what_the_report_says(pipeline: Pipeline, engine: Engine, outcome: str) -> None:
    """Its table, or an error that holds the problems and the table; nothing runs again."""
    problems = ["api: test: one failed"] if outcome == "failed" else []
    rows = [ROW, ROW | {"stage": "scan", "outcome": outcome, "problems": problems, "notes": ["api: hm"]}]
    engine.answers(contents=lambda _: json.dumps({"results": [{"outcome": "passed", **row} for row in rows]}))
    report = held(dagger.Directory, "report")
    if outcome == "passed":
        text = await pipeline.verdict(report)
        assert text.splitlines()[-1] == "note: api: hm"
        assert len(text.splitlines()) == 4
    else:
        with pytest.raises(Failed, match=r"^check: 1 of 2 stages failed\n\n") as failed:
            await pipeline.verdict(report)
        assert "\n".join(problems) in str(failed.value)
        assert "STAGE  APPLICATION" in str(failed.value)
    (asked,) = engine.asked
    assert asked[:2] == ['node(id="report")', 'file(path="results.json")']


async def test_a_folder_that_is_no_report_is_an_error(pipeline: Pipeline, engine: Engine) -> None:
    """And no check that passed."""
    engine.answers(contents=lambda _: "{}")
    with pytest.raises(Failed, match=r"^pipeline: verdict: its results\.json is not what `reports` writes"):
        await dataclasses.replace(pipeline).verdict(held(dagger.Directory, "report"))
