"""What the commands of a lint or test stage did, as the script that ran them wrote it down."""

import dataclasses
from collections.abc import Sequence

from pipeline.policy.results import Case, Outcome


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A command of a stage: its name and exit code; None where the application has no such command."""

    name: str
    code: int | None

    @property
    def failed(self) -> bool:
        """Whether it ran and did not succeed."""
        return bool(self.code)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Steps:
    """The commands of a stage in their order, and when the first began, in seconds since 1970."""

    began: int
    steps: Sequence[Step]
    notes: Sequence[str] = ()

    @property
    def failed(self) -> Sequence[Step]:
        """Those that ran and did not succeed."""
        return [step for step in self.steps if step.failed]


def parse_steps(text: str) -> Steps:
    """Read lines of `began SECONDS`, `step NAME CODE`, `none NAME` and `note WORDS`, with tabs between.

    Raises:
        ValueError: there is no beginning, or a line is of another form.
    """
    began = None
    steps, notes = [], []
    for line in text.splitlines():
        match line.split("\t"):
            case ["began", seconds]:
                began = int(seconds)
            case ["step", name, code]:
                steps.append(Step(name=name, code=int(code)))
            case ["none", name]:
                steps.append(Step(name=name, code=None))
            case ["note", note]:
                notes.append(note)
            case _:
                raise ValueError(f"the script of a stage printed a line that says nothing: {line!r}")
    if began is None:
        raise ValueError("the script of a stage did not say when it began")
    return Steps(began=began, steps=steps, notes=notes)


def lint_outcome(steps: Steps) -> Outcome:
    """How commands that judge a source came out: none, when there was none to run."""
    if steps.failed:
        return Outcome.FAILED
    return Outcome.PASSED if any(step.code is not None for step in steps.steps) else Outcome.NONE


def test_outcome(steps: Steps, cases: Sequence[Case] | None, *, broken: bool, empty: bool) -> Outcome:
    """How tests came out; `cases` is None where the runner reports none.

    `broken` says that a report cannot be read, `empty` that the runner fails because it found no test. A script may
    swallow the exit code of its tests, so that a test that failed counts whatever it is.
    """
    if empty and not cases and not broken:
        return Outcome.NO_TESTS
    if broken or any(case.outcome is Outcome.FAILED for case in cases or []):
        return Outcome.FAILED
    ran = any(case.outcome is Outcome.PASSED for case in cases or [])
    return Outcome.NO_TESTS if cases is not None and not ran and not steps.failed else lint_outcome(steps)
