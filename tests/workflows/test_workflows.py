"""What holds of every workflow: rights, pins, where data passes, and that each call is one that the module knows."""

import json
import re
import tomllib
from typing import Final

import pytest

from pipeline.pins import Action
from pipeline.policy.workflows import DAGGER
from pipeline.report.workflows import workflows
from tests.commands import problems, script_problems

from .generated import ACTIONS, COMMITTED, FILES, OWN, ROOT, calls, jobs, read, steps, workflow

PINNED: Final = re.compile(r"uses: ([\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)")
WRITTEN: Final = [pytest.param(text, id=name) for name, text in FILES.items()]

RIGHTS: Final = {
    "ci.yml": {
        "check": {"contents": "read", "actions": "read", "security-events": "write"},
        "workflows": {"contents": "read"},
    },
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
    """Conditions stand at few steps and at one job; a matrix is made of images alone."""
    conditions = {step["if"] for step in steps(text) if "if" in step}
    assert conditions <= {
        "github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository",
        "${{ !cancelled() }}",
        "matrix.image.built",
        "github.ref == 'refs/heads/main'",
    }
    assert {job["if"] for job in jobs(text).values() if "if" in job} <= {"github.ref_type == 'branch'"}
    matrices = [job["strategy"]["matrix"] for job in jobs(text).values() if "strategy" in job]
    assert [matrix for matrix in matrices if set(matrix) != {"image"}] == []


@pytest.mark.parametrize("text", [text for name, text in FILES.items() if name.endswith("/ci.yml")])
def test_a_pull_request_of_a_fork_needs_no_secret(text: str) -> None:
    """What it cannot do is left out: it may not write findings."""
    assert "secrets." not in text
    assert "github.token" not in text
    assert set(read(text)["on"]) == {"pull_request", "merge_group", "schedule"}
    fork = {step["name"] for step in steps(text) if "head.repo" in step.get("if", "")}
    assert fork == {step["name"] for step in steps(text) if "upload-sarif" in step.get("uses", "")}


def test_the_job_fails_after_the_report_is_kept() -> None:
    """The report is of a check that failed, too."""
    check = workflow("ci.yml")["jobs"]["check"]["steps"]
    names = [step["name"] for step in check]
    assert names == [
        "Check out",
        "Check, and write the report",
        "Summarise",
        "Keep the report",
        "Show findings beside the code",
        "Verdict",
    ]


@pytest.mark.parametrize("text", [text for name, text in FILES.items() if name.endswith("/ci.yml")])
def test_the_verdict_comes_whatever_became_of_the_findings(text: str) -> None:
    """An upload that GitHub refuses does not hide what failed."""
    assert [step["if"] for step in jobs(text)["check"]["steps"] if step["name"] == "Verdict"] == ["${{ !cancelled() }}"]


def test_workflows_that_a_generator_writes_are_held_against_it() -> None:
    """By `dagger check workflows`, which takes no argument: those that were written with some have no such job."""
    held = {name: jobs(text).get("workflows") for name, text in FILES.items() if name.endswith("/ci.yml")}
    assert {name for name, job in held.items() if job} == {"own/ci.yml"}
    step = workflow("ci.yml")["jobs"]["workflows"]["steps"][-1]["with"]
    # The input `check` of the action would run every check.
    assert step == {"version": "${{ env.DAGGER_VERSION }}", "verb": "check", "args": "workflows"}
    assert problems("dagger check workflows") == []


def test_a_file_says_how_it_is_written_anew() -> None:
    """A check is promised only where there is one."""
    first = {name: text.partition("\n\n")[0].replace("\n# ", " ") for name, text in FILES.items()}
    generated = (
        "# Written by `dagger generate workflows`: the job `workflows` of ci.yml fails where this was changed by"
    )
    again = "call it again rather than change this file."
    for name, said in first.items():
        assert said.startswith(generated) == name.startswith("own/")
        assert said.endswith(again) != name.startswith("own/")
    assert first["apps/ci.yml"] == (
        f"# Written by the function `workflows` of github.com/neurondb/NeuronIP@v1.2.3: {again}"
    )
    assert first["module/ci.yml"] == f"# Written by the function `workflows` of this repository's module: {again}"


@pytest.mark.parametrize("text", WRITTEN)
def test_the_installer_sees_no_token(text: str) -> None:
    """An action hands its environment to all that it runs: who has a token finds Dagger installed."""
    for job in jobs(text).values():
        called = [step for step in job["steps"] if step.get("uses", "").startswith("dagger/")]
        assert "env" not in (called or [{}])[0]
        if any("env" in step for step in called):
            assert called[0]["with"] == {"version": "${{ env.DAGGER_VERSION }}"}


def test_a_build_waits_for_no_other() -> None:
    """Neither of another commit nor of the same one on another ref: a group keeps only one that waits."""
    assert workflow("build.yml")["concurrency"]["group"] == "build-${{ github.ref }}-${{ github.sha }}"


def test_only_checks_of_pull_requests_are_cancelled() -> None:
    """A publication or a release that is stopped half-way costs somebody a look."""
    found = {name: workflow(name)["concurrency"]["cancel-in-progress"] for name in RIGHTS}
    assert found == {
        "ci.yml": "${{ github.event_name == 'pull_request' }}",
        "build.yml": False,
        "release.yml": False,
    }


def test_a_tag_has_one_workflow() -> None:
    """Two would put the same tags at once: where nothing is released, the one that builds publishes it.

    A person can start any workflow on a tag: the one that builds does nothing then.
    """
    assert workflow("build.yml")["jobs"]["publish"]["if"] == "github.ref_type == 'branch'"
    assert "if" not in jobs(FILES["no releases/build.yml"])["publish"]
    versions = {"tags": ["v*.*.*"]}
    assert workflow("build.yml")["on"] == {"push": {"branches": ["main"]}, "workflow_dispatch": None}
    assert workflow("release.yml")["on"] == {"push": versions, "workflow_dispatch": None}
    alone = read(FILES["no releases/build.yml"])
    assert alone["on"] == {"push": {"branches": ["main"], **versions}, "workflow_dispatch": None}
    assert "no releases/release.yml" not in FILES


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
