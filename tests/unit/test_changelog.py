"""The changelog: what people wrote, what commits add, and what no message can make of it."""

import datetime as dt
import html
import re

import pytest
import semver
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.changelog import NOTHING, ChangelogError, has, notes, released, section
from pipeline.policy.commits import Commit
from pipeline.policy.markdown import escape, link
from pipeline.policy.sites import Site
from pipeline.policy.text import clean

URL = "https://github.com/acme/api"
DAY = dt.date(2026, 3, 31)
NEXT = semver.Version(1, 3, 0)
HEAD = "# Changelog\n\nAll notable changes.\n\n"
FIRST = "## [1.2.3] - 2026-01-02\n\n### Added\n\n- A.\n"

anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
commit_lists = st.lists(
    st.builds(
        Commit,
        st.text("0123456789abcdef", min_size=40, max_size=40),
        st.builds("{}{}".format, st.sampled_from(["feat: ", "fix(a): ", "perf!: ", ""]), anything),
        anything,
        anything,
        st.just("") | st.just("1+ann@users.noreply.github.com"),
    ),
    max_size=4,
)


def commit(subject: str, body: str = "", email: str = "ann@example.com") -> Commit:
    """A commit of Ann's."""
    return Commit("0123456789" * 4, subject, body, "Ann", email)


def body(*commits: Commit, written: str = "", url: str = "") -> str:
    """The section of a version without its heading."""
    return section(NEXT, DAY, commits, [written], url).split("\n\n", 1)[1]


def update(text: str, *commits: Commit, version: str = "1.3.0", url: str = "", previous: str = "v1.2.3") -> str:
    """A changelog with another version."""
    return released(text, semver.Version.parse(version), DAY, commits, url, previous)


def test_commits_stand_under_their_headings_breaking_changes_first() -> None:
    """Oldest first; what users do not notice is left out."""
    found = body(
        commit("chore: z"),
        commit("revert: feat: y"),
        commit("feat(web): x", "BREAKING CHANGE: tokens are new"),
        commit("fix: w"),
        commit("perf(api): v"),
        commit("feat: u"),
        commit("A sentence"),
        commit("refactor!: t"),
    )
    assert found == (
        "### Breaking\n\n- t\n- **web:** x. tokens are new\n\n### Added\n\n- u\n\n"
        "### Changed\n\n- **api:** v\n- Reverted: y\n\n### Fixed\n\n- w"
    )


def test_the_heading_is_the_version_and_the_day() -> None:
    """As Keep a Changelog has it; and where nothing is to be said, that is said."""
    assert section(NEXT, DAY, []) == f"## [1.3.0] - 2026-03-31\n\n{NOTHING}"


def test_with_an_address_there_are_links() -> None:
    """To the pull request, else the commit, and to the author whose address at the site is known."""
    email = "12+ann-b@users.noreply.github.com"
    assert body(commit("fix: a (#12)", email=email), url=URL).endswith(
        "- a ([#12](https://github.com/acme/api/pull/12), [Ann](https://github.com/ann-b))"
    )
    assert body(commit("fix: a"), url=URL).endswith(f"- a ([0123456]({URL}/commit/{'0123456789' * 4}), Ann)")
    assert body(commit("fix: a (#12)", email=email)) == "### Fixed\n\n- a (#12)"


def test_what_a_person_wrote_comes_first_and_word_by_word() -> None:
    """Under its own headings in their order, of whatever spelling; commits go on with the list."""
    written = (
        "Hello *there*.\n\n### Security\n- S <b>\n\n### ⚠ BREAKING CHANGES\n\nText.\n\n### Added\n\n"
        "- One\n  and more.\n\n### Removed\n\n\n### Own\n\n```\n### Fixed\n```\n"
    )
    assert body(commit("feat: n"), commit("fix: m"), commit("fix!: l"), written=written) == (
        "Hello *there*.\n\n### Fixed\n\n- m\n\n### Security\n\n- S <b>\n\n### ⚠ BREAKING CHANGES\n\nText.\n\n- l\n\n"
        "### Added\n\n- One\n  and more.\n- n\n\n### Own\n\n```\n### Fixed\n```"
    )


@pytest.mark.parametrize(
    ("written", "subject", "repeated"),
    [
        ("- See #12.", "feat: add a page (#12)", False),
        (f"- See [it]({URL}/pull/12).", "feat: add a page (#12)", False),
        ("- See #123.", "feat: add a page (#12)", True),
        ("- See other#12.", "feat: add a page (#12)", True),
        ("- **api:** Add a Page, which was missing.", "feat: add a page", False),
        ("- Add a pageant", "feat: add a page", True),
        ("- There is a new page", "fix: page", True),
        ("- Page.", "fix: page", False),
        ("- Page", "fix: !", True),
    ],
)
def test_what_a_person_speaks_of_is_not_repeated(written: str, subject: str, repeated: bool) -> None:
    """By the pull request, or by the words of the title; a word or two stand anywhere by chance."""
    found = body(commit(subject), written=written)
    assert (found != written) == repeated
    assert found.startswith(written)


def test_a_changelog_gets_the_new_version_above_the_others() -> None:
    """What was unreleased is in it, `Unreleased` stays and is empty, and all the rest is as it was."""
    rest = f"{FIRST}\n## [1.2.2]\n\nText\n\n```\n## [Unreleased]\n```\n\n[own]: https://example.com\n"
    text = f"{HEAD}## [Unreleased]\n\n### Added\n\n- By hand.\n\n{rest}"
    assert update(text, commit("feat: n")) == (
        f"{HEAD}## [Unreleased]\n\n## [1.3.0] - 2026-03-31\n\n### Added\n\n- By hand.\n- n\n\n{rest}"
    )


@pytest.mark.parametrize("text", ["", "\n"])
def test_a_changelog_that_is_not_there_is_begun(text: str) -> None:
    """With a head that says what it is."""
    found = update(text, commit("feat: n"))
    assert found.startswith("# Changelog\n\nAll notable changes")
    assert found.endswith("## [Unreleased]\n\n## [1.3.0] - 2026-03-31\n\n### Added\n\n- n\n")


def test_a_changelog_without_unreleased_gets_one() -> None:
    """Below its head."""
    assert update(f"{HEAD}{FIRST}").startswith(
        f"{HEAD}## [Unreleased]\n\n## [1.3.0] - 2026-03-31\n\n{NOTHING}\n\n{FIRST}"
    )


def test_addresses_at_the_end_compare_each_version_with_the_one_before() -> None:
    """The new one is added and that of `Unreleased` renewed; others stay."""
    old = f"[own]: https://example.com\n[unreleased]: {URL}/compare/v1.2.3...HEAD\n[1.2.3]: {URL}/releases/tag/v1.2.3\n"
    assert update(f"{HEAD}## [Unreleased]\n\n{FIRST}\n{old}", url=URL).endswith(
        f"- A.\n\n[Unreleased]: {URL}/compare/v1.3.0...HEAD\n[1.3.0]: {URL}/compare/v1.2.3...v1.3.0\n"
        f"[own]: https://example.com\n[1.2.3]: {URL}/releases/tag/v1.2.3\n"
    )
    assert update("", url=URL, previous="").endswith(f"\n[1.3.0]: {URL}/releases/tag/v1.3.0\n")


def test_a_release_takes_in_what_its_candidates_said() -> None:
    """Who reads of it comes from the release before: one section, nothing twice, and no address of a candidate."""
    text = f"{HEAD}## [Unreleased]\n\n### Added\n\n- By hand.\n\n{FIRST}"
    one = update(text, commit("feat: n"), version="1.3.0-rc.1", url=URL)
    two = update(one, commit("fix: m"), version="1.3.0-rc.2", url=URL, previous="v1.3.0-rc.1")
    assert two.index("## [1.3.0-rc.2]") < two.index("## [1.3.0-rc.1]") < two.index("## [1.2.3]")
    final = update(two, commit("fix: m"), commit("feat: n"), url=URL)
    assert "rc" not in final
    said = notes(final, NEXT)
    assert [line[:12] for line in said.split("\n") if line] == [
        "### Added",
        "- By hand.",
        "- n ([012345",
        "### Fixed",
        "- m ([012345",
    ]


def test_a_version_that_is_there_is_left_as_it_is() -> None:
    """On another day too; but not where something is missing in it."""
    once = update(f"{HEAD}## [Unreleased]\n\n- By hand.\n\n{FIRST}", commit("feat: n"))
    assert released(once, NEXT, dt.date(2026, 4, 1), [commit("feat: n")]) == once
    with pytest.raises(ChangelogError, match=r"a section for 1\.3\.0 already, and this is not in it: '- m'"):
        update(once, commit("fix: m"), commit("feat: n"))
    with pytest.raises(ChangelogError, match=r"is not in it: '## \[Unreleased\]'; put it there by hand"):
        update(once.replace("## [Unreleased]\n", "## [Unreleased]\n\n- New.\n"), commit("feat: n"))


@given(commit_lists, st.just("") | st.just(URL))
def test_a_second_run_changes_nothing(commits: list[Commit], url: str) -> None:
    """Whatever the commits say."""
    once = update(f"{HEAD}## [Unreleased]\n\n### Added\n\n- By hand.\n\n{FIRST}", *commits, url=url)
    assert update(once, *commits, url=url) == once
    assert has(once, NEXT)


@given(commit_lists, st.just("") | st.just(URL))
def test_no_message_makes_a_heading_or_changes_another_version(commits: list[Commit], url: str) -> None:
    """Every commit is one line below the headings that are ours."""
    text = update(f"{HEAD}## [Unreleased]\n\n{FIRST}", *commits, url=url)
    lines = notes(text, NEXT).split("\n")
    headings = {"### Breaking", "### Added", "### Changed", "### Fixed", NOTHING, ""}
    assert all(line in headings or line.startswith("- ") for line in lines)
    assert notes(text, semver.Version(1, 2, 3)) == "### Added\n\n- A.\n"


def test_line_ends_stay_those_of_the_file() -> None:
    """A file of Windows stays one."""
    text = f"{HEAD}## [Unreleased]\n\n- By hand.\n\n{FIRST}"
    found = update(text.replace("\n", "\r\n"), commit("feat: n"))
    assert found.replace("\r\n", "\n") == update(text, commit("feat: n"))
    assert not re.search(r"[^\r]\n", found)
    assert update(found, commit("feat: n")) == found


def test_notes_are_what_a_version_says() -> None:
    """Without its heading and without addresses; a version that is not there has none."""
    text = f"{HEAD}## Unreleased\n\n- B.\n\n## v1.2.3 (2026-01-02)\n\n### Added\n\n- A.\n\n[1.2.3]: {URL}\n"
    assert notes(text, semver.Version(1, 2, 3)) == "### Added\n\n- A.\n"
    with pytest.raises(ChangelogError, match=r"CHANGELOG\.md has no section for 1\.3\.0; `pipeline bump` writes one"):
        notes(text, NEXT)


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- hidden",
    "&lt;b&gt; &#60;b&#62;",
    "[click](https://evil.example.com)",
    "![image](https://evil.example.com/a.png)",
    "[1.2.3]: https://evil.example.com",
    "<https://evil.example.com>",
    "https://evil.example.com www.evil.example.com",
    "ann@evil.example.com",
    "@octocat and @acme/everybody",
    "#12 and acme/api#12 and GH-12",
    "`code` ``` fence ~~~",
    "**bold** *it* __b__ _i_ ~~gone~~",
    "# Heading",
    "- list",
    "+ list",
    "1. list",
    "1) list",
    "> quote",
    "| a | b |",
    "---",
    "===",
    "$x$ $$y$$",
    "[ ] task",
    "back\\",
    "tab\there\rthere\x0bthen\x85now\u2028next\u2029last",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x00 \x08 \u202egnp.exe",
]


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize(
    "shape", ["feat: {}", "feat({}): x", 'Revert "{}"', "fix: x\n\nBREAKING CHANGE: {}", "feat: {0} {0}"]
)
def test_commit_messages_are_text(attack: str, shape: str) -> None:
    """In title, scope, note and quoted title: no markup, link, mention, reference or line of their own."""
    markdown = pytest.importorskip("markdown_it", reason="Markdown as a reader sees it: left out, no parser is here")
    subject, _, rest = shape.partition("\n\n")
    said = re.sub("[()]", "", attack) if "({})" in shape else attack
    found = body(Commit("a" * 40, subject.format(said), rest.format(said), said, "a@example.com"), commit("fix: last"))
    parser = markdown.MarkdownIt("commonmark").enable(["table", "strikethrough"])
    shown = re.sub(r"</?(?:ul|li|h3|p|strong)>", "", parser.render(found))
    assert "<" not in shown
    assert "".join(clean(said).split()) in "".join(html.unescape(shown).replace("\u200b", "").split())
    assert found.endswith("- last")
    assert not re.search(r"[@#]\w|GH-\d|\w://|www\.", html.unescape(shown))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]", found)


@pytest.mark.parametrize(
    "text", ["a_b and a-b and x.y (z): c, d! 1.2.3 e=f", "naïve ünïcode 日本語", "C++", 'don\'t "quote"', "50% + 1"]
)
def test_plain_text_stays_readable(text: str) -> None:
    """People read the file as it stands too."""
    assert escape(text) == text


def test_a_formula_is_none() -> None:
    """GitHub reads a dollar sign as one even behind a backslash."""
    assert escape("$x$") == "&#36;x&#36;"


@given(st.text(st.characters(exclude_categories=[])))
def test_an_escaped_text_is_one_line(text: str) -> None:
    """Whatever it was, and it can be written to a file."""
    assert len(escape(text).encode().decode().splitlines()) <= 1


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://example.com/a b", "https://example.com/)](x", ""])
def test_only_plain_addresses_make_links(url: str) -> None:
    """Others leave the text."""
    assert link("[A]", url) == "\\[A\\]"
    assert link("A", "https://example.com/a") == "[A](https://example.com/a)"


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("https://github.com/acme/api.git", URL),
        ("https://ann:token@github.com/acme/api", URL),
        ("https://token@github.com/acme/api.git/", URL),
        ("git@github.com:acme/api.git", URL),
        ("ssh://git@github.com/acme/api.git", URL),
        ("ssh://git@github.com:2222/acme/api", URL),
        ("git://github.com/acme/api", URL),
        ("http://git.example.com:3000/acme/api.git", "http://git.example.com:3000/acme/api"),
        ("/srv/git/api.git", ""),
        ("../api", ""),
        ("file:///srv/git/api.git", ""),
        ("work:acme/api", ""),
        ("C:/acme/api", ""),
        ("https://github.com/acme/api)](https://evil.example.com", ""),
        ("", ""),
    ],
)
def test_a_remote_has_a_page_without_anybodys_password(remote: str, url: str) -> None:
    """However git spells it; a folder has none."""
    assert Site.of(remote).url == url


@pytest.mark.parametrize(
    "email", ["ann@example.com", "1+ann@users.noreply.example.com", "a/b@users.noreply.github.com", ""]
)
def test_only_addresses_of_the_site_name_somebody_there(email: str) -> None:
    """A real address is never turned into a name."""
    assert Site(URL).author(email) == ""
    assert Site(URL).author("ann@users.noreply.github.com") == "https://github.com/ann"
