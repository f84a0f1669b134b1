"""What a release asks of git: its script run as it is on real repositories."""

import shutil
from pathlib import Path

import dagger
import pytest

from pipeline.nodes.git import facts
from pipeline.policy.plan import Checkout

from .queries import Engine, arguments, held
from .repositories import Repository

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("anyio_backend")]


@pytest.fixture
async def repository(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A repository, where git is installed."""
    if not shutil.which("git"):
        pytest.skip("the script that asks git: left out, git is not on PATH")
    scripts: list[str] = []

    async def stdout(container: dagger.Container) -> str:
        scripts.append(arguments(container, "withExec")[0]["args"][2])
        return "abc\n\n\nrefs/heads/main\n"

    monkeypatch.setattr(dagger.Container, "stdout", stdout)
    engine.answers(url=None)
    assert await facts(held(dagger.GitRepository, "repository"), "v1.0.0", "golang:1") == Checkout(
        commit="abc", branches=["main"]
    )
    return Repository(tmp_path, scripts[0])


def test_a_clean_commit_on_a_branch_without_the_tag(repository: Repository) -> None:
    """The commit, the branch, and nothing else."""
    head = repository.git("rev-parse", "HEAD")
    assert repository.facts("v1.0.0") == Checkout(commit=head, branches=["main"])


@pytest.mark.parametrize("arguments", [[], ["--annotate", "--message", "x"]])
def test_a_tag_is_said_by_the_commit_that_it_leads_to(repository: Repository, arguments: list[str]) -> None:
    """An annotated tag is an object of its own, which is not what was released."""
    head = repository.git("rev-parse", "HEAD")
    repository.git("tag", *arguments, "v1.0.0")
    repository.commit("api/main.go")
    assert repository.facts("v1.0.0").tagged == head


def test_a_branch_of_the_tags_name_is_no_tag(repository: Repository) -> None:
    """Git would take either for `v1.0.0`."""
    repository.git("branch", "v1.0.0")
    assert repository.facts("v1.0.0").tagged == ""


@pytest.mark.parametrize("name", ["README.md", "api/main.go"])
def test_any_change_makes_it_dirty(repository: Repository, name: str) -> None:
    """Also outside of the applications: what a release ships comes from there too."""
    (repository.root / name).write_text("changed\n", "utf-8")
    assert repository.facts("v1.0.0").dirty


def test_only_branches_that_hold_the_commit_are_named_and_remote_ones_too(
    repository: Repository, tmp_path: Path
) -> None:
    """A workflow checks out a tag: its branches are those of the remote."""
    repository.git("branch", "release/1.x")
    repository.commit("api/main.go")
    repository.git("clone", "--quiet", str(repository.root), str(tmp_path / "clone"))
    repository.root = tmp_path / "clone"
    assert repository.facts("v1.0.0").branches == ["main"]
    repository.git("checkout", "--quiet", "--detach", "origin/release/1.x")
    repository.git("branch", "--delete", "--force", "main")
    assert sorted(repository.facts("v1.0.0").branches) == ["main", "release/1.x"]


def test_a_shallow_clone_and_one_without_commits_are_errors(repository: Repository, tmp_path: Path) -> None:
    """Nobody knows which branch holds the commit."""
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.root}", str(tmp_path / "clone"))
    repository.root = tmp_path / "clone"
    assert repository.problem("v1.0.0").endswith("run git fetch --unshallow --tags")
    shutil.rmtree(repository.root / ".git")
    repository.git("init", "--quiet")
    assert repository.problem("v1.0.0") == "the repository has no commit yet; make the first one"
