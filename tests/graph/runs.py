"""Runs of lint and test: what the commands did, and what they left."""

import json
import time
from collections.abc import Mapping

from pipeline.nodes import quality
from pipeline.nodes.app import App
from pipeline.nodes.done import Done

from .queries import Engine


def recorded(*lines: str) -> str:
    """What the script wrote down that began now."""
    return "\n".join(
        [f"began\t{int(time.time()) + 1}", *(line.replace(" ", "\t", 1 + ("note" not in line)) for line in lines), ""]
    )


def junit(*cases: str) -> str:
    """A file of a test runner."""
    return f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>"


def answers(engine: Engine, record: str, files: Mapping[str, str] | None = None, test: str = "vitest run") -> None:
    """What the commands did, the files that they left in /out, and the script `test` of a package.json."""
    manifest = json.dumps({"scripts": {"lint": "eslint .", "test": test}})
    left = files or {}

    def contents(asked: list[str]) -> str:
        path = asked[-2].removeprefix('file(path="').removesuffix('")').removeprefix("/out/")
        return {"package.json": manifest, **left}[path]

    engine.answers(stdout=record, glob=[*left], contents=contents)


async def linted(app: App) -> Done:
    """What lint gives."""
    return await quality.lint(app.name, app.recipe, app.sources)


async def tried(app: App) -> Done:
    """What the tests give."""
    return await quality.test(app.name, app.recipe, app.sources)
