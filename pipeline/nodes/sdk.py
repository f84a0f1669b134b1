"""What the SDK does for each of hundreds of objects, done once: all calls of a module pay for it.

Before the engine calls a function it asks the module for its types. The SDK then makes a converter of values for each
step of each query, which takes longer than the rest of the step, and asks for the id of a type wherever it is used.
"""

import asyncio
import dataclasses
from typing import Any, Final

import dagger
from cattrs import Converter
from dagger.client import _core

_made: Final = _core.make_converter
_asked: Final = dagger.TypeDef.id

_SHARED: Final[list[Converter]] = []
_KNOWN: Final[dict[str, asyncio.Task[Any]]] = {}


@dataclasses.dataclass(frozen=True, slots=True)
class Thrifty:
    """A converter of the SDK's, made when it is needed; for what no object of its context can be in, one for all."""

    context: _core.Context

    def unstructure(self, value: object) -> Any:  # noqa: ANN401 - as the SDK has it
        """Arguments of a query, as the engine's API takes them: whatever the context is."""
        return self._shared().unstructure(value)

    def structure(self, value: object, kind: type[Any]) -> Any:  # noqa: ANN401 - as the SDK has it
        """An answer as a value. Objects in lists belong to the context, plain values to none."""
        plain = value is None or isinstance(value, str | int | float)
        return (self._shared() if plain else _made(self.context)).structure(value, kind)

    def _shared(self) -> Converter:
        if not _SHARED:
            _SHARED.append(_made(self.context))
        return _SHARED[0]


def spare() -> None:
    """Let all queries of this process share a converter, and ask for the id of each type once."""
    _core.make_converter = Thrifty  # type: ignore[assignment] # a class that makes the like of what the function made
    dagger.TypeDef.id = _known  # type: ignore[method-assign]


async def _known(self: dagger.TypeDef) -> Any:  # noqa: ANN401 - as the SDK has it
    """The id of a type: the same for all that were described by the same steps."""
    steps = _steps(self)
    if not steps:
        return await _asked(self)
    if steps not in _KNOWN:
        _KNOWN[steps] = asyncio.ensure_future(_asked(self))
    return await asyncio.shield(_KNOWN[steps])


def _steps(node: dagger.TypeDef) -> str:
    """How a type was described, types within it by how these were; "" where other objects are in it."""
    said = []
    for field in node._ctx.selections:  # noqa: SLF001 - the SDK has no other way
        for name, value in field.args.items():
            known = _steps(value) if isinstance(value, dagger.TypeDef) else _plain(value)
            if not known:
                return ""
            said.append(f"{field.name}.{name}={known}")
        said.append(field.name)
    return " ".join(said)


def _plain(value: object) -> str:
    return repr(value) if isinstance(value, str | int | float) or value is None else ""
