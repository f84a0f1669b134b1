"""`pipeline bump` on real repositories: what it makes, what it refuses, and what is left when it fails."""

import datetime as dt
import signal
import time

import pytest

from .worktree import Worktree

SLOW = "touch started; sleep 20"


def test_a_bump_is_a_commit_and_an_annotated_tag(work: Worktree) -> None:
    """Of the next version, with its changelog, on the branch; nothing is pushed."""
    before = work.at_remote()
    work.commit("feat(api): answer faster (#7)")
    assert work.run("bump") == "v1.3.0 is committed and tagged on main; the same with --push pushes it"
    assert work.git("log", "-1", "--format=%s%n%D") == "chore(release): v1.3.0\nHEAD -> main, tag: v1.3.0"
    assert work.git("cat-file", "-t", "v1.3.0") == "tag"
    assert work.git("show", "--format=", "--name-only") == "CHANGELOG.md"
    day = dt.datetime.now(dt.UTC).date().isoformat()
    assert (
        f"## [1.3.0] - {day}\n\n### Added\n\n- **api:** answer faster (#7)\n"
        in work.git("show", "HEAD:CHANGELOG.md") + "\n"
    )
    assert work.git("status", "--porcelain") == ""
    assert work.at_remote() == before


@pytest.mark.parametrize(
    ("arguments", "version"),
    [
        (["major"], "2.0.0"),
        (["minor"], "1.3.0"),
        (["patch"], "1.2.4"),
        (["prerelease"], "1.2.4-rc.1"),
        (["prerelease", "--identifier", "beta"], "1.2.4-beta.1"),
        (["--version", "v3.0.0-rc.1"], "3.0.0-rc.1"),
        (["--version", "1.9.0"], "1.9.0"),
    ],
)
def test_a_person_says_which_part_or_which_version(work: Worktree, arguments: list[str], version: str) -> None:
    """What the commits say is the default."""
    work.commit("fix: a")
    work.run("bump", *arguments)
    assert work.git("tag", "--points-at", "HEAD") == f"v{version}"


def test_a_chain_of_candidates_ends_in_the_release(work: Worktree) -> None:
    """Each is of its commits; the release holds all of them, once."""
    work.commit("feat: one")
    work.run("bump", "prerelease")
    work.commit("fix: two")
    work.run("bump", "prerelease", "--push")
    assert "\n- one" not in work.run("changelog", "--version", "1.3.0-rc.2")
    assert work.run("bump", "--push") == "v1.3.0 is committed and tagged on main; origin has both"
    assert work.run("changelog", "--version", "1.3.0") == "### Added\n\n- one\n\n### Fixed\n\n- two"
    assert work.git("tag").split("\n") == ["v1.2.3", "v1.3.0", "v1.3.0-rc.1", "v1.3.0-rc.2"]


def test_only_commits_on_paths_count(work: Worktree) -> None:
    """In a repository of several products; paths are those of where the caller stands."""
    work.commit("feat: of the web", "web/a")
    work.commit("fix: of the api", "api/a*/b")
    work.commit("feat!: of what a pattern would match", "api/ab/c")
    assert work.run("next-version", "--path", "a*", folder="api") == "1.2.4"
    assert work.run("next-version", "--path", "api/a*", "--path", "web") == "1.3.0"
    assert work.run("changelog", "--path", "api/a*") == "### Fixed\n\n- of the api"
    assert "there is no shop in" in work.refusal("bump", "--path", "shop")
    work.run("bump", "--path", "api")
    assert "web" not in (work.root / "CHANGELOG.md").read_text("utf-8")


def test_what_people_wrote_is_kept(work: Worktree) -> None:
    """The file's own head and line ends, and what stood under Unreleased."""
    text = "# Changes\r\n\r\n## [Unreleased]\r\n\r\n### Added\r\n\r\n- By hand ✓\r\n"
    (work.root / "CHANGELOG.md").write_bytes(text.encode())
    work.commit("feat: b")
    work.run("bump")
    found = (work.root / "CHANGELOG.md").read_bytes().decode()
    assert found.startswith("# Changes\r\n\r\n## [Unreleased]\r\n\r\n## [1.3.0] - ")
    assert found.endswith("### Added\r\n\r\n- By hand ✓\r\n- b\r\n")


def test_a_remote_on_the_web_makes_links(work: Worktree) -> None:
    """Without the password that its address holds."""
    work.git("remote", "set-url", "origin", "https://ann:secret@git.example.com/acme/api.git")
    work.commit("feat: b (#7)")
    assert (
        work.run("changelog") == "### Added\n\n- b ([#7](https://git.example.com/acme/api/pull/7), a@\u200bexample.com)"
    )


@pytest.mark.parametrize("path", ["a.txt", "new.txt", "api/new.txt"])
def test_a_dirty_tree_is_refused(work: Worktree, path: str) -> None:
    """Changed, added or not known to git: the sentence names it."""
    work.commit("feat: b", "api/a")
    (work.root / path).write_text("changed", "utf-8")
    before = work.state()
    assert f"changes that are not committed: {path}; commit them" in work.refusal("bump")
    assert work.state() == before


def test_what_git_ignores_does_not_matter(work: Worktree) -> None:
    """Builds lie about in every checkout."""
    (work.root / ".gitignore").write_text("*.o\n", "utf-8")
    work.commit("feat: b")
    (work.root / "a.o").write_text("x", "utf-8")
    assert work.run("bump").startswith("v1.3.0 is committed")


def test_a_detached_head_is_refused(work: Worktree) -> None:
    """A commit would be on no branch; what only reads works there, as in CI on a tag."""
    work.commit("feat: b")
    work.git("switch", "--quiet", "--detach")
    assert "no branch is checked out (detached HEAD)" in work.refusal("bump")
    assert work.run("next-version") == "1.3.0"
    assert work.run("changelog") == "### Added\n\n- b"


def test_a_branch_behind_its_remote_is_refused(work: Worktree) -> None:
    """Also where it has commits of its own, and nothing was fetched; nothing is fetched for it."""
    other = Worktree(work.base, "other")
    other.commit("fix: theirs", "b.txt")
    other.git("push", "--quiet")
    work.commit("feat: ours")
    before = work.state()
    assert "main is behind origin, which has " in work.refusal("bump")
    assert work.state() == before
    work.git("pull", "--quiet", "--rebase", "origin", "main")
    assert work.run("bump", "--push").startswith("v1.3.0 is committed")


def test_a_tag_that_only_the_remote_has_is_refused(work: Worktree) -> None:
    """The next version is not known without it."""
    other = Worktree(work.base, "other")
    other.git("tag", "v1.3.0")
    other.git("push", "--quiet", "origin", "v1.3.0")
    work.commit("feat: b")
    before = work.state()
    assert "origin has v1.3.0, and this checkout has no such tag" in work.refusal("bump")
    assert work.state() == before


def test_an_existing_tag_is_refused(work: Worktree) -> None:
    """Wherever it points, with or without a v."""
    work.git("tag", "1.3.0", work.commit("feat: b"))
    work.git("reset", "--quiet", "--hard", "HEAD^")
    work.git("push", "--quiet", "origin", "1.3.0")
    work.commit("feat: c")
    before = work.state()
    assert "1.3.0 exists already" in work.refusal("bump")
    assert "1.2.3 exists already" in work.refusal("bump", "--version", "1.2.3")
    assert "1.0.0 would go backwards" in work.refusal("bump", "--version", "1.0.0")
    assert work.state() == before


def test_a_shallow_clone_is_refused(work: Worktree) -> None:
    """Tags and commits that decide the version are missing."""
    work.commit("feat: b")
    work.git("push", "--quiet", "origin", "main")
    work.git("clone", "--quiet", "--depth=1", f"file://{work.bare}", "shallow")
    assert "this clone is shallow; run `git fetch --unshallow --tags`" in work.refusal("bump", folder="shallow")
    assert "this clone is shallow" in work.refusal("next-version", folder="shallow")


def test_a_remote_that_does_not_answer_is_said(work: Worktree) -> None:
    """Whether the branch is behind is not known then; what only reads needs no remote."""
    work.commit("feat: b")
    work.bare.rename(work.base / "away")
    before = work.state()
    assert "origin could not be asked for its branch and tags" in work.refusal("bump")
    assert work.state() == before
    assert work.run("next-version") == "1.3.0"


def test_without_a_remote_it_is_made_here(work: Worktree) -> None:
    """And cannot be pushed."""
    work.git("remote", "remove", "origin")
    work.commit("feat: b")
    assert "there is no remote to push to" in work.refusal("bump", "--push")
    assert work.run("bump").startswith("v1.3.0 is committed")


def test_nothing_to_release_is_said(work: Worktree) -> None:
    """With what a person can do."""
    assert "nothing has changed since 1.2.3" in work.refusal("bump")
    work.commit("docs: b")
    assert "commits since 1.2.3: 1, and none is a feat, fix" in work.refusal("bump")
    assert work.run("bump", "patch").startswith("v1.2.4 is committed")


def test_a_folder_without_a_repository_is_said(work: Worktree) -> None:
    """And one without a commit."""
    assert "is in no git checkout that can be read" in work.refusal("next-version", folder="..")
    work.git("init", "--quiet", "empty")
    assert "the repository has no commit yet" in work.refusal("next-version", folder="empty")


def test_branch_and_tag_are_pushed_together(work: Worktree) -> None:
    """A remote that refuses the tag gets no branch either, and the checkout is as it was; later all of it works."""
    work.commit("feat: b")
    work.hook("update", '[ "$1" = refs/heads/main ] || { echo error: no tags today >&2; exit 1; }', remote=True)
    before, there = work.state(), work.at_remote()
    said = work.refusal("bump", "--push")
    assert said.startswith("bump: origin took neither main nor v1.3.0: remote: error: no tags today; ")
    assert said.endswith("; the checkout is as it was")
    assert (work.state(), work.at_remote()) == (before, there)
    work.hook("update", "exit 0", remote=True)
    assert work.run("bump", "--push") == "v1.3.0 is committed and tagged on main; origin has both"
    tag = work.git("rev-parse", "refs/tags/v1.3.0")
    assert work.at_remote()[0] == f"refs/heads/main {work.git('rev-parse', 'HEAD')}"
    assert f"refs/tags/v1.3.0 {tag}" in work.at_remote()


def test_a_branch_is_pushed_to_what_it_follows(work: Worktree) -> None:
    """Under another name, too."""
    work.git("push", "--quiet", "origin", "main:release/1")
    work.git("switch", "--quiet", "--create", "here", "--track", "origin/release/1")
    work.commit("feat: b")
    work.run("bump", "--push")
    assert f"refs/heads/release/1 {work.git('rev-parse', 'HEAD')}" in work.at_remote()


def test_a_push_that_was_left_out_is_made_up_for(work: Worktree) -> None:
    """The same again with --push finishes it, as often as one likes; no second version is made."""
    work.commit("feat: b")
    work.run("bump", "minor")
    assert work.run("bump", "minor") == "v1.3.0 was made before; the same with --push pushes it"
    assert work.run("bump", "minor", "--push") == "v1.3.0 was made before; origin has both"
    assert work.run("bump", "minor", "--push") == "v1.3.0 was made before; origin has both"
    assert work.run("bump", "minor") == "v1.3.0 was made before"
    assert work.git("tag").split("\n") == ["v1.2.3", "v1.3.0"]


def test_a_tag_that_a_person_put_is_not_taken_for_a_bump(work: Worktree) -> None:
    """It says nothing of a changelog, so it is not pushed as if it were one."""
    work.commit("feat: b")
    work.git("tag", "v1.3.0")
    assert "nothing has changed since 1.3.0" in work.refusal("bump", "--push")


def test_a_push_whose_answer_was_lost_is_no_failure(work: Worktree) -> None:
    """The remote is asked what it has."""
    work.commit("feat: b")
    work.hook("post-receive", "kill -9 $PPID", remote=True)
    assert work.run("bump", "--push") == "v1.3.0 is committed and tagged on main; origin has both"


def test_a_remote_that_falls_silent_while_it_is_pushed_to_leaves_the_version(work: Worktree) -> None:
    """Nobody knows whether it took it: the next run finishes."""
    work.commit("feat: b")
    work.hook("pre-push", f"mv {work.bare} {work.base}/away; exit 1")
    assert "v1.3.0 is made here, and origin does not say whether it took it" in work.refusal("bump", "--push")
    (work.base / "away").rename(work.bare)
    work.hook("pre-push", "exit 0")
    assert work.run("bump", "--push") == "v1.3.0 was made before; origin has both"


@pytest.mark.parametrize("existed", [True, False])
def test_a_hook_that_refuses_the_commit_leaves_nothing(work: Worktree, existed: bool) -> None:
    """Neither a changed file nor a staged one; what the hook said is in the sentence."""
    if existed:
        (work.root / "CHANGELOG.md").write_text("# Changelog\n", "utf-8")
    work.commit("feat: b")
    work.hook("pre-commit", "echo error: not on Fridays >&2; exit 1")
    before = work.state()
    assert work.refusal("bump") == "bump: v1.3.0 could not be made: error: not on Fridays; the checkout is as it was"
    assert work.state() == before


def test_a_tag_that_cannot_be_made_takes_the_commit_back(work: Worktree) -> None:
    """Whoever signs tags, and has no key today, finds the checkout as it was."""
    work.commit("feat: b")
    work.git("config", "tag.gpgSign", "true")
    work.git("config", "gpg.program", "false")
    before = work.state()
    assert work.refusal("bump").endswith("; the checkout is as it was")
    assert work.state() == before


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_bump_that_is_stopped_half_way_leaves_nothing(work: Worktree, sent: signal.Signals) -> None:
    """While a hook runs: no file, no commit, no lock."""
    (work.root / ".gitignore").write_text("started\n", "utf-8")
    work.commit("feat: b")
    work.hook("pre-commit", SLOW)
    with work.start("bump") as process:
        until = time.monotonic() + 20
        while not (work.root / "started").exists():
            assert time.monotonic() < until
            time.sleep(0.01)
        process.send_signal(sent)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 128 + sent
    assert "Traceback" not in err
    assert (work.git("status", "--porcelain"), work.git("tag")) == ("", "v1.2.3")
    work.hook("pre-commit", "exit 0")
    assert work.run("bump").startswith("v1.3.0 is committed")


def test_a_commit_without_its_tag_is_finished(work: Worktree) -> None:
    """A run that was killed between the two is taken up: no second section, no second commit."""
    work.commit("feat: b")
    work.run("bump")
    commit = work.git("rev-parse", "HEAD")
    work.git("tag", "--delete", "v1.3.0")
    assert work.run("bump", "--push") == "v1.3.0 is committed and tagged on main; origin has both"
    assert work.git("rev-parse", "v1.3.0^{commit}") == commit


def test_notes_of_a_version_without_a_section_come_from_its_commits(work: Worktree) -> None:
    """Those between its tag and the one before, whatever came later."""
    work.commit("feat: b")
    work.git("tag", "v1.3.0")
    work.commit("fix: c")
    work.git("tag", "v1.3.1")
    assert work.run("changelog", "--version", "v1.3.0") == "### Added\n\n- b"
    assert work.git("status", "--porcelain") == ""


def test_settings_of_git_change_nothing(work: Worktree) -> None:
    """Columns, colours and signatures are for people's eyes."""
    for name, value in {"column.ui": "always", "color.ui": "always", "log.showSignature": "true"}.items():
        work.git("config", name, value)
    work.commit("feat: b")
    assert work.run("next-version") == "1.3.0"
    assert work.run("bump", "--push").startswith("v1.3.0 is committed")


def test_a_message_that_attacks_is_text(work: Worktree) -> None:
    """Through git, its log and the file."""
    work.commit(
        "feat(<b>): @octocat [x](https://evil.example.com) `$(touch pwned)` #1\n\nBREAKING CHANGE: # x\n## [9.9.9]\n"
    )
    assert work.run("next-version") == "2.0.0"
    work.run("bump")
    said = work.run("changelog", "--version", "2.0.0")
    line = (
        "- **\\<b\\>:** @\u200boctocat \\[x\\](https:\u200b//evil.example.com) \\`&#36;(touch pwned)\\` \\#\u200b1. "
        "\\# x \\#\\# \\[9.9.9\\]"
    )
    assert said == f"### Breaking\n\n{line}"
    assert not (work.root / "pwned").exists()
