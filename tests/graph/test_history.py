"""The next version and the changelog in the graph: the queries, and their scripts run as they are on real git."""

import dataclasses
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import dagger
import pytest

from pipeline.nodes import history
from pipeline.nodes.errors import Failed
from pipeline.nodes.history import Bump
from pipeline.policy.bumps import Asked
from pipeline.policy.changelog import FILE

from .queries import Engine, arguments, chain, held

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("anyio_backend")]

URL = "https://github.com/acme/api"
HEAD = "# Changelog\n\n## [Unreleased]\n"


@dataclasses.dataclass
class Work:
    """A repository of the caller's, in which the scripts of the queries run."""

    root: Path
    engine: Engine

    def git(self, *arguments: str) -> str:
        """Run git in it."""
        names = ["-c", "user.name=Ann", "-c", "user.email=1+ann@users.noreply.github.com"]
        command = ["git", *names, *arguments]
        return subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, message: str, path: str = "a.txt") -> None:
        """Change a file and commit it."""
        file = self.root / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{message}\n", "utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--cleanup=verbatim", "--message", message)

    def script(self, command: list[str]) -> str:
        """Run what a container would run."""
        # git config --global writes there, and mktemp.
        environment = {**os.environ, "HOME": str(self.root.parent), "TMPDIR": str(self.root.parent)}
        done = subprocess.run(
            command, cwd=self.root, env=environment, check=False, capture_output=True, text=True, timeout=60
        )
        if done.returncode:
            raise ValueError(done.stderr.removeprefix("pipeline-error: ").strip())
        return done.stdout

    def write(self, text: str) -> None:
        """Write CHANGELOG.md."""
        (self.root / FILE).write_text(text, "utf-8")
        self.engine.answers(entries=["a.txt", FILE], contents=text)

    @property
    def repository(self) -> dagger.GitRepository:
        """What the queries are asked of."""
        return held(dagger.GitRepository, "repository")

    async def next_version(self, **given: Any) -> str:  # noqa: ANN401 - those of the function
        """The next version."""
        return await history.next_version(self.repository, "golang:1", _asked(given))

    async def update(self, **given: Any) -> str:  # noqa: ANN401 - those of the function
        """CHANGELOG.md as the changes have it."""
        changes = await history.changelog(self.repository, "golang:1", _asked(given), given.get("url", ""))
        (compared,) = arguments(changes, "changes")
        assert chain(changes)[-1].startswith("changes(from=<")
        (text,) = [args["contents"] for args in arguments(changes, "withNewFile")]
        assert made_of(compared["from"]) == made_of(changes)
        return str(text)

    async def notes(self, **given: Any) -> str:  # noqa: ANN401 - those of the function
        """What the file says."""
        _, text = await history.notes_of(self.repository, "golang:1", _asked(given), given.get("url", ""))
        return text


def _asked(given: dict[str, Any]) -> Asked:
    return history.asked(**{name: word for name, word in given.items() if name != "url"})


def made_of(node: object) -> list[str]:
    """The checkout that a query begins with."""
    return [step for step in chain(node) if not step.startswith(("withNewFile", "changes"))]


@pytest.fixture
def work(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    """A repository in which v1.2.3 is released."""
    if not shutil.which("git"):
        pytest.skip("the scripts that ask git: left out, git is not on PATH")
    found = Work(tmp_path / "work", engine)
    found.root.mkdir()

    async def stdout(container: dagger.Container) -> str:
        (step,) = arguments(container, "withExec")
        return found.script(step["args"])

    monkeypatch.setattr(dagger.Container, "stdout", stdout)
    engine.answers(url=None, entries=["a.txt"])
    found.git("init", "--quiet", "--initial-branch=main")
    found.commit("feat: begin")
    found.git("tag", "v1.2.3")
    return found


async def test_git_sees_its_own_folder_and_no_other_file(engine: Engine) -> None:
    """What lies in the checkout changes no cache key; nothing is asked but for two commands."""
    engine.answers(url=None, stdout="")
    assert await history.next_version(held(dagger.GitRepository, "repository"), "golang:1", _asked({})) == "0.1.0"
    queries = [query for query in engine.asked if query[0] == "container"]
    assert len(queries) == 2
    for query in queries:
        assert query[1] == 'from(address="golang:1")'
        assert '<node(id="repository") | uncommitted | after | filter(include=[".git"])>' in query[2]


async def test_the_next_version_comes_from_tags_and_commits(work: Work) -> None:
    """Of what is checked out; other branches only take versions away."""
    work.commit("feat: b\n\nBREAKING CHANGE: c")
    work.git("tag", "nightly")
    assert await work.next_version() == "2.0.0"
    assert await work.next_version(bump=Bump.PATCH) == "1.2.4"
    assert await work.next_version(bump=Bump.PRERELEASE, identifier="beta") == "2.0.0-beta.1"
    work.git("branch", "other")
    work.git("reset", "--quiet", "--hard", "v1.2.3")
    work.commit("fix: d")
    work.git("tag", "v2.0.0", "other")
    assert await work.next_version() == "1.2.4"


async def test_only_commits_on_paths_count(work: Work) -> None:
    """A path is no pattern, and one that is not there is said."""
    work.commit("feat: b", "web/a")
    work.commit("fix: c", "api*/a")
    work.commit("feat!: d", "apix/a")
    assert await work.next_version(path=["api*"]) == "1.2.4"
    assert await work.next_version(path=["api*", "web/"]) == "1.3.0"
    assert await work.next_version(path=["."]) == "2.0.0"
    with pytest.raises(Failed, match=r"pipeline: next-version: the repository has no we\*; give a path"):
        await work.next_version(path=["we*"])


async def test_a_version_that_cannot_be_is_a_sentence(work: Work) -> None:
    """As on the host."""
    with pytest.raises(Failed, match=r"pipeline: next-version: nothing has changed since 1\.2\.3"):
        await work.next_version()
    with pytest.raises(Failed, match=r"pipeline: changelog: 1\.0\.0 would go backwards"):
        await work.update(version="v1.0.0")
    with pytest.raises(Failed, match="pipeline: changelog: 'huge' is no version"):
        await work.notes(version="huge")


async def test_a_shallow_clone_is_refused(work: Work, tmp_path: Path) -> None:
    """Tags and commits that decide the version are missing."""
    work.commit("feat: b")
    work.git("clone", "--quiet", "--depth=1", f"file://{work.root}", str(tmp_path / "shallow"))
    shutil.rmtree(work.root)
    (tmp_path / "shallow").rename(work.root)
    with pytest.raises(Failed, match="this clone is shallow; run git fetch --unshallow"):
        await work.next_version()


async def test_the_changelog_is_a_changeset(work: Work) -> None:
    """Of one file: what people wrote, and the commits; separators in messages are no separators."""
    work.write(f"{HEAD}\n### Added\n\n- By hand.\n")
    work.commit("feat: b\x1ed (#7)")
    found = await work.update(url=URL)
    assert "## [Unreleased]\n\n## [1.3.0] - 20" in found
    assert f"- By hand.\n- b d ([#7]({URL}/pull/7), [Ann](https://github.com/ann))\n\n" in found
    assert found.endswith(f"[1.3.0]: {URL}/compare/v1.2.3...v1.3.0\n")


async def test_a_changelog_that_is_not_there_is_begun(work: Work) -> None:
    """Without an address there are no links."""
    work.commit("feat: b (#7)")
    assert (await work.update()).endswith("### Added\n\n- b (#7)\n")


async def test_notes_are_those_of_the_file_or_of_the_commits(work: Work) -> None:
    """Of a version with a section, of one with a tag, and of the next one."""
    work.commit("feat: b")
    work.git("tag", "v1.3.0")
    work.commit("fix: c")
    work.write(f"{HEAD}\n## [1.2.3] - 2026-01-02\n\n- By hand.\n")
    assert await work.notes(version="v1.2.3") == "- By hand.\n"
    assert await work.notes(version="1.3.0") == "### Added\n\n- b\n"
    assert await work.notes() == "### Fixed\n\n- c\n"
    version, _ = await history.notes_of(work.repository, "golang:1", _asked({}))
    assert str(version) == "1.3.1"


async def test_a_remote_repository_has_links_of_its_own(work: Work) -> None:
    """To where it comes from."""
    work.engine.answers(url=f"{URL}.git")
    work.commit("feat: b (#7)")
    assert f"- b ([#7]({URL}/pull/7), " in await work.notes()
