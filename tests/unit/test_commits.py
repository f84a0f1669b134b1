"""What commit messages mean: Conventional Commits, pull requests, reverts."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.commits import LOG_OPTIONS, Commit, Message, messages, parse, parse_log

anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def read(subject: str, body: str = "") -> Message:
    """What a message means."""
    return parse(Commit("a" * 40, subject, body))


def texts(*commits: Commit) -> list[str]:
    """What is left of commits, newest first."""
    return [message.text for message in messages(commits)]


@pytest.mark.parametrize(
    ("subject", "kind", "scope", "text"),
    [
        ("feat: add a page", "feat", "", "add a page"),
        ("feat(api): add a page", "feat", "api", "add a page"),
        ("Fix(API): a: b", "fix", "API", "a: b"),
        ("perf():  faster", "perf", "", "faster"),
        ("feat(): x", "feat", "", "x"),
        ("build-deps: x", "build-deps", "", "x"),
        ("feat:no blank", "", "", "feat:no blank"),
        ("feat :x", "", "", "feat :x"),
        ("Say more in errors", "", "", "Say more in errors"),
        ("Merge branch 'main' into x", "", "", "Merge branch 'main' into x"),
        ("fixup! feat: x", "", "", "fixup! feat: x"),
        ("feat(a)(b): x", "", "", "feat(a)(b): x"),
        ("feat:", "", "", "feat:"),
        ("", "", "", ""),
    ],
)
def test_a_title_has_a_type_a_scope_and_a_text(subject: str, kind: str, scope: str, text: str) -> None:
    """As conventionalcommits.org 1.0 has it; whatever keeps no convention is a sentence without a type."""
    found = read(subject)
    assert (found.type, found.scope, found.text, found.breaking) == (kind, scope, text, False)


@pytest.mark.parametrize(
    ("subject", "text", "number"),
    [
        ("feat: a page (#12)", "a page", 12),
        ("A page (#12)", "A page", 12),
        ("fix: a page (#12) (#345)", "a page", 345),
        ("fix: a page (see #12)", "a page (see #12)", 0),
        ("fix: (#12) a page", "(#12) a page", 0),
        ("fix: a page (#0)", "a page (#0)", 0),
        (f"fix: a page (#{'9' * 5000})", f"a page (#{'9' * 5000})", 0),
    ],
)
def test_a_squash_merge_ends_with_its_pull_request(subject: str, text: str, number: int) -> None:
    """The last number is that of the merge; it is no part of the text."""
    assert (read(subject).text, read(subject).pull_request) == (text, number)


@pytest.mark.parametrize(
    ("subject", "body", "note"),
    [
        ("feat!: x", "", ""),
        ("chore(api)!: x", "Body.", ""),
        ("fix: x", "BREAKING CHANGE: the port is 80", "the port is 80"),
        (
            "fix: x",
            "BREAKING-CHANGE: the port\nis 80\n\nand no other\n\nReviewed-by: Ann",
            "the port is 80 and no other",
        ),
        ("fix: x", "Refs: #1\nBREAKING CHANGE: a\nRefs #2\nBREAKING CHANGE: b", "a b"),
        ("Title (#1)", "* feat: a\n\n* BREAKING CHANGE: c\n\n* fix: b\n\n---------\n\nCo-authored-by: B", "c"),
        ("feat: x", "BREAKING CHANGE: a\r\n\r\n---------\r\nmore", "a"),
        ("BREAKING CHANGE: x", "", ""),
    ],
)
def test_what_breaks_is_said_by_a_mark_or_a_footer(subject: str, body: str, note: str) -> None:
    """Of any type; the note ends where the next footer begins."""
    assert (read(subject, body).breaking, read(subject, body).note) == (True, note)


@pytest.mark.parametrize("body", ["breaking change: x", "no BREAKING CHANGE: here", "BREAKING CHANGES: x"])
def test_other_words_break_nothing(body: str) -> None:
    """The footer is in capital letters, and begins its line."""
    assert not read("fix: x", body).breaking


@pytest.mark.parametrize(
    ("subject", "scope", "text", "number"),
    [
        ('Revert "feat(api): a page (#12)" (#13)', "api", "a page", 13),
        ('Revert "Say more"', "", "Say more", 0),
        ("revert: feat(api): a page", "api", "a page", 0),
        ("revert(web): a page (#13)", "web", "a page", 13),
    ],
)
def test_a_revert_has_the_text_of_what_it_takes_back(subject: str, scope: str, text: str, number: int) -> None:
    """Whether git's title, GitHub's, or a conventional one says so."""
    found = read(subject)
    assert (found.type, found.scope, found.text, found.pull_request) == ("revert", scope, text, number)


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ('Revert "feat: a"', f"This reverts commit {'1' * 40}."),
        ('Revert "feat: a" (#13)', "Reverts acme/api#12"),
        ("revert: feat: a", ""),
        ("revert: the page", f"Refs: {'1' * 7}"),
    ],
)
def test_a_commit_and_its_revert_are_both_left_out(subject: str, body: str) -> None:
    """Found by hash or by title, whatever number the title ends with."""
    undone = Commit("1" * 40, "feat: a (#12)")
    assert texts(Commit("3" * 40, "fix: b"), Commit("2" * 40, subject, body), undone) == ["b"]


def test_a_revert_of_something_older_stays() -> None:
    """What was released is taken back in this version, which people want to read."""
    assert texts(Commit("2" * 40, 'Revert "feat: a"', f"This reverts commit {'1' * 40}.")) == ["a"]


def test_what_a_revert_of_a_revert_brings_back_counts() -> None:
    """The two of them cancel out."""
    again = Commit("3" * 40, 'Revert "Revert "feat: a""', f"This reverts commit {'2' * 40}.")
    back = Commit("2" * 40, 'Revert "feat: a"', f"This reverts commit {'1' * 40}.")
    assert texts(again, back, Commit("1" * 40, "feat: a")) == ["a"]


def test_one_revert_takes_back_one_commit() -> None:
    """Of two with the same title the last one goes; a later one that brings it again stays."""
    first, revert, again = Commit("1" * 40, "fix: a"), Commit("3" * 40, "revert: fix: a"), Commit("4" * 40, "fix: a")
    older = [Commit("2" * 40, "fix: a"), first]
    assert [message.commit.hash[0] for message in messages([again, revert, *older])] == ["4", "1"]
    assert messages([revert, revert, *older]) == []


@given(st.lists(st.builds(Commit, st.text("0123456789abcdef", min_size=40, max_size=40), anything, anything)))
def test_no_message_is_refused(commits: list[Commit]) -> None:
    """Whatever people write is read, and nothing is made up."""
    found = messages(commits)
    assert {message.commit.hash for message in found} <= {commit.hash for commit in commits}


@given(st.lists(st.builds(Commit, st.just("a" * 40), anything, anything, anything, anything)))
def test_a_log_is_read_as_it_was_written(commits: list[Commit]) -> None:
    """Whatever stands in a message, but for the byte that none can hold."""
    rows = [f"{c.hash}\0{c.author}\0{c.email}\0{c.subject}\0{c.body}\0\n" for c in commits]
    assert parse_log("".join(rows)) == commits


def test_a_log_that_was_cut_is_no_log() -> None:
    """Half a commit is none."""
    with pytest.raises(ValueError, match="ends within a commit"):
        parse_log("a\0b\0c")


def test_the_options_make_git_print_such_a_log(tmp_path: Path) -> None:
    """For real: separators of other tools, blank lines and letters come through, merges are left out."""

    def git(*arguments: str, told: str = "") -> str:
        names = ["-c", "user.name=Zoë", "-c", "user.email=z@example.com", "-c", "log.showSignature=true"]
        command = ["git", *names, *arguments]
        return subprocess.run(command, cwd=tmp_path, input=told, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet", "--initial-branch=main")
    git("commit", "--allow-empty", "--cleanup=verbatim", "--file=-", told="feat: é\x1e\x1f\t☃\n\nBody\n\n\nof more\n")
    git("switch", "--quiet", "--create", "other")
    git("commit", "--allow-empty", "--message", "fix: x")
    git("switch", "--quiet", "main")
    git("merge", "--quiet", "--no-ff", "--no-edit", "other")
    newer, older = parse_log(git("log", *LOG_OPTIONS))
    assert (newer.subject, newer.body) == ("fix: x", "")
    assert (older.subject, older.body) == ("feat: é\x1e\x1f\t☃", "Body\n\n\nof more\n")
    assert (older.author, older.email) == ("Zoë", "z@example.com")
