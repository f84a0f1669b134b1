"""What the commands of a lint or test stage did, as the script that ran them wrote it down."""

import dataclasses
from collections.abc import Sequence


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
