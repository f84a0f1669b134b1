"""Measure: `uv run --group bench python -m bench.compare --help`."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.compare import buildkit, machine, registries
from bench.compare.cases import CASES, QUICK, Case, chosen
from bench.compare.contenders import Contender, Name
from bench.compare.module import Module
from bench.compare.programs import BenchError
from bench.compare.results import Results, Run
from bench.compare.running import Bench
from tests.engine.checkout import new_checkout
from tests.http import debian

_MEBI: Final = 2**20

_STOPPED: Final = 128 + signal.SIGTERM
"""Exit code of what a signal ended."""


def main() -> None:
    """Measure what was asked for, and print and keep it."""
    parser = _arguments()
    asked = parser.parse_args()
    if asked.more and not asked.out:
        parser.error("--more adds rounds to those of a file; name it with --out")
    # As with Ctrl-C: daemons and registries end, and their folders go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_STOPPED))
    try:
        cases = chosen(QUICK if asked.quick else asked.only)
        refuse_prunes(cases, allowed=asked.prune)
        found = begun(machine.facts(asked.buildkit, asked.files), asked.out if asked.more else None)
        after = found.rounds
        with _set_up(asked) as bench:

            def record(run: Run) -> None:
                nonlocal found
                found = found.with_run(run, bench.sizes)
                print(line(run), flush=True)
                _keep(asked.out, found)

            bench.record = record
            bench.run(cases, 1 if asked.quick else asked.rounds, after=after)
            _keep(asked.out, found.with_sizes(bench.sizes))
    except BenchError as error:
        sys.exit(str(error))


def refuse_prunes(cases: Sequence[Case], *, allowed: bool) -> None:
    """See that nobody loses what an engine keeps without having said so.

    Raises:
        BenchError: a case empties the engine's cache, and nobody allowed it.
    """
    if not allowed and (pruning := [case.name for case in cases if case.prunes]):
        raise BenchError(
            f"{', '.join(pruning)}: before each of these the cache of the Dagger engine is emptied, whoever filled it; "
            "say --prune, or name others with --only"
        )


def begun(facts: Mapping[str, str], kept: Path | None) -> Results:
    """What is there before the first measurement: nothing, or what a file has.

    Raises:
        BenchError: it was measured on another machine, or with other programs; the figures would not belong together.
    """
    if not kept or not kept.exists():
        return Results(machine=facts, runs=[], sizes={})
    found = Results.read(kept)
    other = [
        f"{name} is {said}, and was {found.machine.get(name)}"
        for name, said in facts.items()
        if found.machine.get(name) != said
    ]
    if other:
        raise BenchError(f"{kept} was measured otherwise: {'; '.join(other)}; begin another file with --out")
    return found


def line(run: Run) -> str:
    """A measurement, for a terminal."""
    more = f"  ready {run.ready:.1f} s" if run.ready else ""
    more += f"  pushed {run.pushed:,} B" if run.pushed else ""
    figures = f"{run.seconds:8.2f} s {run.cpu:8.1f} s of cores {run.memory / _MEBI:8.0f} MiB"
    return f"{run.round}  {run.case:18} {run.contender:9} {figures}{more}"


@contextmanager
def _set_up(asked: argparse.Namespace) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        home = Path(name)
        (kept := home / "kept").mkdir()
        checkout = new_checkout(home / "checkout")
        with (
            debian.running(kept, program=registries.program()) as registry,
            buildkit.running(home, checkout.path, asked.mirror) as first,
        ):
            both: list[Contender] = [first, Module(checkout.path, asked.renew)]
            contenders = [one for one in both if one.name in (asked.contender or [*Name])]
            # Seconds since 1970: no edit has a number that one of another run had.
            yield Bench(checkout, contenders, registry, int(time.time()), lambda _: None)


def _keep(out: Path | None, results: Results) -> None:
    """Written after each measurement: what is stopped has those that were made."""
    if out:
        results.write(out)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.compare",
        description="Build both applications by Dockerfiles with BuildKit and by the module, in turn, and measure it.",
        epilog=f"Cases: {', '.join(case.name for case in CASES)}.",
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often each case is measured (3)")
    parser.add_argument("--only", action="append", default=[], metavar="CASE", help="this case; may be given again")
    parser.add_argument("--quick", action="store_true", help="once, and only what needs nothing pruned")
    parser.add_argument("--contender", action="append", type=Name, choices=[*Name], help="this one alone")
    parser.add_argument(
        "--renew",
        default="",
        metavar="COMMAND",
        help="empties the engine where --prune leaves cache volumes: a shell's",
    )
    parser.add_argument("--prune", action="store_true", help="empties the engine's cache, and that before many cases")
    parser.add_argument(
        "--mirror", default="", metavar="HOST", help="BuildKit's mirror of public registries, over HTTP"
    )
    parser.add_argument(
        "--buildkit", default="", metavar="VERSION", help="its version, where buildkitd does not say it"
    )
    parser.add_argument(
        "--files", default="", metavar="WORDS", help="where both keep their files, for the page: a disk, say"
    )
    parser.add_argument("--more", action="store_true", help="add rounds to those that the file of --out has")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where results are kept, as JSON; none: printed alone")
    return parser


if __name__ == "__main__":
    main()
