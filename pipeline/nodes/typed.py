"""The SDK's decorators with the types that checkers need.

The SDK marks `object_type` as a dataclass transform on a bound method, where mypy does not look. The class that a checker
sees here is the one that the decorator makes: a dataclass whose arguments are keywords.
"""

import dataclasses
from typing import TYPE_CHECKING, TypeVar, dataclass_transform

from dagger import field, function

if TYPE_CHECKING:
    _T = TypeVar("_T")

    @dataclass_transform(kw_only_default=True, field_specifiers=(field, dataclasses.field))
    def object_type(cls: type[_T]) -> type[_T]:
        """Make a class a Dagger object, and a dataclass."""
        return cls
else:
    from dagger import object_type

__all__ = ["field", "function", "object_type"]
