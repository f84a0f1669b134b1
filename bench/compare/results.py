"""What came out, as it is kept in a file."""

import dataclasses
import json
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from bench.compare.contenders import Name

Sizes = Mapping[str, Mapping[str, Mapping[str, int]]]
"""Bytes of images by contender, application and platform."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Run:
    """One measurement of a case.

    `pace` is that of the machine right before. `ready` is what came before it and is no part of it: loading the module,
    or starting a daemon. `pushed` is what the registry did not have.
    """

    case: str
    contender: Name
    round: int
    seconds: float
    cpu: float
    memory: int
    pace: float
    ready: float = 0
    pushed: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spread:
    """The middle of several figures, the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> Self:
        """Of figures that were measured."""
        return cls(median=statistics.median(figures), least=min(figures), most=max(figures))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Results:
    """All that was measured."""

    machine: Mapping[str, str]
    runs: Sequence[Run]
    sizes: Sizes

    def figures(self, case: str, contender: Name, figure: Callable[[Run], float]) -> dict[int, float]:
        """A figure of a case by round; nothing where it was not measured."""
        found = [run for run in self.runs if (run.case, run.contender) == (case, contender)]
        return {run.round: figure(run) for run in found}

    @property
    def rounds(self) -> int:
        """How often each case was measured at most."""
        return max((run.round for run in self.runs), default=0)

    def counts(self) -> Spread:
        """How often a case was measured, of each contender."""
        return Spread.of([*Counter((run.case, run.contender) for run in self.runs).values()])

    def with_run(self, run: Run, sizes: Sizes) -> Self:
        """These and one more, with the sizes that are known by now."""
        return dataclasses.replace(self, runs=[*self.runs, run]).with_sizes(sizes)

    def with_sizes(self, sizes: Sizes) -> Self:
        """The same with sizes of images; those that nobody measured again stay."""
        return dataclasses.replace(self, sizes={**self.sizes, **sizes})

    def write(self, path: Path) -> None:
        """Keep it in a file."""
        content = dataclasses.asdict(self)
        for run in content["runs"]:
            run |= {name: round(run[name], 3) for name in ("seconds", "cpu", "pace", "ready")}
        path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what was kept."""
        content = json.loads(path.read_text("utf-8"))
        runs = [Run(**{**run, "contender": Name(run["contender"])}) for run in content["runs"]]
        return cls(machine=content["machine"], runs=runs, sizes=content["sizes"])
