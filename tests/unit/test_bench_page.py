"""What the page says of results."""

import dataclasses
from pathlib import Path

import pytest

from bench.compare import losses, page, tables
from bench.compare.cases import CACHED, EDITED, RUNS, Kind
from bench.compare.contenders import Name
from bench.compare.results import Results, Run, Spread
from bench.compare.tables import by_seconds

ROOT = Path(__file__).parents[2]


def run(case: str, contender: Name, seconds: float, **more: float) -> Run:
    """A measurement."""
    figures = {"round": 1, "cpu": 2 * seconds, "pace": 0.1, "memory": 200 * 2**20, "ready": 0, "pushed": 0} | more
    return Run(case=case, contender=contender, seconds=seconds, **figures)  # type: ignore[arg-type]


RESULTS = Results(
    machine={
        "cores": "2",
        "processor": "a processor",
        "memory": "24 GiB",
        "kernel": "Linux 6.18.1",
        "buildkit": "v0.34.2",
        "dagger": "v0.21.8",
        "files": "a disk",
    },
    runs=[
        *(run("go-both", Name.BUILDKIT, seconds, round=number) for number, seconds in enumerate((1.5, 1.4, 1.6), 1)),
        *(run("go-both", Name.MODULE, seconds, round=number) for number, seconds in enumerate((6.0, 5.8, 6.3), 1)),
        run("unchanged-both", Name.BUILDKIT, 0.2),
        run("unchanged-both", Name.MODULE, 2.5),
        run("cold-both", Name.BUILDKIT, 58),
        run("cold-both", Name.MODULE, 29),
        run("go-one", Name.BUILDKIT, 1),
        run("fresh-go", Name.BUILDKIT, 47, ready=0.3),
        run("fresh-go", Name.MODULE, 14, ready=118),
        run("push-first", Name.BUILDKIT, 3, pushed=1_000_000),
        run("push-first", Name.MODULE, 3, pushed=1_000_900),
        *(run(RUNS, Name.MODULE, 4.8, round=number) for number in (1, 2, 3)),
        run(CACHED, Name.MODULE, 2.6),
        run(EDITED, Name.MODULE, 6.4),
    ],
    sizes={
        "buildkit": {"api": {"linux/amd64": 5_600_000, "linux/arm64": 5_200_000}},
        "module": {"api": {"linux/amd64": 5_600_001, "linux/arm64": 5_100_000}},
    },
)


def test_the_middle_counts_and_least_and_most_are_said() -> None:
    """With a ratio to what BuildKit takes, and one without the fixed cost of a call."""
    (found,) = tables.rows(
        RESULTS, [case for case in tables.of_kind(Kind.WARM, platforms=2) if case.change], by_seconds
    )
    assert found.module == Spread(median=6.0, least=5.8, most=6.3)
    assert found.ratio == pytest.approx(4)
    assert found.over == pytest.approx(1.2)
    assert found.ratio_over == pytest.approx(0.8)
    assert "| one line of Go | 1.5 s (1.4 to 1.6) | 6.0 s (5.8 to 6.3) | 4.00 | 1.2 s | 0.80 |" in page.text(RESULTS)


def test_a_result_that_the_engine_has_costs_less_than_one_that_runs() -> None:
    """So what did not change is held against the smaller one, and is never less than nothing."""
    assert "| nothing changed | 0.20 s | 2.5 s | 12.50 | 0.00 s | 0.00 |" in page.text(RESULTS)
    text = " ".join(page.text(RESULTS).split())
    assert "A Dagger call takes 2.6 s when the engine has its result, and 4.8 s when it runs" in text
    assert "After an edit it takes 6.4 s, since sources are arguments of the constructor" in text


def test_it_says_where_the_module_loses() -> None:
    """Plainly, and of nothing else; bytes too, to the last one."""
    assert losses.sentences(RESULTS) == [
        "Nothing changed, both platforms: 2.5 s, where BuildKit takes 0.20 s; all of it is the fixed cost of a call.",
        (
            "One line of Go, both platforms: 6.0 s, where BuildKit takes 1.5 s; "
            "1.2 s of that are over the fixed cost of a call."
        ),
        "One line of Go, on a fresh machine, with what comes before: 132 s, where BuildKit takes 47 s.",
        "First push: 1,000,900 bytes, where BuildKit pushes 1,000,000 bytes.",
        "The image of api for linux/amd64: 5,600,001 bytes of layers, and 5,600,000 bytes with BuildKit.",
    ]


def test_a_ratio_is_the_middle_of_those_of_the_rounds() -> None:
    """A machine that is slower for a while makes both slower: the quotient of the middles would be 2 here."""
    slow = [run("go-both", Name.BUILDKIT, seconds, round=number) for number, seconds in enumerate((1, 10, 2), 1)]
    slow += [run("go-both", Name.MODULE, seconds, round=number) for number, seconds in enumerate((3, 30, 4), 1)]
    slow += [run(RUNS, Name.MODULE, 1, round=number) for number in (1, 2, 3)]
    (row,) = tables.rows(dataclasses.replace(RESULTS, runs=slow), tables.of_kind(Kind.WARM, platforms=2), by_seconds)
    assert (row.ratio, row.module.median, row.buildkit.median) == (3, 4, 2)


def test_a_round_without_its_fixed_costs_says_nothing_of_time() -> None:
    """It was interrupted: nothing can be taken away from what its calls took."""
    cut = [one for one in RESULTS.runs if (one.case, one.round) != (RUNS, 3)]
    (row,) = tables.rows(
        dataclasses.replace(RESULTS, runs=cut),
        [case for case in tables.of_kind(Kind.WARM, platforms=2) if case.change],
        by_seconds,
    )
    assert [pair.buildkit for pair in row.pairs] == [1.5, 1.4]


def test_beside_nothing_there_is_no_ratio() -> None:
    """A build that took no memory that could be seen is no measure, and its rounds are not left out either."""
    runs = [run("go-both", name, 1, memory=memory) for name, memory in zip(Name, (0, 2**20), strict=True)]
    (row,) = tables.rows(
        dataclasses.replace(RESULTS, runs=runs), tables.of_kind(Kind.WARM, platforms=2), tables.by_memory
    )
    assert (row.ratio, row.lost, row.module.median) == (None, False, 2**20)


def test_where_nothing_is_lost_the_page_says_so() -> None:
    """And is otherwise as it was."""
    won = [
        dataclasses.replace(one, seconds=one.seconds / 100, ready=0) if one.contender is Name.MODULE else one
        for one in RESULTS.runs
    ]
    better = dataclasses.replace(RESULTS, runs=[one for one in won if not one.pushed], sizes={})
    assert "\nNowhere in this run.\n" in page.text(better)
    assert "- Not measured in this run: pushes.\n" in page.text(better)
    assert "Not measured" not in page.text(RESULTS)


def test_a_case_that_one_alone_ran_is_left_out() -> None:
    """There is nothing to compare."""
    assert "## One platform" not in page.text(RESULTS)


def test_the_load_of_a_fresh_machine_is_said_apart() -> None:
    """It is no part of the figures above it."""
    text = " ".join(page.text(RESULTS).split())
    assert "| one line of Go | 47 s | 14 s | 0.30 | 9.2 s | 0.20 |" in text
    assert "the engine loaded the module, which took 118 s, and BuildKit's daemon started, which took 0.30 s" in text


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    """All that the page needs is in the file."""
    RESULTS.write(tmp_path / "results.json")
    assert page.text(Results.read(tmp_path / "results.json")) == page.text(RESULTS)


def test_no_line_of_the_page_is_too_long() -> None:
    """But for those of tables."""
    assert [line for line in page.text(RESULTS).splitlines() if len(line) > 120 and not line.startswith("|")] == []


def test_cases_that_were_measured_more_often_than_others_are_no_secret() -> None:
    """The page says how often at least, and at most."""
    assert "Each case was measured 1 to 3 times" in " ".join(page.text(RESULTS).split())


def test_the_page_is_that_of_the_results() -> None:
    """Whoever measures anew writes it anew: `uv run --group bench python -m bench.compare.show`."""
    results = Results.read(ROOT / "bench/results.json")
    assert (ROOT / "docs/performance.md").read_text("utf-8") == page.text(results)
