"""What is asked of git: the query, and its script run as it is on real repositories."""

import shutil
from pathlib import Path

import dagger
import pytest

from pipeline.nodes.git import histories
from pipeline.policy.versions import History, stamp

from .queries import Engine, arguments, held
from .repositories import Repository

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("anyio_backend")]

LINE = "abc\t1\t\t0\t\t\tfalse\n"


async def asked(engine: Engine, url: str | None, paths: list[str]) -> list[str]:
    """The query for the histories of paths of a repository."""
    engine.answers(url=url, stdout=LINE * len(paths))
    await histories(held(dagger.GitRepository, "repository"), [[path] for path in paths], "golang:1")
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


@pytest.mark.parametrize("path", ["a b", "a*", "a[b]", "!api", "a\\b"])
async def test_a_path_that_could_be_a_pattern_is_not_made_one(engine: Engine, path: str) -> None:
    """The engine would read it as one: git then sees the whole work tree."""
    assert "include=" not in (await asked(engine, None, ["api", path]))[2]


async def test_inputs_of_an_application_that_lie_apart_are_asked_for_together(engine: Engine) -> None:
    """A line each in one argument; git sees both."""
    engine.answers(url=None, stdout=LINE)
    await histories(held(dagger.GitRepository, "repository"), [["api", "migrations"]], "golang:1")
    query = engine.asked[-1]
    assert '"**/.gitignore", "api", "migrations"]' in query[2]
    assert query[-2].endswith('"version", "api\\nmigrations"])')


async def test_several_paths_cost_one_command(engine: Engine) -> None:
    """One container, one line a path."""
    query = await asked(engine, None, ["api", "web"])
    assert query[:2] == ["container", 'from(address="golang:1")']
    assert sum(step.startswith("withExec") for step in query) == 1
    assert query[-2].endswith('"version", "api", "web"])')


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
    await histories(held(dagger.GitRepository, "repository"), [["."]], "golang:1")
    return Repository(tmp_path, scripts[0])


def test_a_path_has_the_history_of_its_own_commits(repository: Repository) -> None:
    """Revision and time of the last commit that touched it, whatever came after; the distance up to there."""
    touched = repository.commit("api/main.go", time=60)
    repository.commit("web/page.tsx", time=120)
    api, whole = repository.histories("api", ".")
    assert api == History(touched, 1_700_000_060, distance=3)
    assert (whole.revision, whole.time, whole.distance) == (repository.git("rev-parse", "HEAD"), 1_700_000_120, 4)


def test_paths_of_one_application_have_one_history(repository: Repository) -> None:
    """The last commit that touched any of them, and a change in either is one."""
    touched = repository.commit("migrations/1.sql", time=60)
    repository.commit("web/page.tsx", time=120)
    api, alone = repository.histories("api\nmigrations", "api")
    assert (api.revision, api.time, api.distance, api.dirty) == (touched, 1_700_000_060, 3, False)
    assert alone.revision != touched
    (repository.root / "migrations/2.sql").write_text("", "utf-8")
    assert [found.dirty for found in repository.histories("api\nmigrations", "api")] == [True, False]


def test_a_path_of_files_that_is_not_there_is_an_error(repository: Repository) -> None:
    """Although the source is; the sentence names the argument."""
    problem = "the repository has no sql; --path, --only and --files-path say what lies where in it"
    assert repository.problem("api\nsql") == problem


def test_a_version_tag_before_the_revision_counts(repository: Repository) -> None:
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


@pytest.mark.parametrize(
    ("tags", "highest"),
    [
        (["v1.4.0", "v1.10.0", "v1.9.0"], "v1.10.0"),
        (["1.4.0", "1.10.0"], "1.10.0"),
        (["v1.4.0", "2026.01.15", "v2026.01.15"], "v1.4.0"),
        (["v1.4.0", "v9-foo", "v1.5", "v1.5.0.1", "version-9.0.0", "v01.5.0", "v1.5.0-"], "v1.4.0"),
        (["v1.5.0-rc.9", "v1.5.0-rc.10", "v1.4.0"], "v1.5.0-rc.10"),
        (["v1.5.0-rc.1", "v1.5.0"], "v1.5.0"),
        (["nightly"], ""),
    ],
)
def test_the_highest_version_counts(repository: Repository, tags: list[str], highest: str) -> None:
    """As SemVer orders them, whichever came first; dates and words are no versions and hide none."""
    for order in (tags, tags[::-1]):
        for tag in order:
            repository.git("tag", tag)
            repository.commit("api/main.go")
        assert repository.histories("api")[0].tag == highest
        repository.git("tag", "--delete", *tags)


def test_a_higher_version_before_a_nearer_one_counts(repository: Repository) -> None:
    """A patch of an old line, merged afterwards, does not set a new development version back."""
    repository.git("tag", "v2.0.0")
    repository.commit("api/main.go")
    repository.git("tag", "v1.4.1")
    touched = repository.commit("api/main.go")
    (api,) = repository.histories("api")
    assert (api.tag, api.distance) == ("v2.0.0", 2)
    assert stamp(api).version == f"2.0.1-dev.2+g{touched[:7]}"


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


def test_a_path_that_is_not_there_is_an_error(repository: Repository) -> None:
    """It would be stamped with a history that is not its own."""
    problem = "the repository has no shop; --path, --only and --files-path say what lies where in it"
    assert repository.problem("api", "shop") == problem
    (repository.root / "shop").mkdir()
    assert repository.histories("shop")[0].revision == repository.git("rev-parse", "HEAD")


def test_a_path_that_is_gone_has_the_history_of_its_removal(repository: Repository) -> None:
    """Git knows it, so it is no mistake."""
    repository.git("rm", "--quiet", "-r", "web")
    repository.git("commit", "--quiet", "--message", "x", time=60)
    (found,) = repository.histories("web")
    assert (found.revision, found.dirty) == (repository.git("rev-parse", "HEAD"), False)


def test_a_repository_without_commits_is_an_error(repository: Repository) -> None:
    """There is nothing to stamp with."""
    shutil.rmtree(repository.root / ".git")
    repository.git("init", "--quiet")
    assert repository.problem("api") == "the repository has no commit yet; make the first one"


def test_a_path_is_no_pattern(repository: Repository) -> None:
    """A folder called `a*` has its own history, not that of everything that begins with an a."""
    touched = repository.commit("a*/main.go")
    repository.commit("api/main.go")
    (repository.root / "api/main.go").write_text("", "utf-8")
    (found,) = repository.histories("a*")
    assert (found.revision, found.dirty) == (touched, False)
    assert repository.problem("w*").startswith("the repository has no w*;")
    assert repository.problem(":/").startswith("the repository has no :/;")


def test_a_shallow_clone_is_told(repository: Repository, tmp_path: Path) -> None:
    """Its tags and distances cannot be trusted."""
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.root}", str(tmp_path / "clone"))
    repository.root = tmp_path / "clone"
    assert repository.histories(".")[0].shallow


def test_paths_with_blanks_and_dashes_are_paths(repository: Repository) -> None:
    """Nothing in a name is an option or a pattern."""
    touched = repository.commit("a b/--all.go", time=9)
    assert [found.revision for found in repository.histories("a b", "a b/--all.go")] == [touched, touched]
