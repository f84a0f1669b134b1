"""What Trivy is told, what it sees, and the scripts around it, run as they are by this machine's shell."""

import os
import subprocess
from pathlib import Path

import dagger
import pytest

from pipeline.nodes.app import App
from pipeline.nodes.scanner import JSON, OFFLINE
from pipeline.policy.inline import parse_inline

from .queries import arguments, chain, pairs, parent, steps
from .scans import LOADED, of_image, of_source

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("scanners")]

IGNORED = "first\n  #trivy:ignore:AVD-DS-0002 for now\n"


def command(report: dagger.File) -> list[str]:
    """What runs for a report: a shell with a script, the stage, and what the script is given."""
    (call,) = arguments(report, "withExec")
    assert call["args"][:2] == ["sh", "-c"]
    return list(call["args"])


async def test_trivy_fetches_nothing(app: App) -> None:
    """Database, checks, news of its own: what it needs lies in the container, for image and source alike."""
    skipped = {f"--skip-{what}" for what in ("db-update", "java-db-update", "check-update", "vex-repo-update")}
    assert skipped | {"--offline-scan", "--skip-version-check", "--disable-telemetry"} <= set(OFFLINE)
    (target,) = (await of_image(app)).targets
    kinds = ["--input=shop:0.0.0-dev", "--scanners=vuln,secret", "--image-config-scanners=secret"]
    assert command(target.report)[3:] == ["scan", "trivy", "image", *OFFLINE, *JSON, *kinds]
    (target,) = of_source(app).targets
    kinds = ["--scanners=vuln,secret,license,misconfig", "shop"]
    assert command(target.report)[3:] == ["scan", "shop", "trivy", "fs", *OFFLINE, *JSON, *kinds]


async def test_what_a_scan_writes_comes_of_one_run(app: App) -> None:
    """Report, log, and of sources the comments that hide findings; the engine runs it when one of them is read."""
    (image,), (source,) = (await of_image(app)).targets, of_source(app).targets
    assert (image.inline, source.look) == (None, None)
    assert source.inline
    files = [(image.report, image.log), (source.report, source.log, source.inline)]
    assert [[chain(file)[-1] for file in each] for each in files] == [
        ['file(path="/out/scan.json")', 'file(path="/out/scan.log")'],
        ['file(path="/out/scan.json")', 'file(path="/out/scan.log")', 'file(path="/out/inline")'],
    ]
    for each in files:
        (run,) = {tuple(chain(parent(file, dagger.Container))) for file in each}
        assert run[-1].startswith("withExec(")


async def test_trivy_sees_the_database_and_its_input_and_nothing_else(app: App) -> None:
    """No secret, no socket, no cache that another scan wrote, and a working directory without settings."""
    mounts = {"withMountedFile", "withMountedDirectory"}
    others = {"container", "from", "withWorkdir", "withNewFile", "withEnvVariable", "withExec", "directory", "file"}
    for scan, places in ((await of_image(app), ["/scan/shop:0.0.0-dev"]), (of_source(app), ["/scan/shop", "/go"])):
        calls = steps(scan.targets[0].report)
        assert {call.name for call in calls} <= mounts | others
        *given, database = [call for call in calls if call.name in mounts]
        assert [call.args["path"] for call in given] == places
        assert str(database) == 'withMountedDirectory(path="/cache/db", source=<node(id="db")>)'


async def test_every_scan_is_of_its_own_moment(app: App) -> None:
    """Else the engine would give the result of an older one."""
    reports = [(await of_image(app)).targets[0].report for _ in range(2)] + [of_source(app).targets[0].report]
    moments = [pairs(report, "withEnvVariable")["SCANNED_AT"] for report in reports]
    assert len(set(moments)) == 3


async def test_the_source_is_scanned_without_what_is_made_from_it(app: App) -> None:
    """Packages are known by their lock files there, and scanned where they ship."""
    mounted, *_ = arguments(of_source(app).targets[0].report, "withMountedDirectory")
    assert chain(mounted["source"]) == [
        'node(id="source")',
        'filter(exclude=["**/.git", "**/node_modules", "**/.next", "**/coverage"])',
    ]


def ran(report: dagger.File, root: Path, trivy: str) -> "subprocess.CompletedProcess[str]":
    """What the shell did, on a folder of this machine and with a stand-in for Trivy."""
    for name in ("out", "bin", "scan/shop"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "bin/trivy").write_text(f"#!/bin/sh\n{trivy}\n", "utf-8")
    (root / "bin/trivy").chmod(0o755)
    whole = [word.replace("/out", f"{root}/out") for word in command(report)]
    environment = {"PATH": f"{root}/bin:{os.environ['PATH']}"}
    return subprocess.run(
        whole, check=False, cwd=root / "scan", env=environment, capture_output=True, text=True, timeout=20
    )


async def reports(app: App) -> list[dagger.File]:
    """Of an image and of a source."""
    return [(await of_image(app)).targets[0].report, of_source(app).targets[0].report]


async def test_what_trivy_says_is_kept_and_said(app: App, tmp_path: Path) -> None:
    """Its log lies beside the report, and is the words of an error; its arguments arrive as they are."""
    for report in await reports(app):
        done = ran(report, tmp_path, 'echo "$@"; echo WARN >&2')
        assert (done.returncode, done.stderr) == (0, "WARN\n")
        assert done.stdout.split()[:2] == [command(report)[-len(done.stdout.split())], "--cache-dir=/cache"]
        assert (tmp_path / "out/scan.log").read_text("utf-8") == "WARN\n"


@pytest.mark.parametrize(("trivy", "code"), [("exit 1", 1), ("exit 7", 7), ("kill -9 $$", 137)])
async def test_a_trivy_that_fails_fails_the_scan(app: App, tmp_path: Path, trivy: str, code: int) -> None:
    """With its own exit code, that of one that was killed too, and its log."""
    for report in await reports(app):
        done = ran(report, tmp_path, f"echo FATAL >&2\n{trivy}")
        assert done.returncode == code
        assert done.stderr.startswith("FATAL\n")
        assert (tmp_path / "out/scan.log").read_text("utf-8").startswith("FATAL\n")


def inline(app: App, root: Path, *names: str) -> list[tuple[str, int]]:
    """The comments that are found in files of these names, each of which has one in its second line."""
    for name in names:
        path = root / "scan/shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(IGNORED, "utf-8")
    assert ran(app.scanned(LOADED).targets[0].report, root, "exit 0").returncode == 0
    return sorted((found.path, found.line) for found in parse_inline((root / "out/inline").read_text("utf-8")))


@pytest.mark.parametrize(
    "name", ["main.tf", "a.yaml", "k8s/b.yml", "Dockerfile", "api/Dockerfile.prod", "api.Dockerfile", "a b/my main.tf"]
)
async def test_comments_that_hide_findings_are_found(app: App, tmp_path: Path, name: str) -> None:
    """Wherever Trivy reads them, in one file as in several; blanks are part of a name."""
    assert inline(app, tmp_path, name) == [(name, 2)]
    assert inline(app, tmp_path, "other.tf") == sorted([(name, 2), ("other.tf", 2)])


async def test_what_others_read_is_not_searched(app: App, tmp_path: Path) -> None:
    """A text about such comments is none."""
    assert inline(app, tmp_path, "README.md", "main.go", "docs/tf") == []


async def test_a_source_without_comments_has_an_empty_list(app: App, tmp_path: Path) -> None:
    """The file is there, since a missing one is an error."""
    assert inline(app, tmp_path) == []
    (tmp_path / "scan/shop/main.tf").write_text("# trivy, ignore this\n", "utf-8")
    assert inline(app, tmp_path) == []
