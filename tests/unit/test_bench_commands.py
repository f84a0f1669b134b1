"""What the comparison asks programs for."""

import os
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from bench.compare import buildkit, module, registries
from bench.compare.__main__ import begun, refuse_prunes
from bench.compare.applications import APPLICATIONS, arguments
from bench.compare.cases import CASES, QUICK, chosen
from bench.compare.contenders import BOTH, ONE, Name, repository
from bench.compare.machine import buildkit_version
from bench.compare.programs import BenchError, Command, needed, reason, run
from bench.compare.results import Results, Run
from pipeline import pins
from tests.commands import problems

API, FRONTEND = APPLICATIONS


def git(folder: Path, *words: str) -> str:
    """Run git as somebody."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    return subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Two commits, of which each touches one application."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    for name in ("api", "frontend"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("1\n", "utf-8")
        git(tmp_path, "add", name)
        git(tmp_path, "commit", "--quiet", "--message", name)
    return tmp_path


def test_an_image_is_stamped_with_the_commit_of_its_folder(checkout: Path) -> None:
    """As the module does it, changes that are not committed too."""
    first = git(checkout, "rev-parse", "HEAD~1").strip()
    given = arguments(API, checkout)
    assert given["REVISION"] == first
    assert given["VERSION"] == f"0.0.0-dev.1+g{first[:7]}"
    assert arguments(FRONTEND, checkout)["VERSION"].startswith("0.0.0-dev.2+g")
    (checkout / "api/file").write_text("2\n", "utf-8")
    assert arguments(API, checkout)["VERSION"] == f"{given['VERSION']}.dirty"


def test_both_build_in_the_same_images(checkout: Path) -> None:
    """Those that the module's settings name; the pinned ones where they name none."""
    assert arguments(API, checkout)["GO_IMAGE"] == pins.GO
    (checkout / ".env").write_text("goImage=golang:1.26\n\npostgresImage=x\n", "utf-8")
    assert arguments(API, checkout)["GO_IMAGE"] == "golang:1.26"
    assert arguments(API, checkout)["BASE_IMAGE"] == pins.STATIC


def test_a_dockerfile_is_built_on_its_folder(checkout: Path) -> None:
    """For the platforms that are asked for."""
    words = buildkit.words(FRONTEND, BOTH, checkout)
    assert f"--local=context={checkout / 'frontend'}" in words
    assert "--opt=filename=frontend.Dockerfile" in words
    assert "--opt=platform=linux/amd64,linux/arm64" in words
    assert (buildkit.DOCKERFILES / "frontend.Dockerfile").exists()


def test_a_mirror_answers_for_the_public_registries() -> None:
    """Over HTTP; nothing is said of any where there is none, and garbage stays in either case."""
    text = buildkit.configuration("127.0.0.1:5000")
    assert '[registry."docker.io"]\nmirrors = ["127.0.0.1:5000"]\n' in text
    assert '[registry."gcr.io"]\nmirrors = ["127.0.0.1:5000"]\n' in text
    assert '[registry."127.0.0.1:5000"]\nhttp = true\n' in text
    assert buildkit.configuration("") == "[worker.oci]\ngc = false\n"


def test_the_module_is_called_as_people_call_it() -> None:
    """Both platforms are its default; a registry of this machine is a service under localhost."""
    assert module.build_words(BOTH) == ["build"]
    assert module.build_words(ONE) == ["build", "--platform=linux/amd64"]
    words = module.push_words("127.0.0.1:5001", "api", "first")
    assert words[:2] == ["--registry", "tcp://127.0.0.1:5001"]
    assert words[2:] == ["api", "build", "publish", "--address=localhost:5001/module/api", "--tag=first", "pushed"]
    assert repository("127.0.0.1:5001", Name.BUILDKIT, "api") == "localhost:5001/buildkit/api"


@pytest.mark.parametrize(
    "words",
    [
        module.build_words(ONE),
        module.push_words("127.0.0.1:5001", "frontend", "first"),
        module.publish_words("127.0.0.1:5001", "kept"),
        module.keep_words("127.0.0.1:5001"),
        module.seeded_words("127.0.0.1:5001"),
        module.asked_words(7),
    ],
)
def test_calls_are_those_that_the_module_has(words: list[str]) -> None:
    """A function or a flag that was renamed is found here, and not after an hour of measuring."""
    assert problems(shlex.join(["dagger", "call", *words])) == []


def test_what_describes_an_image_is_no_variant() -> None:
    """Attestations of BuildKit stand in the index under an unknown platform."""
    index = {
        "manifests": [
            {"digest": "sha256:a", "platform": {"os": "linux", "architecture": "amd64"}},
            {"digest": "sha256:b", "platform": {"os": "unknown", "architecture": "unknown"}},
        ]
    }
    assert registries.variants(index) == {"linux/amd64": "sha256:a"}
    assert registries.layers({"config": {"size": 9}, "layers": [{"size": 2}, {"size": 3}]}) == 5
    with pytest.raises(BenchError, match="build both platforms"):
        registries.variants({"layers": []})


def test_a_registry_is_weighed_by_its_blobs(tmp_path: Path) -> None:
    """Links of repositories are none; an empty folder holds nothing."""
    assert registries.stored(tmp_path) == 0
    for name, size in (("blobs/sha256/aa/aa1/data", 5), ("blobs/sha256/bb/bb1/data", 7), ("repositories/x/link", 90)):
        path = tmp_path / "storage/docker/registry/v2" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x" * size)
    assert registries.stored(tmp_path) == 12


def test_nobody_loses_a_cache_unasked() -> None:
    """The error says which cases, and how."""
    with pytest.raises(BenchError, match=r"cold-one, .* emptied.* say --prune, or name others with --only"):
        refuse_prunes(CASES, allowed=False)
    refuse_prunes(CASES, allowed=True)
    refuse_prunes(chosen(QUICK), allowed=False)


def test_rounds_are_added_to_those_of_the_same_machine_alone(tmp_path: Path) -> None:
    """A file that is not there yet has none."""
    kept, facts = tmp_path / "results.json", {"cores": "2", "dagger": "v0.21.8"}
    assert begun(facts, None) == begun(facts, kept) == Results(machine=facts, runs=[], sizes={})
    first = Run(case="go-both", contender=Name.MODULE, round=1, seconds=1, cpu=1, memory=1, pace=1)
    begun(facts, None).with_run(first, {"module": {"api": {"linux/amd64": 1}}}).write(kept)
    assert begun(facts, kept).with_sizes({}).sizes == {"module": {"api": {"linux/amd64": 1}}}
    assert begun(facts, kept).rounds == 1
    with pytest.raises(BenchError, match=r"cores is 4, and was 2; begin another file with --out"):
        begun(facts | {"cores": "4"}, kept)


def test_cases_are_known_by_their_names() -> None:
    """An unknown one is an error that lists them; the order is that of the run."""
    assert [case.name for case in chosen(["go-both", "go-one"])] == ["go-one", "go-both"]
    assert chosen([]) == list(CASES)
    with pytest.raises(BenchError, match=r"no case rust; there are cold-one, .*push-go"):
        chosen(["rust"])


def test_commands_run_side_by_side(tmp_path: Path) -> None:
    """One waits for what the other does; what each printed comes back."""
    waiting = "for i in $(seq 100); do if [ -e made ]; then echo first; exit; fi; sleep 0.05; done; exit 1"
    commands = [Command(["sh", "-c", waiting], tmp_path), Command(["sh", "-c", "touch made; echo second"], tmp_path)]
    assert run(*commands) == ["first\n", "second\n"]


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    """With its last lines."""
    with pytest.raises(BenchError, match=r"`sh -c echo why >&2; exit 3 \.\.\.` ended with 3; it said:\nwhy"):
        run(Command(["sh", "-c", "echo why >&2; exit 3"], tmp_path))


def test_what_is_interrupted_stops_its_programs(tmp_path: Path) -> None:
    """A build that nobody waits for would slow down what is measured next."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(Command(["sh", "-c", "echo $$ > pid; exec sleep 60"], tmp_path))
    finally:
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text("utf-8")), 0)


@pytest.mark.parametrize(("left", "empty"), [("1.2e+06", True), ("7.288187594e+09", False)])
def test_an_engine_that_keeps_something_is_not_called_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str, empty: bool
) -> None:
    """Cache volumes that are left would make a cold build a warm one."""
    (program := tmp_path / "dagger").write_text(f'#!/bin/sh\ncase "$*" in *disk-space*) echo {left};; esac\n', "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    emptied = module.Module(tmp_path, "touch renewed").empty
    if empty:
        assert emptied() >= 0
    else:
        with pytest.raises(BenchError, match=r"the engine keeps 7288 MB although it was emptied.* with --renew"):
            emptied()
    assert (tmp_path / "renewed").exists()


def test_of_a_long_log_the_error_is_shown() -> None:
    """What Dagger and BuildKit say after it belongs to it, what stands before does not."""
    log = "".join(f"{number} : building\n" for number in range(90))
    assert reason(f"{log}Error: api: build failed\nin main.go\n") == "Error: api: build failed\nin main.go"
    assert reason(log).splitlines() == [f"{number} : building" for number in range(50, 90)]


def test_a_program_that_is_missing_says_what_to_install() -> None:
    """And a daemon that does not know its version, how to say it."""
    with pytest.raises(BenchError, match="no-such-program is not on PATH; install it"):
        needed("no-such-program", "install it")
    with pytest.raises(BenchError, match=r"say it with --buildkit v0\.34\.2"):
        buildkit_version("buildkitd github.com/moby/buildkit v0.0.0+unknown ")
    assert buildkit_version("buildkitd github.com/moby/buildkit v0.34.2 abc") == "v0.34.2"
