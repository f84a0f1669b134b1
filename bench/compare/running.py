"""The order of things: each case on every contender, in turn."""

import dataclasses
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.compare import registries
from bench.compare.cases import CACHED, CASES, EDITED, RUNS, Case, Kind
from bench.compare.changes import GO
from bench.compare.contenders import Contender, Name
from bench.compare.meter import Reading, measured, settle
from bench.compare.module import Module
from bench.compare.results import Run
from tests.engine.checkout import Checkout
from tests.http import debian

Sizes = dict[str, dict[str, dict[str, int]]]


@dataclasses.dataclass
class Bench:
    """A checkout that is edited, and who builds it.

    `kept` is the registry that new machines find; `number` is that of the next edit; `record` takes what was measured.
    """

    checkout: Checkout
    contenders: Sequence[Contender]
    kept: str
    number: int
    record: Callable[[Run], None]
    sizes: Sizes = dataclasses.field(default_factory=dict)
    _round: int = 0
    _base: str = ""
    _warm: dict[Name, Sequence[str]] = dataclasses.field(default_factory=dict)
    _filled: set[Name] = dataclasses.field(default_factory=set)

    def run(self, cases: Sequence[Case], rounds: int, *, after: int = 0) -> None:
        """All cases, round by round, where so many were before; who comes first changes from one to the next."""
        self._base = self.checkout.git("rev-parse", "HEAD")
        orders = [*reversed(self.contenders)], self.contenders
        for number in range(after + 1, after + rounds + 1):
            self._round, self.contenders = number, orders[number % 2]
            for case in cases:
                if case.kind in {Kind.COLD, Kind.WARM}:
                    self._local(case)
                elif case.kind is Kind.FRESH:
                    self._fresh(case)
            if any(case.kind is Kind.PUSH for case in cases):
                self._pushes()
            self._fixed()

    def _local(self, case: Case) -> None:
        if case.kind is Kind.WARM:
            for contender in self.contenders:
                self._warm_up(contender, case.platforms)
        self._edit(case)
        for contender in self.contenders:
            ready = contender.empty() if case.kind is Kind.COLD else 0
            self._measure(case.name, contender, partial(contender.build, case.platforms), ready=ready)
            self._warm[contender.name] = case.platforms

    def _fresh(self, case: Case) -> None:
        with self._committed():
            for contender in self.contenders:
                if contender.name not in self._filled:
                    contender.keep(self.kept)
                    self._filled.add(contender.name)
            self._edit(case, commit=True)
            for contender in self.contenders:
                work = contender.seeded if case.change else contender.again
                self._measure(case.name, contender, partial(work, self.kept), ready=contender.renewed())

    def _pushes(self) -> None:
        """Each contender into a registry of its own: in one that both push to, the second would find bases there.

        The second push is nothing without the first: both are made whichever is asked for.
        """
        cases = [case for case in CASES if case.kind is Kind.PUSH]
        for contender in self.contenders:
            with self._committed(), self._registry() as (registry, folder):
                for case in cases:
                    self._edit(case, commit=True)
                    self._warm_up(contender, case.platforms)
                    before, push = registries.stored(folder), partial(contender.push, registry, case.name)
                    settle()
                    reading = measured(push)
                    self._write(case.name, contender, reading, pushed=registries.stored(folder) - before)
                    self.sizes.setdefault(contender.name, registries.sizes(registry, contender.name, case.name))

    def _fixed(self) -> None:
        """What a Dagger call costs, whatever it does; the module is loaded before."""
        for module in [one for one in self.contenders if isinstance(one, Module)]:
            module.asked(self._next())
            number = self._next()
            self._measure(RUNS, module, partial(module.asked, number))
            self._measure(CACHED, module, partial(module.asked, number))
            GO.apply(self.checkout.path, number := self._next())
            self._measure(EDITED, module, partial(module.asked, number))
            self._warm.clear()

    def _warm_up(self, contender: Contender, platforms: Sequence[str]) -> None:
        """Let it build what is there, if it did not right before."""
        if self._warm.get(contender.name) != platforms:
            contender.build(platforms)
            self._warm[contender.name] = platforms

    @contextmanager
    def _committed(self) -> Iterator[None]:
        """The checkout as it was committed at first; what is committed in between is gone afterwards."""
        self._reset()
        yield
        self._reset()

    def _reset(self) -> None:
        self.checkout.git("reset", "--hard", "--quiet", self._base)
        self._warm.clear()

    def _edit(self, case: Case, *, commit: bool = False) -> None:
        if not case.change:
            return
        case.change.apply(self.checkout.path, number := self._next())
        if commit:
            self.checkout.commit(f"Edit {number}")

    def _next(self) -> int:
        self.number += 1
        return self.number

    def _measure(self, case: str, contender: Contender, work: Callable[[], object], *, ready: float = 0) -> None:
        settle()
        self._write(case, contender, measured(work), ready=ready)

    def _write(self, case: str, contender: Contender, reading: Reading, *, ready: float = 0, pushed: int = 0) -> None:
        self.record(
            Run(
                case=case,
                contender=contender.name,
                round=self._round,
                seconds=reading.seconds,
                cpu=reading.cpu,
                memory=reading.memory,
                pace=reading.pace,
                ready=ready,
                pushed=pushed,
            )
        )

    @contextmanager
    def _registry(self) -> Iterator[tuple[str, Path]]:
        with tempfile.TemporaryDirectory(prefix="bench-registry-") as name:
            folder = Path(name)
            with debian.running(folder, program=registries.program()) as registry:
                yield registry, folder
