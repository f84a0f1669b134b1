"""How Next.js applications are linted and tested: by the scripts of their package.json."""

import dataclasses
import json
import re
import shlex
from collections.abc import Sequence
from typing import Any, Final

from pipeline.nodes.next import HOMES, NEVER, Next, manager
from pipeline.nodes.recipe import Order, with_environment
from pipeline.nodes.trial import OUT, Trial

_TYPE_CHECKS: Final = ("typecheck", "type-check", "check-types", "check:types", "types")

_JUNIT: Final = ["--reporter=default", "--reporter=junit", f"--outputFile.junit={OUT}/junit.xml"]
_COVERAGE: Final = [
    "--coverage.enabled",
    "--coverage.reportOnFailure",
    "--coverage.reporter=json-summary",
    "--coverage.reporter=lcov",
    f"--coverage.reportsDirectory={OUT}/coverage",
]

# The options would go to the last of several commands, whichever it is.
_SEVERAL: Final = re.compile(r"[;&|\n]")

_UNSPECIFIED: Final = 'echo "Error: no test specified" && exit 1'
"""What `npm init` writes: there are no tests."""


async def lint(recipe: Next, order: Order) -> Trial:
    """The scripts `lint` and `typecheck`, or another usual name of the latter."""
    manifest = await _manifest(order)
    scripts = _table(manifest, "scripts")
    types = next((name for name in _TYPE_CHECKS if name in scripts), "")
    steps = [("lint", "lint" if "lint" in scripts else ""), ("types", types)]
    return await _trial(recipe, order, "lint", [(step, [script] if script else []) for step, script in steps])


async def test(recipe: Next, order: Order) -> Trial:
    """The script `test`; when it is Vitest, with JUnit, and with coverage where its provider is installed."""
    manifest = await _manifest(order)
    script = _table(manifest, "scripts").get("test", "")
    vitest = "vitest" in script.split() and not _SEVERAL.search(script)
    command = ["test", *(_reporters(manifest) if vitest else [])] if script and script != _UNSPECIFIED else []
    planned = await _trial(recipe, order, "test", [("test", command)])
    return dataclasses.replace(planned, vitest=vitest)


def _reporters(manifest: dict[str, Any]) -> list[str]:
    installed = _table(manifest, "dependencies") | _table(manifest, "devDependencies")
    provided = any(f"@vitest/coverage-{name}" in installed for name in ("v8", "istanbul"))
    return [*_JUNIT, *(_COVERAGE if provided else [])]


async def _manifest(order: Order) -> dict[str, Any]:
    text = await order.source.file("package.json").contents()
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(f"package.json is no JSON ({error}); correct it") from None
    if not isinstance(found, dict):
        raise ValueError("package.json is no object; write one")  # noqa: TRY004 - a wrong value of a file
    return found


def _table(manifest: dict[str, Any], name: str) -> dict[str, str]:
    found = manifest.get(name) or {}
    if not (isinstance(found, dict) and all(isinstance(value, str) for value in found.values())):
        raise ValueError(f"`{name}` in package.json is no object of texts; correct it")
    return found


async def _trial(recipe: Next, order: Order, stage: str, steps: Sequence[tuple[str, list[str]]]) -> Trial:
    command = manager(await order.source.entries())
    container = order.without_secrets(recipe.dependencies(order, command), HOMES)
    container = container.with_directory("/app", order.source.filter(exclude=NEVER)).with_env_variable("NO_COLOR", "1")
    container = order.with_services(with_environment(container, recipe.environment))
    lines = [f"step {name} {_line(command, script)}\n" if script else f"none {name}\n" for name, script in steps]
    return Trial(container=container, script="".join(lines), stage=stage)


def _line(command: list[str], script: list[str]) -> str:
    # npm takes options for its own unless `--` stands before them; pnpm would pass that on.
    name, *options = script
    separator = ["--"] if options and command == ["npm"] else []
    return shlex.join([*command, "run", name, *separator, *options])
