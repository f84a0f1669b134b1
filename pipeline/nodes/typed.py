"""The SDK's decorators with the types that checkers need.

The SDK defines them as methods of a module builder, where mypy loses their types: a class decorated with `object_type`
is a dataclass whose arguments are keywords, and a method decorated with the others keeps its signature.
"""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform, overload

from dagger import field

if TYPE_CHECKING:
    _T = TypeVar("_T")
    _F = TypeVar("_F", bound=Callable[..., Any])

    @dataclass_transform(kw_only_default=True, field_specifiers=(field, dataclasses.field))
    def object_type(cls: type[_T]) -> type[_T]:
        """Make a class a Dagger object, and a dataclass."""

    @overload
    def function(func: _F) -> _F: ...
    @overload
    def function(*, cache: str) -> Callable[[_F], _F]: ...
    def function(func: Any = None, *, cache: str = "") -> Any:
        """Expose a method as a Dagger function."""

    def interface(cls: type[_T]) -> type[_T]:
        """Make a protocol an interface of Dagger's: objects of other modules that have its functions may be passed."""

    def enum_type(cls: type[_T]) -> type[_T]:
        """Make an enumeration one of Dagger's."""

    def check(func: _F) -> _F:
        """Make a function a check of `dagger check`."""

    def generate(func: _F) -> _F:
        """Make a function a generator of `dagger generate`: what it gives back are changes of the repository."""

    def up(func: _F) -> _F:
        """Make a function a service of `dagger up`."""
else:
    from dagger import check, enum_type, function, generate, interface, object_type, up

__all__ = ["check", "enum_type", "field", "function", "generate", "interface", "object_type", "up"]
