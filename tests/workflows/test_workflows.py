"""What holds of every workflow: rights, pins, where data passes, and that each call is one that the module knows."""

import json
import re
import tomllib
from typing import Any, Final

import pytest

from pipeline.pins import Action
from pipeline.policy.workflows import DAGGER
from pipeline.report.workflows import workflows
from tests.commands import problems, script_problems

from .generated import ACTIONS, COMMITTED, FILES, OWN, ROOT, calls, jobs, read, steps

PINNED: Final = re.compile(r"uses: ([\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)")
WRITTEN: Final = [pytest.param(text, id=name) for name, text in FILES.items()]

RIGHTS: Final = {
    "ci.yml": {"check": {"contents": "read", "actions": "read", "security-events": "write"}},
    "build.yml": {
        "publish": {"contents": "read", "packages": "write"},
        "attest": {"id-token": "write", "attestations": "write", "packages": "write"},
    },
    "release.yml": {
        "release": {"contents": "write", "packages": "write"},
        "attest": {"id-token": "write", "attestations": "write", "packages": "write"},
        "attest-files": {"id-token": "write", "attestations": "write"},
        "verify": {"contents": "read", "packages": "read"},
    },
}


def test_what_is_committed_is_what_the_module_writes() -> None:
    """As `dagger check` says with an engine."""
    written = workflows(OWN, ACTIONS)
    assert {name: (COMMITTED / name).read_text("utf-8") for name in written} == written


def test_rights_are_given_a_job_and_no_more_than_it_needs() -> None:
    """Nothing that runs the code of a repository can sign, and what looks at a release can write nothing."""
    found = {name: workflow(name) for name in RIGHTS}
    assert [one["permissions"] for one in found.values()] == [{}, {}, {}]
    assert {name: {job: of["permissions"] for job, of in one["jobs"].items()} for name, one in found.items()} == RIGHTS


@pytest.mark.parametrize("text", WRITTEN)
def test_every_workflow_begins_without_rights_and_ends_in_time(text: str) -> None:
    """And two runs of the same do not stand in each other's way."""
    found = read(text)
    assert found["permissions"] == {}
    assert set(found["concurrency"]) == {"group", "cancel-in-progress"}
    for job in found["jobs"].values():
        assert job["permissions"]
        assert 0 < job["timeout-minutes"] <= 120


@pytest.mark.parametrize("text", WRITTEN)
def test_every_action_is_pinned_by_commit_with_its_version_beside(text: str) -> None:
    """As pins.py has it."""
    lines = [line.strip().removeprefix("- ") for line in text.splitlines() if "uses:" in line]
    assert lines
    for line in lines:
        assert PINNED.fullmatch(line)
        assert line.removeprefix("uses: ") in {action.value for action in Action}


def test_every_pinned_action_is_used() -> None:
    """A pin that nobody needs would be kept fresh for nothing."""
    assert {action.value for action in Action} == set(re.findall(r"uses: (.*)", "".join(FILES.values())))


@pytest.mark.parametrize("text", WRITTEN)
def test_no_script_holds_data(text: str) -> None:
    """What a person can choose comes by the environment, and is no part of a command; there is one command at all."""
    scripts = [step["run"] for step in steps(text) if "run" in step]
    inputs = [call for _, call in calls(text)]
    assert [one for one in [*scripts, *inputs] if "${{" in one or "'" in one] == []
    assert set(scripts) <= {'cat report/summary.md >> "$GITHUB_STEP_SUMMARY"'}


@pytest.mark.parametrize("text", WRITTEN)
def test_every_variable_of_a_call_is_known_and_quoted(text: str) -> None:
    """A runner sets it, or the step does."""
    runner = {"GITHUB_EVENT_PATH", "GITHUB_EVENT_NAME", "GITHUB_REF_NAME", "GITHUB_REPOSITORY"}
    for step in steps(text):
        for call in (step.get("with", {}).get(kind, "") for kind in ("call", "shell")):
            named = set(re.findall(r"\$(\w+)", call))
            assert named == set(re.findall(r'"\$(\w+)"', call))
            assert named - runner <= set(step.get("env", {}))
            assert set(re.findall(r"env://(\w+)", call)) <= set(step.get("env", {}))


@pytest.mark.parametrize("text", WRITTEN)
def test_every_call_is_one_that_the_module_knows(text: str) -> None:
    """Functions, flags and types; in the Dagger shell for applications of others."""
    found = [*calls(text)]
    assert found
    for kind, call in found:
        assert (problems(f"dagger call {call}") if kind == "call" else script_problems(call)) == []


@pytest.mark.parametrize("text", WRITTEN)
def test_a_checkout_keeps_no_credentials_and_brings_the_history(text: str) -> None:
    """Every call asks git for a version, or loads the module."""
    for job in jobs(text).values():
        called = [step for step in job["steps"] if step.get("uses", "").startswith("dagger/")]
        fetched = [step["with"] for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert fetched == ([{"fetch-depth": 0, "persist-credentials": False}] if called else [])


@pytest.mark.parametrize("text", WRITTEN)
def test_there_is_no_logic_but_who_may_write_and_what_is_signed(text: str) -> None:
    """Conditions stand at two steps, and none at a job; a matrix is made of images alone."""
    conditions = {step["if"] for step in steps(text) if "if" in step}
    assert conditions <= {
        "github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository",
        "${{ !matrix.image.signatures[0] }}",
    }
    assert [name for name, job in jobs(text).items() if "if" in job] == []
    matrices = [job["strategy"]["matrix"] for job in jobs(text).values() if "strategy" in job]
    assert [matrix for matrix in matrices if set(matrix) != {"image"}] == []


@pytest.mark.parametrize("text", [text for name, text in FILES.items() if name.endswith("/ci.yml")])
def test_a_pull_request_of_a_fork_needs_no_secret(text: str) -> None:
    """What it cannot do is left out: it may not write findings."""
    assert "secrets." not in text
    assert "github.token" not in text
    assert set(read(text)["on"]) == {"pull_request", "merge_group", "schedule"}
    for step in steps(text):
        assert ("if" in step) == ("upload-sarif" in step.get("uses", ""))


def test_the_job_fails_after_the_report_is_kept() -> None:
    """The report is of a check that failed, too."""
    names = [step["name"] for step in steps(FILES["own/ci.yml"])]
    assert names == [
        "Check out",
        "Check, and write the report",
        "Summarise",
        "Keep the report",
        "Show findings beside the code",
        "Verdict",
    ]


def test_only_checks_of_pull_requests_are_cancelled() -> None:
    """A publication or a release that is stopped half-way costs somebody a look."""
    found = {name: workflow(name)["concurrency"]["cancel-in-progress"] for name in RIGHTS}
    assert found == {
        "ci.yml": "${{ github.event_name == 'pull_request' }}",
        "build.yml": False,
        "release.yml": False,
    }


def test_a_tag_has_one_workflow() -> None:
    """Two would put the same tags at once: where nothing is released, the one that builds publishes it."""
    versions = {"tags": ["v*.*.*"]}
    assert workflow("build.yml")["on"] == {"push": {"branches": ["main"]}, "workflow_dispatch": None}
    assert workflow("release.yml")["on"] == {"push": versions, "workflow_dispatch": None}
    alone = read(FILES["no releases/build.yml"])
    assert alone["on"] == {"push": {"branches": ["main"], **versions}, "workflow_dispatch": None}
    assert "no releases/release.yml" not in FILES


def test_the_digests_that_are_signed_are_those_of_the_call() -> None:
    """In a job of its own, by the identity of the workflow."""
    for name, job in (("build.yml", "publish"), ("release.yml", "release")):
        found = workflow(name)["jobs"]
        assert found["attest"]["needs"] == job
        assert found["attest"]["strategy"]["matrix"] == {"image": f"${{{{ fromJSON(needs.{job}.outputs.images) }}}}"}
        signed = found["attest"]["steps"][-1]["with"]
        assert signed["subject-name"] == "${{ matrix.image.repository }}"
        assert signed["subject-digest"] == "${{ matrix.image.digest }}"
        assert signed["push-to-registry"] is True
        # What is released is signed as that, also where the workflow that builds has made and signed it before.
        conditions = {step.get("if") for step in found["attest"]["steps"]}
        assert conditions == ({None} if job == "release" else {"${{ !matrix.image.signatures[0] }}"})
    files = workflow("release.yml")["jobs"]["attest-files"]["steps"]
    assert [step["with"] for step in files] == [{"subject-checksums": "${{ needs.release.outputs.checksums }}"}]


@pytest.mark.parametrize("text", WRITTEN)
def test_the_version_of_dagger_stands_in_one_place(text: str) -> None:
    """And is that of the module, of its tests and of its command line."""
    assert text.count(DAGGER) == 1
    assert read(text)["env"] == {"DAGGER_VERSION": DAGGER}
    used = {step["with"]["version"] for step in steps(text) if step.get("uses", "").startswith("dagger/")}
    assert used == {"${{ env.DAGGER_VERSION }}"}
    assert json.loads((ROOT / "dagger.json").read_text("utf-8"))["engineVersion"] == f"v{DAGGER}"
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    assert f"dagger-io=={DAGGER}" in groups["dev"]


def workflow(name: str) -> dict[str, Any]:
    """One of this repository."""
    return read(FILES[f"own/{name}"])
