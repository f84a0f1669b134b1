"""The page that says what was measured, and where the module loses."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bench.compare import losses, tables
from bench.compare.cases import CACHED, EDITED, RUNS, Kind
from bench.compare.contenders import Name
from bench.compare.results import Results, Spread
from bench.compare.tables import (
    Row,
    by_bytes,
    by_cpu,
    by_memory,
    by_seconds,
    in_mebibytes,
    in_megabytes,
    in_seconds,
)

_WIDTH: Final = 120

_HEAD: Final = ("", "BuildKit", "module", "module / BuildKit")
_HEAD_OVER: Final = (*_HEAD, "over the fixed cost", "that / BuildKit")
_HEAD_FRESH: Final = (*_HEAD_OVER, "with what comes before: BuildKit, module")

_MEASURED: Final = """\
- Both build the same checkout, in turn, and who comes first changes from round to round. Each edit is one that was
  never built before.
- BuildKit builds `bench/dockerfiles/`, an image a `buildctl build`, both at the same time: manifests are copied first,
  Go's and npm's caches and Next.js' are cache mounts, Go compiles for both platforms on one of them. Base images,
  flags, users, labels and health checks are those of the module. Images get version, revision and time of their
  folder's last commit.
- The module builds with one `dagger call build`. It does more than the Dockerfiles: it gives files the commit's time,
  so that the next build has the same bytes, weighs every layer, and holds the images against their budgets."""

_OF_KIND: Final = {
    Kind.COLD: """\
- *Cold* comes after `buildctl prune --all`, and after the engine was emptied and the module loaded again, which is
  left out.""",
    Kind.WARM: """\
- Where something is edited, and where nothing is, the case comes right after a build. For *nothing changed* the engine
  has the result of the call, not its parts alone.""",
    Kind.FRESH: """\
- *A fresh machine* is a daemon on an empty folder, and an engine that was emptied. BuildKit has its cache in a
  registry of this machine (`mode=max`), the module what it put there: images by their content keys, the caches of Go
  and Next.js, and what npm installed. BuildKit exports no cache mounts: the Go modules that lie in one are downloaded
  again, and all of them are compiled. Where nothing changed both end with the image under a tag there. In the others
  nothing is pushed; the module pulls the image of the application that did not change, as BuildKit takes its layers
  from its cache.""",
    Kind.PUSH: """\
- Pushed bytes are those by which the blobs in an empty registry grew. Both have built before; the module makes SBOMs
  and provenance then, and pushes them too.""",
}
"""What has to be known of the cases of a kind, said where there are any."""

_KINDS: Final = {Kind.COLD: "cold builds", Kind.FRESH: "fresh machines", Kind.PUSH: "pushes"}

_LOST: Final = "Of time and bytes; what it takes of cores and memory stands in the tables above."

_FIGURES: Final = """\
- Seconds of cores are those of the whole machine, as both do their work in daemons. Memory is the most by which what
  was available fell, looked at ten times a second; files do not count, wherever they lie.
- A *fixed cost* is what a Dagger call takes that only makes an object say its name."""

_AGAIN: Final = """\
It needs Linux, root, `buildkitd`, `buildctl`, `runc`, a registry (distribution) and a Dagger engine, whose cache it
empties; where pruning it leaves something, `--renew` says how, and `--more` adds rounds to what was measured:

    uv run --group bench python -m bench.compare --prune --out bench/results.json
    uv run --group bench python -m bench.compare.show"""


def text(results: Results) -> str:
    """The page."""
    return "\n\n".join(_parts(results)) + "\n"


def _parts(results: Results) -> Iterator[str]:
    yield "# Performance"
    yield _filled(_about(results))
    yield "![Seconds that the module and BuildKit take, by case](performance.svg)"
    for title, platforms in (("Both platforms", 2), ("One platform", 1)):
        if table := _table(results, platforms):
            yield f"## {title}\n\n{table}"
    if fixed := _fixed(results):
        yield _filled(fixed)
    if fresh := _fresh(results):
        yield f"## A fresh machine\n\n{fresh}"
    yield from _others(results)
    found = [_filled(sentence, bullet=True) for sentence in losses.sentences(results)]
    yield f"## Where it loses\n\n{_LOST}"
    yield "\n".join(found) or "Nowhere in this run."
    of_cases = [said for kind, said in _OF_KIND.items() if tables.rows(results, tables.of_any(kind), by_seconds)]
    if lacking := [name for kind, name in _KINDS.items() if not tables.rows(results, tables.of_any(kind), by_seconds)]:
        of_cases.append(f"- Not measured in this run: {', '.join(lacking)}.")
    how = [_MEASURED, *of_cases, _FIGURES, _filled(_pace(results), bullet=True)]
    yield "## What was measured, and how\n\n" + "\n".join(how)
    yield f"## Again\n\n{_AGAIN}"


def _about(results: Results) -> str:
    of, times = results.machine, results.counts()
    once = "look at the size of a ratio, and not at its last figure"
    if times.most == 1:
        often = f"Each case was measured once: {once}."
    else:
        count = f"{times.most:.0f}" if times.least == times.most else f"{times.least:.0f} to {times.most:.0f}"
        often = (
            f"Each case was measured {count} times: the tables have the middle, and in brackets the least and the "
            "most; a ratio is the middle of those of the rounds."
        )
        often += f" Where no brackets are, it was once: {once}." if times.least == 1 else ""
    files = f"; both keep their files on {of['files']}" if of.get("files") else ""
    return (
        "The two applications of this repository, built by Dockerfiles with BuildKit and by this module, in turn, on "
        f"one machine: {of['cores']} cores ({of['processor']}), {of['memory']} of memory, {of['kernel']}, "
        f"BuildKit {of['buildkit']}, Dagger {of['dagger']}{files}. {often} Where a ratio "
        "is below 1, the module takes less."
    )


def _table(results: Results, platforms: int) -> str:
    found = tables.rows(results, tables.of_kind(*tables.LOCAL, platforms=platforms), by_seconds)
    cells = [[*_times(row), in_seconds(row.over), f"{row.ratio_over:.2f}"] for row in found]
    return tables.markdown(_HEAD_OVER, cells) if cells else ""


def _fresh(results: Results) -> str:
    cells = [
        [*_times(row), in_seconds(row.over), f"{row.ratio_over:.2f}", f"{in_seconds(theirs)}, {in_seconds(ours)}"]
        for row, theirs, ours in tables.with_before(results)
    ]
    if not cells:
        return ""
    started, loaded = (_said(_ready(results, name)) for name in Name)
    before = (
        f"Before that the engine loaded the module, which took {loaded}, and BuildKit's "
        f"daemon started, which took {started}: both are left out, but in the last column."
    )
    return f"{tables.markdown(_HEAD_FRESH, cells)}\n\n{_filled(before)}"


def _ready(results: Results, name: Name) -> list[float]:
    fresh = {case.name for case in tables.of_kind(Kind.FRESH, platforms=2)}
    return [run.ready for run in results.runs if run.contender == name and run.case in fresh]


def _fixed(results: Results) -> str:
    cases = (RUNS, CACHED, EDITED)
    runs, cached, edited = (results.figures(case, Name.MODULE, by_seconds).values() for case in cases)
    if not (runs and cached and edited):
        return ""
    return (
        f"A Dagger call takes {_said(cached)} when the engine has its result, and {_said(runs)} when it runs, whatever "
        f"it does: the columns to the right leave that away. After an edit it takes {_said(edited)}, since sources are "
        "arguments of the constructor, which then runs as well: what that takes more is left in."
    )


def _said(times: Iterable[float]) -> str:
    return tables.spread(Spread.of([*times]), in_seconds)


def _others(results: Results) -> Iterator[str]:
    cases = [*tables.of_kind(*tables.LOCAL, platforms=2), *tables.of_kind(Kind.FRESH, platforms=2)]
    for title, figure, said in (
        ("Seconds of cores", by_cpu, lambda seconds: f"{seconds:.1f}"),
        ("Memory", by_memory, in_mebibytes),
    ):
        if found := tables.rows(results, cases, figure):
            cells = [
                [tables.named(row), said(row.buildkit.median), said(row.module.median), _ratio(row)] for row in found
            ]
            yield f"## {title}\n\n{tables.markdown(_HEAD, cells)}"
    pushes = tables.rows(results, tables.of_kind(Kind.PUSH, platforms=2), by_bytes)
    cells = [
        [row.case.title, *map(in_megabytes, (row.buildkit.median, row.module.median)), _ratio(row)] for row in pushes
    ]
    cells += [
        [f"{application}, {platform}", in_megabytes(theirs), in_megabytes(ours), f"{ours / theirs:.2f}"]
        for application, platform, theirs, ours in tables.image_rows(results.sizes)
    ]
    if cells:
        yield f"## Bytes pushed, and layers of images as they lie in a registry\n\n{tables.markdown(_HEAD, cells)}"


def _pace(results: Results) -> str:
    """Whoever sees figures differ can see whether machines did."""
    found = Spread.of([run.pace for run in results.runs])
    return (
        "Machines are not equally fast all the time: before each measurement one core does a computation that is "
        f"always the same, and took {tables.spread(found, in_seconds)}."
    )


def _times(row: Row) -> Sequence[str]:
    times = [tables.spread(found, in_seconds) for found in (row.buildkit, row.module)]
    return [row.case.title, *times, _ratio(row)]


def _ratio(row: Row) -> str:
    return "-" if row.ratio is None else f"{row.ratio:.2f}"


def _filled(words: str, *, bullet: bool = False) -> str:
    """Wrapped as pages are."""
    first, rest = ("- ", "  ") if bullet else ("", "")
    return textwrap.fill(words, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False)
