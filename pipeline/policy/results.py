"""How the stages of a check came out."""

import dataclasses
import enum
from collections.abc import Mapping, Sequence

from pipeline.policy.databases import Database
from pipeline.policy.gates import Verdict
from pipeline.policy.sizes import Measured


class Outcome(enum.StrEnum):
    """How a stage of an application came out. What did not happen is never called passed."""

    PASSED = "passed"
    FAILED = "failed"
    NONE = "none"
    NO_TESTS = "no tests"
    NOT_RUN = "not run"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A row of the table of `check`: one stage of one application.

    `number` is what the stage counted, for people ("137 passed", "15.6 MB"). `problems` are sentences, each of which
    names application and stage; there is at least one where the outcome is `failed`.
    """

    stage: str
    app: str
    outcome: Outcome
    number: str = ""
    seconds: float = 0.0
    problems: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def failed(self) -> bool:
        """Whether it failed, or could not run."""
        return self.outcome in {Outcome.FAILED, Outcome.NOT_RUN}


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One test: the suite it stands in (a Go package, a test file), its name, and what it said where it failed."""

    suite: str
    name: str
    outcome: Outcome
    seconds: float = 0.0
    message: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Tests:
    """The tests of one application; `coverage` is the share of statements that they ran, from 0 to 1."""

    cases: Sequence[Case]
    coverage: float | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Everything that the report shows.

    Keys of the mappings are applications. `sizes` has a variant a platform, `before` the same of the published image
    that was compared with, where there was one, and `against` the references of these.
    """

    results: Sequence[Result]
    versions: Mapping[str, str]
    created: str
    tests: Mapping[str, Tests] = dataclasses.field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = dataclasses.field(default_factory=dict)
    sizes: Mapping[str, Sequence[Measured]] = dataclasses.field(default_factory=dict)
    before: Mapping[str, Sequence[Measured]] = dataclasses.field(default_factory=dict)
    against: Mapping[str, str] = dataclasses.field(default_factory=dict)
    database: Database | None = None

    @property
    def failed(self) -> bool:
        """Whether any stage failed, or could not run."""
        return any(result.failed for result in self.results)
