"""In which order the comparison does things."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.compare import running
from bench.compare.cases import chosen
from bench.compare.changes import GO
from bench.compare.contenders import BOTH, Contender, Name
from bench.compare.results import Run
from bench.compare.running import Bench
from tests.engine.checkout import Checkout

SOURCE = "keeps trying, so try again in a few seconds."


class Builder:
    """A contender that writes down what it was asked for, and what the source was."""

    def __init__(self, name: Name, path: Path, log: list[str]) -> None:
        """Write into a log that others write into."""
        self._name, self._path, self._log = name, path, log

    @property
    def name(self) -> Name:
        """Who it is."""
        return self._name

    def _did(self, what: str) -> None:
        text = (self._path / GO.path).read_text("utf-8")
        self._log.append(f"{self._name} {what}" + ("" if SOURCE in text else f" {text.split()[-2]}"))

    def build(self, platforms: Sequence[str]) -> None:
        """Build."""
        self._did("both" if platforms == BOTH else "one")

    def empty(self) -> float:
        """Empty."""
        self._did("empty")
        return 5

    def renewed(self) -> float:
        """Renew."""
        self._did("renewed")
        return 7

    def push(self, registry: str, tag: str) -> None:
        """Push."""
        self._did(f"push {tag} {registry}")

    def keep(self, registry: str) -> None:
        """Keep."""
        self._did(f"keep {registry}")

    def again(self, registry: str) -> None:
        """Once more."""
        self._did(f"again {registry}")

    def seeded(self, registry: str) -> None:
        """Build on what was kept."""
        self._did(f"seeded {registry}")


@pytest.fixture
def log() -> list[str]:
    """What was done."""
    return []


@pytest.fixture
def runs() -> list[Run]:
    """What was measured."""
    return []


@pytest.fixture
def bench(tmp_path: Path, log: list[str], runs: list[Run], monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Two builders of a checkout with the line that is edited; nobody waits for the machine to be idle."""
    monkeypatch.setattr(running, "settle", lambda: None)
    checkout = Checkout(tmp_path)
    checkout.git("init", "--quiet", "--initial-branch=main")
    checkout.commit("Everything", **{GO.path: f"{SOURCE}\n"})
    builders: list[Contender] = [Builder(name, tmp_path, log) for name in Name]
    return Bench(checkout, builders, "kept", 100, runs.append)


def test_each_case_is_run_by_both_and_who_is_first_changes(bench: Bench, log: list[str], runs: list[Run]) -> None:
    """Both get the same edit, and after a cold build nobody is warmed up."""
    bench.run(chosen(["cold-both", "go-both"]), rounds=2)
    cold = [["buildkit empty", "buildkit both", "module empty", "module both"]]
    edited = ["module empty 101", "module both 101", "buildkit empty 101", "buildkit both 101"]
    assert log[:4] == cold[0]
    assert log[4:6] == ["buildkit both 101", "module both 101"]
    assert log[6:10] == edited
    assert log[10:] == ["module both 102", "buildkit both 102"]
    assert [(run.case, run.contender, run.round, run.ready) for run in runs][:3] == [
        ("cold-both", "buildkit", 1, 5),
        ("cold-both", "module", 1, 5),
        ("go-both", "buildkit", 1, 0),
    ]


def test_more_rounds_go_on_after_those_that_were(bench: Bench, runs: list[Run]) -> None:
    """With their numbers, and who is first goes on to change."""
    first = {}
    for after in (1, 2):
        runs.clear()
        dataclasses.replace(bench).run(chosen(["cold-both"]), rounds=1, after=after)
        first[runs[0].round] = runs[0].contender
    assert first == {2: Name.MODULE, 3: Name.BUILDKIT}


def test_a_build_that_is_not_measured_comes_before_a_case_that_needs_one(bench: Bench, log: list[str]) -> None:
    """Before the edit, for the same platforms, and once."""
    bench.run(chosen(["go-one", "typescript-both"][:1]), rounds=2)
    assert log == [
        "buildkit one",
        "module one",
        "buildkit one 101",
        "module one 101",
        "module one 102",
        "buildkit one 102",
    ]


def test_a_fresh_machine_finds_what_was_kept_once_and_the_edit_is_a_commit(
    bench: Bench, log: list[str], runs: list[Run]
) -> None:
    """Each time on the first commit; the checkout is as before in the end."""
    first = bench.checkout.git("rev-parse", "HEAD")
    bench.run(chosen(["fresh-unchanged", "fresh-go"]), rounds=1)
    assert log == [
        "buildkit keep kept",
        "module keep kept",
        "buildkit renewed",
        "buildkit again kept",
        "module renewed",
        "module again kept",
        "buildkit renewed 101",
        "buildkit seeded kept 101",
        "module renewed 101",
        "module seeded kept 101",
    ]
    assert {run.ready for run in runs} == {7}
    assert bench.checkout.git("rev-parse", "HEAD") == first
    assert bench.checkout.git("status", "--porcelain") == ""
