"""What is measured."""

import dataclasses
import enum
from collections.abc import Sequence
from typing import Final

from bench.compare.changes import GO, NPM, TYPESCRIPT, Change
from bench.compare.contenders import BOTH, ONE
from bench.compare.programs import BenchError


@enum.unique
class Kind(enum.Enum):
    """What a contender knows when a case begins."""

    COLD = enum.auto()
    """Nothing: all that it keeps was taken away."""

    WARM = enum.auto()
    """What it built right before."""

    FRESH = enum.auto()
    """Nothing but what lies in a registry: a new machine."""

    PUSH = enum.auto()
    """What it built right before; the registry is empty at first."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """What is edited before both applications are built, and for which platforms."""

    name: str
    title: str
    kind: Kind
    platforms: Sequence[str] = BOTH
    change: Change | None = None

    @property
    def prunes(self) -> bool:
        """Whether it takes away all that the engine keeps."""
        return self.kind in {Kind.COLD, Kind.FRESH}


_EDITS: Final = (("go", "one line of Go", GO), ("typescript", "one line of TypeScript", TYPESCRIPT))

_LOCAL: Final = (
    ("cold", "cold", Kind.COLD, None),
    ("unchanged", "nothing changed", Kind.WARM, None),
    *((name, title, Kind.WARM, change) for name, title, change in _EDITS),
    ("dependency", "one npm dependency", Kind.WARM, NPM),
)

CASES: Final = (
    *(
        Case(name=f"{name}-{platforms}", title=title, kind=kind, platforms=wanted, change=change)
        for platforms, wanted in (("one", ONE), ("both", BOTH))
        for name, title, kind, change in _LOCAL
    ),
    Case(name="fresh-unchanged", title="nothing changed", kind=Kind.FRESH),
    *(Case(name=f"fresh-{name}", title=title, kind=Kind.FRESH, change=change) for name, title, change in _EDITS),
    Case(name="push-first", title="first push", kind=Kind.PUSH),
    Case(name="push-go", title="push after one line of Go", kind=Kind.PUSH, change=GO),
)
"""In the order in which they are run: those that are warm follow one that left its contender so."""

QUICK: Final = ("unchanged-both", "go-both", "typescript-both", "dependency-both")
"""Those that need nothing to be pruned, and no registry."""

RUNS: Final = "call-runs"
CACHED: Final = "call-cached"
EDITED: Final = "call-edited"
"""The fixed cost of a Dagger call, as a case of its own: one that runs, one whose result the engine has, and one after
an edit, for which the constructor runs before the function, since sources are its arguments."""


def chosen(names: Sequence[str]) -> list[Case]:
    """The cases of these names, in their order; all where none is named.

    Raises:
        BenchError: there is none of a name.
    """
    known = [case.name for case in CASES]
    if unknown := sorted(set(names) - set(known)):
        raise BenchError(f"there is no case {', '.join(unknown)}; there are {', '.join(known)}")
    return [case for case in CASES if case.name in names or not names]
