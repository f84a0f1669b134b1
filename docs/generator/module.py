"""What the module registers with the engine, as plain data: objects, functions, arguments, enumerations."""

# ruff: noqa: ANN401 - the SDK's internals have no types

import dataclasses
import enum
import json
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import dagger

from pipeline.main import Pipeline

_CLASS: Final[Any] = Pipeline
_MODULE: Final = _CLASS.__dagger_module__
_ENUMS: Final[dict[str, type[enum.Enum]]] = _MODULE._enums  # noqa: SLF001 - it has no other list of them

OBJECTS: Final[Mapping[str, Any]] = _MODULE._objects  # noqa: SLF001 - as above
"""What is registered, by name, as the SDK holds it."""

ROOT: Final = "Pipeline"
"""The object that a call begins with."""

_NAMES: Final = {str: "String", int: "Int", bool: "Boolean"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Type:
    """The type of an argument or of a result: a name, and whether it is a list of these."""

    name: str
    listed: bool = False

    @property
    def text(self) -> str:
        """As the engine's schema writes it."""
        return f"[{self.name}]" if self.listed else self.name


@dataclasses.dataclass(frozen=True, kw_only=True)
class Argument:
    """An argument: its flag without the dashes, and what it is when nobody gives it; None where somebody has to."""

    name: str
    type: Type
    doc: str
    default: str | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Function:
    """A function of an object."""

    name: str
    doc: str
    returns: Type
    arguments: Sequence[Argument] = ()
    cached: bool = True
    check: bool = False
    generate: bool = False
    up: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Object:
    """An object, or an interface: what it can be asked for without an argument, and its functions."""

    name: str
    doc: str
    fields: Sequence[Argument]
    functions: Sequence[Function]
    interface: bool = False

    @property
    def copies(self) -> list[Function]:
        """The functions that return a changed copy."""
        return [function for function in self.functions if function.returns == Type(name=self.name)]

    @property
    def makers(self) -> list[Function]:
        """The functions that return another object of the module."""
        known = set(OBJECTS) - {self.name}
        return [function for function in self.functions if function.returns.name in known]

    @property
    def verbs(self) -> list[Function]:
        """The functions that return what is of use outside of the module: text, files, services."""
        return [function for function in self.functions if function.returns.name not in OBJECTS]


def objects() -> list[Object]:
    """Every object: the root, then what its functions lead to, nearest first, then the rest."""
    order = [ROOT]
    for name in order:
        led = dict.fromkeys(maker.returns.name for maker in _object(name).makers)
        order += [other for other in led if other not in order]
    return [_object(name) for name in [*order, *sorted(set(OBJECTS) - set(order))]]


def constructor() -> list[Argument]:
    """The arguments that stand before the first function of a call."""
    return _arguments(OBJECTS[ROOT].get_constructor())


def enumerations() -> dict[str, tuple[str, list[str]]]:
    """What each enumeration is, and its values as the command line takes them."""
    return {name: (_said(kind.__doc__), list(kind.__members__)) for name, kind in sorted(_ENUMS.items())}


def _object(name: str) -> Object:
    found = OBJECTS[name]
    constructed = {argument.name for argument in constructor()} if name == ROOT else set()
    fields = [
        Argument(name=kebab(field.name), type=_type(field.return_type), doc=_doc_of(field.return_type), default=None)
        for field in found.fields.values()
        if kebab(field.name) not in constructed
    ]
    # The constructor is a function without a name.
    named = [_function(function) for function in found.functions.values() if function.name]
    functions = sorted(named, key=lambda function: function.name)
    doc = _said(found.cls.__doc__)
    return Object(name=name, doc=doc, fields=fields, functions=functions, interface=found.interface)


def _function(found: Any) -> Function:
    return Function(
        name=kebab(found.original_name),
        doc=_said(found.doc),
        returns=_type(found.return_type),
        arguments=_arguments(found),
        cached=found.cache_policy != "never",
        # Each generator is a check, too: it fails where what it makes differs from what there is.
        check=found.check or found.generate,
        generate=found.generate,
        up=found.service,
    )


def _arguments(found: Any) -> list[Argument]:
    return [
        Argument(name=kebab(name), type=_type(given.resolved_type), doc=_said(given.doc), default=_default(given))
        for name, given in found.parameters.items()
    ]


def _default(given: Any) -> str | None:
    """What stands for an argument that is not given: "" where nothing does, None where that is an error."""
    if given.default_path is not None:
        return f"/{given.default_path.lstrip('/')} of this repository"
    if not given.is_optional:
        return None
    value = json.loads(given.default_value or "null")
    if value is None:
        return ""
    if isinstance(value, str):
        # The digest is another one with each update, and no help to a reader.
        name, digest, _ = value.partition("@sha256:")
        return name + (", by digest" if digest else "") if value else '""'
    return json.dumps(value)


def _type(hint: Any) -> Type:
    kind = plain(hint)
    inner = element(kind)
    found = inner or kind
    return Type(name=_NAMES.get(found) or found.__name__, listed=bool(inner))


def _doc_of(hint: Any) -> str:
    return next((part.documentation for part in _metadata(hint) if isinstance(part, dagger.Doc)), "")


def _metadata(hint: Any) -> Iterator[Any]:
    yield from getattr(hint, "__metadata__", ())


def _said(doc: str | None) -> str:
    """A description in one paragraph a blank line, without the line ends of the source."""
    parts = [" ".join(part.split()) for part in (doc or "").split("\n\n")]
    return "\n\n".join(part for part in parts if part)


def plain(hint: Any) -> Any:
    """A type without notes and None: what remains says what a value has to be."""
    if typing.get_origin(hint) is typing.Annotated:
        return plain(typing.get_args(hint)[0])
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        (inner,) = [part for part in typing.get_args(hint) if part is not types.NoneType]
        return plain(inner)
    # The SDK's checker of types leaves names in the place of some classes.
    named = getattr(hint, "__module__", "") == "dagger.client.gen"
    return getattr(dagger, hint.__name__) if named else hint


def element(hint: Any) -> Any:
    """The type of the elements of a list; None where it is no list."""
    return plain(typing.get_args(hint)[0]) if typing.get_origin(hint) is list else None


def kebab(name: str) -> str:
    """A name of Python's as the command line writes it."""
    return name.rstrip("_").replace("_", "-")
