"""The one place that reads the SDK's internals: what a node has asked for so far, as something to compare.

A Dagger object holds the calls that made it (`_ctx.selections`), objects among their arguments included, and asks the
engine only for leaf values.
"""

# ruff: noqa: ANN401 - the SDK's internals have no types

import collections
import dataclasses
import json
import types
from typing import Any, TypeVar, cast

import dagger
import gql
import pytest
from dagger import dag
from dagger._exceptions import QueryErrorValue
from dagger.client._core import Context
from dagger.client.base import Type

_Object = TypeVar("_Object", bound=Type)


@dataclasses.dataclass(frozen=True)
class Step:
    """A call: its name and arguments as the engine's API writes them; objects stay objects."""

    name: str
    args: dict[str, Any]

    def __str__(self) -> str:
        """`name(argument=value)`, an object as `<its own chain>`."""
        shown = ", ".join(f"{name}={_shown(value)}" for name, value in self.args.items())
        return f"{self.name}({shown})" if shown else self.name


def steps(node: object) -> list[Step]:
    """The calls that made an object."""
    return [Step(field.name, dict(field.args)) for field in cast("Any", node)._ctx.selections]


def chain(node: object) -> list[str]:
    """The calls that made an object, readable: `["container", 'from(address="golang:1")']`."""
    return [str(step) for step in steps(node)]


def made(node: object) -> str:
    """The calls that made an object that the engine was asked for: here its id are the calls themselves."""
    (step,) = steps(node)
    return str(step.args["id"])


def arguments(node: object, name: str) -> list[dict[str, Any]]:
    """The arguments of every call of that name, in order."""
    return [step.args for step in steps(node) if step.name == name]


def pairs(node: object, name: str) -> dict[str, str]:
    """What calls such as withLabel and withEnvVariable set."""
    return {args["name"]: args["value"] for args in arguments(node, name)}


def parent(node: object, cls: type[_Object]) -> _Object:
    """The object that the last call was made on."""
    context = cast("Any", node)._ctx
    return cls(dataclasses.replace(context, selections=collections.deque([*context.selections][:-1])))


def held(cls: type[_Object], name: str) -> _Object:
    """An object that the caller passed: the engine knows it by an id."""
    return cls(dag._ctx.select_id(cls._graphql_name(), name))


def _shown(value: object) -> str:
    if isinstance(value, Type):
        return f"<{' | '.join(chain(value))}>"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_shown, value))}]"
    return json.dumps(value)


class Engine:
    """Answers leaf queries in place of an engine; a query that the test has no answer for fails it."""

    def __init__(self) -> None:
        """An engine on linux/amd64 that knows nothing else."""
        self.asked: list[list[str]] = []
        self._answers: dict[str, Any] = {"defaultPlatform": dagger.Platform("linux/amd64"), "platform": _wanted}

    def answers(self, **values: Any) -> None:
        """Answer by the name of the leaf: a value, an error to raise, or a function of the chain that was asked."""
        self._answers |= values

    async def execute(self, context: Context, _: object = None) -> Any:
        """What the SDK calls for a leaf value."""
        names = [field.name for field in context.selections]
        asked = [str(Step(field.name, dict(field.args))) for field in context.selections]
        if names[-1] in {"id", "sync"} and not {names[-2], names[-1]} & self._answers.keys():
            return context.selections[0].args["id"] if names == ["node", "id"] else " | ".join(asked[:-1])
        # A list of objects is asked for by their ids.
        leaf = names[-2] if names[-1] == "id" else names[-1]
        self.asked.append(asked)
        if leaf not in self._answers:
            pytest.fail(f"the engine was asked for {' | '.join(asked)}, and the test has no answer")
        answer = self._answers[leaf]
        if callable(answer):
            answer = answer(asked)
        if isinstance(answer, Exception):
            raise answer
        objects = names[-1] == "id" and isinstance(answer, list)
        return [types.SimpleNamespace(id=name) for name in answer] if objects else answer


def _wanted(asked: list[str]) -> dagger.Platform:
    """The platform that a container was asked for."""
    return dagger.Platform(asked[0].partition('platform="')[2].partition('"')[0])


def failed(command: list[str], code: int, stderr: str) -> dagger.ExecError:
    """What the SDK raises for a command that failed."""
    details = {"_type": "EXEC_ERROR", "cmd": command, "exitCode": code, "stdout": "", "stderr": stderr}
    return cast("dagger.ExecError", _error("process did not complete successfully", details))


def refused(message: str) -> dagger.QueryError:
    """What the SDK raises when the engine refuses a query."""
    return _error(message, {})


def _error(message: str, details: dict[str, Any]) -> dagger.QueryError:
    request = gql.gql("{ defaultPlatform }")
    return dagger.QueryError([QueryErrorValue(message, extensions=details)], request)
