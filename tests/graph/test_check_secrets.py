"""Secrets of the build: dependencies are fetched with them, and what is checked runs without."""

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes import go_checks, next_checks
from pipeline.nodes.app import App
from pipeline.nodes.trial import Trial

from .queries import Engine, held, steps

pytestmark = pytest.mark.anyio

SOURCE = held(dagger.Directory, "source")


async def planned(app: App) -> list[Trial]:
    """What is going to run for lint and for test."""
    if app.go:
        return [await go_checks.lint(app.go, app.sources), go_checks.test(app.go, app.sources)]
    assert app.next
    return [await next_checks.lint(app.next, app.sources), await next_checks.test(app.next, app.sources)]


def mounted(trial: Trial) -> dict[str, list[set[str]]]:
    """The secrets that each command has, by its stage."""
    found: dict[str, list[set[str]]] = {}
    there: set[str] = set()
    for step in steps(trial.ran()):
        if step.name == "withMountedSecret":
            there = there | {step.args["path"]}
        elif step.name == "withoutMount":
            there = there - {step.args["path"]}
        elif step.name == "withExec":
            found.setdefault(step.args["args"][3], []).append(there)
    return found


def with_secrets(app: App) -> App:
    """The application with secrets of every kind."""
    for name in ("npmrc", "netrc", "token"):
        app = app.with_secret(name, held(dagger.Secret, name))
    return app


async def test_go_is_checked_without_secrets(pipeline: Pipeline, engine: Engine) -> None:
    """What tests and linters print goes into the report; git needs the secrets for dependencies."""
    engine.answers(entries=["go.mod", ".golangci.yml"])
    lint, test = await planned(with_secrets(pipeline.go_app("shop", SOURCE)))
    fetched = [{"/root/.netrc", "/run/secrets/npmrc", "/run/secrets/token"}]
    assert mounted(lint) == {"dependencies": fetched, "lint": [set()]}
    assert mounted(test) == {"dependencies": fetched, "test": [set()]}


async def test_next_is_checked_without_secrets(pipeline: Pipeline, engine: Engine) -> None:
    """Of all of them only the registry's was there for the dependencies."""
    engine.answers(entries=["package.json", "package-lock.json"], contents='{"scripts": {"test": "vitest"}}')
    lint, test = await planned(with_secrets(pipeline.next_app("web", SOURCE)))
    assert mounted(lint) == {"dependencies": [{"/root/.npmrc"}], "lint": [set()]}
    assert mounted(test) == {"dependencies": [{"/root/.npmrc"}], "test": [set()]}
