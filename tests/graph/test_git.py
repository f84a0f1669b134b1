"""What is asked of git: the query, and its script run as it is on real repositories."""

import os
import shutil
import subprocess
from pathlib import Path

import dagger
import pytest

from pipeline.nodes.git import histories
from pipeline.policy.versions import History, parse_history, stamp

from .queries import Engine, arguments, held

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("anyio_backend")]

LINE = "abc\t1\t\t0\t\t\tfalse\n"


async def asked(engine: Engine, url: str | None, paths: list[str]) -> list[str]:
    """The query for the histories of paths of a repository."""
    engine.answers(url=url, stdout=LINE * len(paths))
    await histories(held(dagger.GitRepository, "repository"), paths, "golang:1")
    return engine.asked[-1]


async def test_a_local_repository_is_read_as_it_stands(engine: Engine) -> None:
    """Changes that are not committed are seen, and of the files only those whose history is asked for."""
    mounted = (await asked(engine, None, ["api", "web"]))[2]
    assert '<node(id="repository") | uncommitted | after | filter(' in mounted
    assert '".git", ".gitignore", "**/.gitignore", "api", "web"' in mounted


async def test_a_remote_repository_is_read_with_its_whole_history(engine: Engine) -> None:
    """Versions come from tags and distances, which a shallow clone lacks."""
    mounted = (await asked(engine, "https://example.com/a.git", ["."]))[2]
    assert "| head | tree(depth=0, includeTags=true) | filter" in mounted
    assert "include=" not in mounted


async def test_several_paths_cost_one_command(engine: Engine) -> None:
    """One container, one line a path."""
    query = await asked(engine, None, ["api", "web"])
    assert query[:2] == ["container", 'from(address="golang:1")']
    assert sum(step.startswith("withExec") for step in query) == 1
    assert query[-2].endswith('"version", "api", "web"])')


class Repository:
    """A git repository, and the script of the query."""

    def __init__(self, root: Path, script: str) -> None:
        """With one commit in api and one in web."""
        self.root, self.script = root / "work", script
        (root / "home").mkdir()
        quiet = {"GIT_CONFIG_NOSYSTEM": "1", "HOME": str(root / "home")}
        names = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        self.environment = os.environ | quiet | names
        self.root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("api/main.go")
        self.commit("web/page.tsx")

    def git(self, *arguments: str, time: int = 0) -> str:
        """Run git; the time is that of a commit."""
        dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{1700000000 + time} +0000")
        command = ["git", *arguments]
        done = subprocess.run(
            command, check=True, cwd=self.root, env=self.environment | dates, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, name: str, time: int = 0) -> str:
        """Change a file, commit it, and return the commit."""
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write("// changed\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", name, time=time)
        return self.git("rev-parse", "HEAD")

    def histories(self, *paths: str) -> list[History]:
        """What the script says of paths."""
        command = ["sh", "-c", self.script, "version", *paths]
        done = subprocess.run(
            command, check=True, cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert done.stderr == ""
        return parse_history(done.stdout)


@pytest.fixture
async def repository(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A repository, where git is installed."""
    if not shutil.which("git"):
        pytest.skip("the script that asks git: left out, git is not on PATH")
    scripts: list[str] = []

    async def stdout(container: dagger.Container) -> str:
        scripts.append(arguments(container, "withExec")[0]["args"][2])
        return LINE

    monkeypatch.setattr(dagger.Container, "stdout", stdout)
    engine.answers(url=None)
    await histories(held(dagger.GitRepository, "repository"), ["."], "golang:1")
    return Repository(tmp_path, scripts[0])


def test_a_path_has_the_history_of_its_own_commits(repository: Repository) -> None:
    """Revision and time of the last commit that touched it, whatever came after; the distance up to there."""
    touched = repository.commit("api/main.go", time=60)
    repository.commit("web/page.tsx", time=120)
    api, whole = repository.histories("api", ".")
    assert api == History(touched, 1_700_000_060, distance=3)
    assert (whole.revision, whole.time, whole.distance) == (repository.git("rev-parse", "HEAD"), 1_700_000_120, 4)


def test_the_nearest_version_tag_counts(repository: Repository) -> None:
    """Annotated or not; tags that are no version, and tags on commits that came later, do not."""
    repository.git("tag", "v1.3.0")
    repository.commit("api/main.go")
    repository.git("tag", "--annotate", "--message", "x", "v1.4.0")
    touched = repository.commit("api/main.go")
    repository.git("tag", "nightly")
    repository.commit("web/page.tsx")
    repository.git("tag", "v9.0.0")
    repository.commit("web/page.tsx")
    (api,) = repository.histories("api")
    assert (api.tag, api.distance, api.head_tags) == ("v1.4.0", 1, ())
    assert stamp(api).version == f"1.4.1-dev.1+g{touched[:7]}"


def test_a_version_tag_on_the_last_commit_is_the_version_of_all(repository: Repository) -> None:
    """A release stamps its version on every application, touched by its last commit or not."""
    repository.git("tag", "v1.5.0")
    repository.git("tag", "nightly")
    assert [stamp(found).version for found in repository.histories("api", "web")] == ["1.5.0", "1.5.0"]


@pytest.mark.parametrize("change", ["changed", "new"])
def test_a_change_that_is_not_committed_makes_its_own_path_dirty(repository: Repository, change: str) -> None:
    """A file changed or added in api says nothing of web."""
    name = "main.go" if change == "changed" else "new.go"
    (repository.root / "api" / name).write_text("package main\n", "utf-8")
    assert [found.dirty for found in repository.histories("api", "web", ".")] == [True, False, True]


def test_what_git_ignores_makes_nothing_dirty(repository: Repository) -> None:
    """Output of the developer's own tools is no input."""
    repository.commit(".gitignore")
    (repository.root / ".gitignore").write_text("node_modules\n", "utf-8")
    repository.commit(".gitignore")
    (repository.root / "web/node_modules").mkdir()
    (repository.root / "web/node_modules/a.js").write_text("", "utf-8")
    assert not repository.histories("web")[0].dirty


def test_a_path_without_commits_has_the_history_of_the_whole(repository: Repository) -> None:
    """A folder that is not committed yet is stamped with HEAD, and is dirty."""
    (repository.root / "new").mkdir()
    (repository.root / "new/main.go").write_text("", "utf-8")
    (found,) = repository.histories("new")
    assert (found.revision, found.dirty) == (repository.git("rev-parse", "HEAD"), True)


def test_a_shallow_clone_is_told(repository: Repository, tmp_path: Path) -> None:
    """Its tags and distances cannot be trusted."""
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.root}", str(tmp_path / "clone"))
    repository.root = tmp_path / "clone"
    assert repository.histories(".")[0].shallow


def test_paths_with_blanks_and_dashes_are_paths(repository: Repository) -> None:
    """Nothing in a name is an option or a pattern."""
    touched = repository.commit("a b/--all.go", time=9)
    assert [found.revision for found in repository.histories("a b", "a b/--all.go")] == [touched, touched]
