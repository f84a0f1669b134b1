"""Two applications, `good` and `bad`, and an engine that answers for every stage of both."""

import dataclasses
import json
import re
import time
from typing import Final

import dagger

from pipeline.main import Pipeline

from .queries import Engine, held
from .scans import Scanners, path, ran
from .shop import LAYER_TYPE, OWN

LAYER: Final = {
    "digest": OWN,
    "mediaType": LAYER_TYPE,
    "compressed": 4_000_000,
    "unpacked": 9_000_000,
    "files": 1,
    "largest": "bin/x",
}
WEIGHED: Final = json.dumps({"config": {"config": {"User": "65532:65532"}}, "layers": [LAYER]})
RAN: Final = json.dumps({"status": 200, "healthy": 4, "answers": [], "stopped": 9, "writable": False, "log": ""})
PINNED: Final = f"static:1@sha256:{5:064}"
JUNIT: Final = '<testsuite><testcase classname="shop" name="TestSum"/></testsuite>'


@dataclasses.dataclass
class Shops(Scanners):
    """What the stages give; `bad` says by stage what goes otherwise for the application of this name."""

    bad: dict[str, str | Exception] = dataclasses.field(default_factory=dict)
    files: dict[str, str] = dataclasses.field(default_factory=lambda: {"junit.xml": JUNIT})

    def answer(self, engine: Engine) -> None:
        """Answer for them from now on."""
        super().answer(engine)
        engine.answers(
            entries=["go.mod", "go.sum"],
            imageRef=PINNED,
            version="v0.21.8",
            glob=lambda asked: [*self.files] if '"**"' in asked[-1] else [],
        )

    def contents(self, asked: list[str]) -> str | Exception:
        """What stands in a file."""
        return self.bad[path(asked)] if of_bad(asked) and path(asked) in self.bad else super().contents(asked)

    def printed(self, asked: list[str]) -> str | Exception:
        """What a command prints."""
        stage = ran(asked)
        if stage in self.bad and (of_bad(asked) or stage == "database"):
            return self.bad[stage]
        began = f"began\t{int(time.time()) + 1}\n"
        known = {
            "lint": f"{began}step\tgofmt\t0\nstep\tvet\t0\nnone\tgolangci-lint\n",
            "test": f"{began}step\ttest\t0\n",
            "measure": WEIGHED,
            "smoke": RAN,
            "content key": "7ree",
        }
        return known[stage] if stage in known else super().printed(asked)


def of_bad(asked: list[str]) -> bool:
    """Whether a query is about the application `bad`, whose source has this id."""
    return 'node(id="bad")' in " ".join(asked)


def both(pipeline: Pipeline) -> Pipeline:
    """A pipeline with the two, neither of which has a repository, and a database in a file."""
    pipeline = dataclasses.replace(
        pipeline,
        trivy_db_file=held(dagger.File, "database"),
        static_image=PINNED,
        libc_image=PINNED,
        nodejs_image=PINNED,
    ).without_apps()
    for name in ("good", "bad"):
        pipeline = pipeline.with_app(pipeline.go_app(name, held(dagger.Directory, name)))
    return pipeline


def rows(text: str) -> list[list[str]]:
    """The lines of the table of stages: stage, application, result and number."""
    cells = (re.split(r"\s{2,}", line) for line in text.splitlines())
    return [row[:4] for row in cells if row[0] in {"lint", "test", "build", "smoke", "scan"}]
