"""What the module offers on a command line: functions with their flags, and those of Dagger's own types."""

# ruff: noqa: ANN401 - the SDK's internals have no types

import dataclasses
import enum
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

import dagger
from dagger.client.base import Type

from docs.generator.module import OBJECTS, ROOT, kebab, plain


@dataclasses.dataclass(frozen=True)
class Flag:
    """A flag: the type of its value, and whether a call needs it."""

    hint: Any
    required: bool


@dataclasses.dataclass(frozen=True)
class Function:
    """A function: its flags by name, in their order, and the type of what it gives."""

    flags: Mapping[str, Flag]
    gives: Any


def constructor() -> Function:
    """The module itself: its flags stand before the first function."""
    return _ours(OBJECTS[ROOT].get_constructor())


def functions(kind: Any) -> Mapping[str, Function]:
    """What can be called on an object of a type, by the name that a command line has; nothing on a plain value."""
    name = getattr(kind, "__name__", "")
    if OBJECTS.get(name) and OBJECTS[name].cls is kind:
        found = OBJECTS[name]
        fields = {kebab(one.original_name): Function({}, plain(one.return_type)) for one in found.fields.values()}
        return fields | {kebab(one.original_name): _ours(one) for one in found.functions.values() if one.original_name}
    if isinstance(kind, type) and issubclass(kind, Type):
        methods = {at: one for at, one in inspect.getmembers(kind, inspect.isfunction) if not at.startswith("_")}
        return {kebab(at): _core(kind, one) for at, one in methods.items() if at != "with_"}
    return {}


def is_interface(kind: Any) -> bool:
    """Whether objects of other modules fit, if they have its functions."""
    return any(one.cls is kind and one.interface for one in OBJECTS.values())


def members(kind: Any) -> list[str]:
    """The values of an enumeration, as a command line takes them."""
    return [one.name for one in kind] if isinstance(kind, type) and issubclass(kind, enum.Enum) else []


def _ours(function: Any) -> Function:
    flags = {kebab(at): Flag(plain(one.resolved_type), not one.is_optional) for at, one in function.parameters.items()}
    return Function(flags, plain(function.return_type))


def _core(kind: Any, method: Callable[..., Any]) -> Function:
    hints = typing.get_type_hints(method, vars(dagger))
    parameters = list(inspect.signature(method).parameters.values())[1:]
    flags = {kebab(one.name): Flag(plain(hints[one.name]), one.default is inspect._empty) for one in parameters}
    gives = plain(hints.get("return"))
    return Function(flags, kind if gives is typing.Self else gives)
