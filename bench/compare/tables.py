"""What came out, side by side: rows of figures, and their words."""

import dataclasses
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from bench.compare.cases import CACHED, CASES, RUNS, Case, Kind
from bench.compare.contenders import Name
from bench.compare.results import Results, Run, Spread

LOCAL: Final = (Kind.COLD, Kind.WARM)
"""Kinds of cases that need no registry."""

_TENTHS: Final = 1
_HUNDREDTHS: Final = 2
_WHOLE: Final = 10
"""Seconds from which on tenths are said, and hundredths below one; of more than this no fraction is."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pair:
    """A figure of both contenders in one round; `fixed` is the part of the module's that any call has."""

    buildkit: float
    module: float
    fixed: float = 0

    @property
    def over(self) -> float:
        """The module's, without what any call has."""
        return max(self.module - self.fixed, 0)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """A figure of a case, in all rounds that both contenders ran.

    A ratio is the middle of those of the rounds, in which one contender comes right after the other: a machine that is
    slower for some minutes makes both slower.
    """

    case: Case
    pairs: Sequence[Pair]

    @property
    def buildkit(self) -> Spread:
        """What BuildKit takes."""
        return Spread.of([pair.buildkit for pair in self.pairs])

    @property
    def module(self) -> Spread:
        """What the module takes."""
        return Spread.of([pair.module for pair in self.pairs])

    @property
    def ratio(self) -> float | None:
        """The module's part of BuildKit's: below 1 the module takes less. None where BuildKit once took nothing."""
        if any(not pair.buildkit for pair in self.pairs):
            return None
        return statistics.median(pair.module / pair.buildkit for pair in self.pairs)

    @property
    def lost(self) -> bool:
        """Whether the module takes more."""
        return self.ratio is not None and self.ratio > 1

    @property
    def over(self) -> float:
        """What the module takes without what any call has."""
        return statistics.median(pair.over for pair in self.pairs)

    @property
    def ratio_over(self) -> float:
        """The part of BuildKit's that this is."""
        return statistics.median(pair.over / pair.buildkit for pair in self.pairs)


def by_seconds(run: Run) -> float:
    """Its time."""
    return run.seconds


def by_cpu(run: Run) -> float:
    """What cores worked."""
    return run.cpu


def by_memory(run: Run) -> float:
    """What it needed of memory."""
    return run.memory


def by_bytes(run: Run) -> float:
    """What the registry did not have."""
    return run.pushed


def rows(results: Results, cases: Sequence[Case], figure: Callable[[Run], float]) -> list[Row]:
    """The rows of the cases that both contenders ran.

    A round that ended before its fixed costs were measured says nothing of time.
    """
    found = []
    for case in cases:
        of_buildkit, of_module = (results.figures(case.name, name, figure) for name in Name)
        fixed = fixed_costs(results, case)
        pairs = [
            Pair(buildkit=theirs, module=of_module[number], fixed=fixed.get(number, 0))
            for number, theirs in of_buildkit.items()
            if number in of_module and (number in fixed or figure is not by_seconds)
        ]
        if pairs:
            found.append(Row(case=case, pairs=pairs))
    return found


def named(row: Row) -> str:
    """The title of its case, with the machine where that is a fresh one."""
    return f"{row.case.title}, on a fresh machine" if row.case.kind is Kind.FRESH else row.case.title


def with_before(results: Results) -> Iterator[tuple[Row, float, float]]:
    """The middle of what BuildKit and the module take on a fresh machine, the start or the load before it included."""
    for row in rows(results, of_kind(Kind.FRESH, platforms=2), by_seconds):
        (whole,) = rows(results, [row.case], lambda run: run.seconds + run.ready)
        yield row, whole.buildkit.median, whole.module.median


def fixed_costs(results: Results, case: Case) -> dict[int, float]:
    """Seconds that a call took whatever it did, by round: where nothing changed the engine has its result."""
    cached = case.kind is Kind.WARM and not case.change
    return results.figures(CACHED if cached else RUNS, Name.MODULE, by_seconds)


def of_kind(*kinds: Kind, platforms: int) -> list[Case]:
    """The cases of a kind, for so many platforms."""
    return [case for case in CASES if case.kind in kinds and len(case.platforms) == platforms]


def of_any(kind: Kind) -> list[Case]:
    """The cases of a kind, for however many platforms."""
    return [case for case in CASES if case.kind is kind]


def image_rows(sizes: Mapping[str, Mapping[str, Mapping[str, int]]]) -> list[tuple[str, str, int, int]]:
    """Each application and platform, with the bytes of both contenders' images."""
    of_buildkit, of_module = (sizes.get(name, {}) for name in Name)
    return [
        (application, platform, size, of_module[application][platform])
        for application, platforms in sorted(of_buildkit.items())
        for platform, size in sorted(platforms.items())
        if platform in of_module.get(application, {})
    ]


def in_seconds(figure: float) -> str:
    """A time, as exact as it can be told apart."""
    if figure >= _WHOLE:
        return f"{figure:.0f} s"
    return f"{figure:.{_TENTHS if figure >= 1 else _HUNDREDTHS}f} s"


def spread(found: Spread, said: Callable[[float], str]) -> str:
    """The middle, and least and most in the same unit where there was more than one."""
    if found.least == found.most:
        return said(found.median)
    return f"{said(found.median)} ({said(found.least).split()[0]} to {said(found.most).split()[0]})"


def in_mebibytes(figure: float) -> str:
    """An amount of memory."""
    return f"{figure / 2**20:.0f} MiB"


def in_megabytes(figure: float) -> str:
    """Bytes that lie or are sent somewhere: 10^6 of them."""
    return f"{figure / 1e6:.2f} MB"


def in_bytes(figure: float) -> str:
    """The same to the last one, where two of them differ by little."""
    return f"{figure:,.0f} bytes"


def markdown(header: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    """A table, its figures to the right."""
    marks = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, marks, *cells))
