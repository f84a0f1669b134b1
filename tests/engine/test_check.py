"""`dagger call check`, `dagger check` and the report: everything that a pull request has to pass."""

import json
import re
import uuid
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, expect

from tests.engine import bad
from tests.engine.apps import server
from tests.engine.checkout import Checkout, new_checkout, trivy_database

pytestmark = pytest.mark.engine

STAGES: Final = ("lint", "test", "build", "smoke", "scan")

FAILING_GO: Final = """\
package main

import "testing"

func TestTheWorldIsFlat(t *testing.T) {
	t.Error("the world is <b>round</b> | and \\x1b[31mred\\x1b[0m")
}
"""

FAILING_TS: Final = """\
import { expect, it } from "vitest";

it("counts to three", () => expect(1 + 1).toBe(3));
"""


def rows(text: str) -> dict[tuple[str, str], str]:
    """The result of every stage and application in a table."""
    return {
        (found[1], found[2]): found[3]
        for found in re.finditer(r"^(\w+) +(\w+) +(passed|failed|none|no tests|not run) ", text, re.MULTILINE)
    }


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout with eight things wrong: two tests, a format, a CVE, a secret, two ways to hide more, a budget."""
    trivy_database()
    path = tmp_path_factory.mktemp("broken")
    checkout = new_checkout(path / "checkout")
    checkout.write(
        {
            "api/cmd/server/flat_test.go": FAILING_GO,
            "api/internal/app/badly.go": "package app\n\nfunc   badly( ) int { return 1 }\n\nvar _ = badly\n",
            "api/tools/package-lock.json": bad.package_lock(minimist="1.2.5"),
            "api/deploy/main.tf": '#trivy:ignore:*\nresource "aws_s3_bucket" "all" {}\n',
            "frontend/src/lib/three.test.ts": FAILING_TS,
            "frontend/public/server.pem": bad.private_key(),
        }
        | {f"api/{name}": text for name, text in bad.waivers("vulnerabilities", "CVE-2024-45337", "2026-01-31").items()}
    )
    (checkout.path / "frontend/public/film.bin").write_bytes(b"x" * 40_000_000)
    return checkout


def test_main_passes_and_says_so_in_one_table(checkout: Checkout) -> None:
    """Ten rows, in the order of the stages, each with what it counted and its time."""
    out = checkout.call("check").out
    assert list(rows(out)) == [(stage, app) for stage in STAGES for app in ("api", "frontend")]
    assert set(rows(out).values()) == {"passed"}
    assert re.search(r"^test +api +passed +\d+ passed, \d+% covered +\d+\.\d s$", out, re.MULTILINE)

    # Unchanged sources: no test, no compiler and no linter runs a second time. A scan is of its day.
    executed = checkout.call("check").executed
    assert [command for command in executed if "trivy" not in command] == []
    assert len(executed) == len(["amd64", "arm64", "source"]) * len(["api", "frontend"])


def test_the_report_is_there_when_everything_is_wrong(broken: Checkout, tmp_path: Path, browser: Browser) -> None:
    """One page, and files for machines; what a test printed is text and nothing more."""
    broken.call("reports", "--output", tmp_path)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert found >= {
        "index.html",
        "summary.md",
        "results.json",
        "sizes.json",
        "api/test/junit.xml",
        "api/test/coverage.out",
        "frontend/test/junit.xml",
        "frontend/test/coverage/lcov.info",
        *(
            f"{app}/{target}/{name}"
            for app in ("api", "frontend")
            for target in ("linux-amd64", "linux-arm64", "source")
            for name in ("scan.json", "scan.sarif", "sbom.cdx.json", "sbom.spdx.json")
        ),
    }
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["failed"] is True
    assert len(results["results"]) == len(STAGES) * 2
    _everything(results["results"])
    assert (tmp_path / "summary.md").read_text().startswith("## Failed: ")
    page = browser.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.goto((tmp_path / "index.html").as_uri())
    expect(page.locator("h1")).to_contain_text("Failed")
    expect(page.get_by_text("the world is <b>round</b> | and").first).to_be_visible()
    expect(page.get_by_text("CVE-2021-44906").first).to_be_visible()
    assert errors == []


def _everything(stages: list[dict[str, Any]]) -> None:
    """All stages ran to their end, whatever failed before, and everything that is wrong has its sentence."""
    failed = {(row["stage"], row["application"]) for row in stages if row["outcome"] != "passed"}
    assert failed == {("lint", "api"), ("build", "frontend")} | {
        (stage, app) for stage in ("test", "scan") for app in ("api", "frontend")
    }
    said = "\n\n".join(problem for row in stages for problem in row["problems"])
    assert "api: lint: these files are not formatted; run gofmt -w on them:\n./internal/app/badly.go" in said
    assert "api: test: 1 of 266 tests failed:\nTestTheWorldIsFlat (github.com/neurondb/neuronip/api/cmd/server)" in said
    assert "the world is <b>round</b> | and" in said
    assert "\x1b" not in said
    assert "frontend: test: 1 of 138 tests failed:\ncounts to three (src/lib/three.test.ts)" in said
    assert re.search(
        r"api: scan source: CVE-2021-44906 \(CRITICAL\) in minimist 1\.2\.5 at tools/package-lock\.json", said
    )
    assert re.search(r"api: scan: the waiver of CVE-2024-45337 .*expired on 2026-01-31", said)
    assert re.search(r"api: scan source: file inline-ignore \(HIGH\) at deploy/main\.tf:1: ", said)
    assert re.search(r"frontend: scan linux/amd64, linux/arm64: secret private-key .*server\.pem", said)
    assert re.search(
        r"frontend: budget linux/amd64: the image holds \d+\.\d MB unpacked and its budget is 200 MB; the largest",
        said,
    )


def test_a_failure_is_never_served_from_the_cache(checkout: Checkout, tmp_path: Path) -> None:
    """It may have been the network's: the next call runs the tests again. Success is remembered."""
    test = 'package main\n\nimport (\n\t"os"\n\t"testing"\n)\n\nfunc TestOnce(t *testing.T) {\n'
    test += '\tif os.Getenv("PIPELINE_AGAIN") == "" {\n\t\tt.Fatal("the network was away")\n\t}\n}\n'
    source = Checkout(tmp_path / "source")
    source.write(server() | {"main_test.go": f"// {uuid.uuid4()}: no engine has seen this.\n{test}"})
    app = ["go-app", "--name=hello", f"--source={source.path}", "test"]
    first = checkout.call(*app, succeeds=False).error
    assert first.startswith("Failed: hello: test: 1 of 1 tests failed:\nTestOnce (example.com/hello)\n")
    assert "main_test.go:11: the network was away" in first
    assert checkout.call(*app).out.startswith("passed: 1 passed")
