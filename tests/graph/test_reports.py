"""The report of a check, as a folder: it is written whatever came out."""

import json
import re
from typing import Any

import pytest

from pipeline.main import Pipeline
from pipeline.nodes import verbs
from pipeline.nodes.reports import reports

from .checked import Shops
from .queries import Engine, failed, refused
from .scans import PUBLISHED

pytestmark = pytest.mark.anyio

PAGES = {"index.html", "summary.md", "results.json", "sizes.json", "code-scanning.sarif"}
DOCUMENTS = {"scan.json", "scan.sarif", "sbom.cdx.json", "sbom.spdx.json"}


class Written:
    """The folder that the engine was told to make."""

    def __init__(self, engine: Engine, broken: str = "") -> None:
        """An engine that makes every folder and file but those whose query holds this text."""
        self.steps: list[str] = []
        self.broken = broken
        self.usual = engine._answers["contents"]
        engine.answers(sync=self.sync, contents=self.contents)

    def sync(self, asked: list[str]) -> object:
        """Make what was described."""
        query = " | ".join(asked[:-1])
        if asked[0] == "directory":
            self.steps = asked[:-1]
        elif self.broken and self.broken in query:
            return failed(["sh", "-c", 'exec "$@"', "report", "trivy"], 1, "FATAL")
        return query

    def contents(self, asked: list[str]) -> object:
        """What stands in a file, or in a document that was made of a scan."""
        if "--format=sarif" in asked[0]:
            return json.dumps({"runs": [{"tool": {}}]})
        return self.usual(asked) if callable(self.usual) else self.usual

    @property
    def paths(self) -> set[str]:
        """What lies in it."""
        found = (re.match(r'with\w+\(path="([^"]+)"', step) for step in self.steps)
        return {match[1] for match in found if match}

    def read(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """The content of a JSON file that stands in the query."""
        start = f'withNewFile(path="{path}", contents='
        (text,) = [step.removeprefix(start)[:-1] for step in self.steps if step.startswith(start)]
        return json.loads(json.loads(text))


def documents(app: str) -> set[str]:
    """What is written of the scans of an application."""
    return {f"{app}/{target}/{name}" for target in ("linux-amd64", "linux-arm64", "source") for name in DOCUMENTS}


async def test_a_report_holds_pages_logs_and_documents(two: Pipeline, engine: Engine) -> None:
    """For people, for machines, and of every application what its tools wrote."""
    written = Written(engine)
    _ = await two.reports()
    folders = {f"{app}/{stage}" for app in ("good", "bad") for stage in ("lint", "test")}
    assert written.paths == PAGES | folders | documents("good") | documents("bad")


async def test_findings_of_everything_are_one_document_for_code_scanning(two: Pipeline, engine: Engine) -> None:
    """Each under the name of what it is of."""
    written = Written(engine)
    _ = await two.reports()
    runs = written.read("code-scanning.sarif")["runs"]
    expected = [f"{app}/{of}/" for app in ("bad", "good") for of in ("linux-amd64", "linux-arm64", "source")]
    assert [run["automationDetails"]["id"] for run in runs] == expected


async def test_what_went_well_is_written_down(two: Pipeline, engine: Engine) -> None:
    """Results, tests, versions, and the database that the scans rest on."""
    written = Written(engine)
    _ = await two.reports()
    results = written.read("results.json")
    assert results["failed"] is False
    assert len(results["results"]) == 10
    assert results["versions"] == {"good": "0.0.0-dev", "bad": "0.0.0-dev"}
    assert results["tests"]["good"]["passed"] == 1
    assert (results["database"]["reference"], results["database"]["digest"]) == ("db.tar.gz", "sha256:d1ce5")
    assert set(written.read("sizes.json")["good"]["now"]) == {"linux/amd64", "linux/arm64"}


async def test_failures_are_in_the_report_and_no_error(two: Pipeline, engine: Engine, shops: Shops) -> None:
    """What was found before and beside them is there all the same."""
    shops.bad |= {"measure": refused("no space left"), "lint": f"began\t{2**40}\nstep\tvet\t1\n", "/out/vet.log": "x"}
    written = Written(engine)
    _ = await two.reports()
    results = written.read("results.json")
    outcomes = {row["stage"]: row["outcome"] for row in results["results"] if row["application"] == "bad"}
    assert outcomes == {"lint": "failed", "test": "passed", "build": "failed", "smoke": "not run", "scan": "not run"}
    assert results["failed"] is True
    assert PAGES | documents("good") | {"bad/lint"} <= written.paths
    assert not documents("bad") & written.paths


async def test_without_a_database_everything_else_is_reported(two: Pipeline, engine: Engine, shops: Shops) -> None:
    """And that there was none."""
    shops.bad["database"] = refused("no route to host")
    written = Written(engine)
    _ = await two.reports()
    assert written.read("results.json")["database"] is None
    assert {"good/lint", "bad/test"} | PAGES == written.paths - {"good/test", "bad/lint"}


async def test_a_scan_that_breaks_leaves_its_documents(two: Pipeline, engine: Engine, shops: Shops) -> None:
    """The second look failed, and what Trivy found is there all the same; a verdict there is none."""
    shops.bad["look"] = refused("no space left")
    written = Written(engine)
    _ = await two.reports()
    results = written.read("results.json")
    (row,) = [row for row in results["results"] if (row["stage"], row["application"]) == ("scan", "bad")]
    assert (row["outcome"], row["problems"]) == ("failed", ["bad: scan linux/amd64: no space left"])
    assert documents("bad") <= written.paths


async def test_a_converter_that_fails_leaves_the_rest(two: Pipeline, engine: Engine) -> None:
    """One form of a document is missing then, of every target."""
    written = Written(engine, broken="--format=cyclonedx")
    _ = await two.reports()
    assert written.paths >= PAGES
    missing = documents("good") - written.paths
    assert {path.rpartition("/")[2] for path in missing} == {"sbom.cdx.json"}
    assert len(missing) == 3


async def test_what_was_compared_with_is_measured_too(two: Pipeline, engine: Engine) -> None:
    """So that the page can say what grew."""
    written = Written(engine)
    _ = await two.reports([f"good={PUBLISHED}"])
    sizes = written.read("sizes.json")
    assert sizes["good"]["against"] == PUBLISHED
    assert sizes["good"]["before"] == sizes["good"]["now"]
    assert (sizes["bad"]["against"], sizes["bad"]["before"]) == ("", {})


async def test_the_report_of_some_stages_holds_only_theirs(two: Pipeline, engine: Engine) -> None:
    """A plan decides what is run."""
    written = Written(engine)
    _ = await reports(two.members, verbs.Plan(stages=["lint"], database=verbs.Loader(two.members[0].scanner)))
    assert written.paths == PAGES | {"good/lint", "bad/lint"}
