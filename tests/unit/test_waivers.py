"""Waivers: what the file may say, and which findings an entry speaks of."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.findings import Finding, Kind, Severity
from pipeline.policy.waivers import SECTIONS, Waiver, parse_waivers

END = dt.datetime(2026, 12, 31, tzinfo=dt.UTC)
ENTRY = "id: CVE-1, statement: why, expired_at: 2026-12-31"


def one(text: str) -> Waiver:
    """The only waiver of a file with one entry among the vulnerabilities."""
    (waiver,) = parse_waivers(f"vulnerabilities: [{{{text}}}]")
    return waiver


def waiver(paths: tuple[str, ...] = (), purls: tuple[str, ...] = (), kind: Kind = Kind.VULNERABILITY) -> Waiver:
    """A waiver of CVE-1."""
    return Waiver(kind=kind, id="CVE-1", statement="why", expires=END, paths=paths, purls=purls)


def finding(path: str = "", purl: str = "", kind: Kind = Kind.VULNERABILITY, name: str = "CVE-1") -> Finding:
    """What it speaks of."""
    return Finding(kind=kind, id=name, severity=Severity.HIGH, path=path, purl=purl)


def test_an_entry_is_read_whole() -> None:
    """As Trivy's documentation writes them."""
    text = """
vulnerabilities:
  - id: CVE-1
    statement: >
      Only the tests
      use it.
    expired_at: 2026-12-31
    paths: ["app/**/package.json"]
    purls: ["pkg:npm/minimist@1.2.5"]
"""
    assert parse_waivers(text) == [
        Waiver(
            kind=Kind.VULNERABILITY,
            id="CVE-1",
            statement="Only the tests use it.",
            expires=END,
            paths=("app/**/package.json",),
            purls=("pkg:npm/minimist@1.2.5",),
        )
    ]


@pytest.mark.parametrize(("section", "kind"), SECTIONS.items())
def test_every_kind_of_finding_has_a_section(section: str, kind: Kind) -> None:
    """Four are Trivy's; files are ours."""
    assert [found.kind for found in parse_waivers(f"{section}: [{{{ENTRY}, paths: [a]}}]")] == [kind]


def test_no_kind_is_without_a_section() -> None:
    """What can fail can be waived."""
    assert set(SECTIONS.values()) == set(Kind)


@pytest.mark.parametrize(
    "text", ["", "\n", "# nothing\n", "---\n", "{}", "vulnerabilities:\n", "secrets: []\nfiles:\n"]
)
def test_a_file_without_entries_waives_nothing(text: str) -> None:
    """An empty section is one that somebody will need again."""
    assert parse_waivers(text) == []


@pytest.mark.parametrize(
    ("written", "expires"),
    [
        ("2026-12-31", END),
        ("'2026-12-31'", END),
        ("2026-12-31T06:00:00Z", END.replace(hour=6)),
        ("2026-12-31 06:00:00", END.replace(hour=6)),
        ("2026-12-31T06:00:00+02:00", END.replace(hour=4)),
    ],
)
def test_a_date_is_its_first_moment_in_utc(written: str, expires: dt.datetime) -> None:
    """As Trivy reads it; a time without a zone is UTC too."""
    assert one(f"id: CVE-1, statement: why, expired_at: {written}").expires == expires


def test_a_waiver_holds_until_its_end() -> None:
    """At the end itself it does not."""
    assert not waiver().expired(END - dt.timedelta(microseconds=1))
    assert waiver().expired(END)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("vulnerabilities:\n  - id: [", "the waivers are no YAML: line 2: "),
        ("\x00", "the waivers are no YAML: "),
        ("[" * 10_000, "the waivers are no YAML: "),
        ("files: []\nfiles: []", "the waivers are no YAML: line 2: 'files' stands twice"),
        (f"files:\n- {{{ENTRY}, id: b}}", "the waivers are no YAML: line 2: 'id' stands twice"),
        ("- id: CVE-1", "the waivers must be a mapping of sections: vulnerabilities, "),
        ("CVE-1", "the waivers must be a mapping of sections: vulnerabilities, "),
        ("vulnerability: []", "the waivers have a section 'vulnerability'; the sections are vulnerabilities, "),
        ("files: x", "the section files of the waivers must be a list of entries"),
        ("files: {a: b}", "the section files of the waivers must be a list of entries"),
        (f"licenses: [{{{ENTRY}}}, x]", "waiver 2 of licenses is no mapping; it needs id, statement, expired_at"),
        ("files: [{statement: why, expired_at: 2026-12-31}]", "waiver 1 of files has no id; a waiver needs"),
        ("files: [{id: a, expired_at: 2026-12-31}]", "waiver 1 of files (a) has no statement; a waiver needs"),
        ("files: [{id: a, statement: ' ', expired_at: 2026-12-31}]", "waiver 1 of files (a) has no statement; "),
        ("files: [{id: a, statement: why}]", "waiver 1 of files (a) has no expired_at; a waiver needs"),
        ("files: [{id: a, statement: why, expires_at: 2026-12-31}]", "(a) has a key 'expires_at' that nobody reads"),
        ("files: [{id: 5, statement: why, expired_at: 2026-12-31}]", "waiver 1 of files has 5 as id, which is no text"),
        (
            "files: [{id: a, statement: why, expired_at: 2026-02-30}]",
            "(a) has '2026-02-30' as expired_at, which is no date",
        ),
        ("files: [{id: a, statement: why, expired_at: soon}]", "(a) has 'soon' as expired_at, which is no date"),
        ("files: [{id: a, statement: why, expired_at: 0001-01-01T00:00:00+02:00}]", "as expired_at, which is no date"),
        (f"licenses: [{{{ENTRY}, paths: a}}]", "(CVE-1) has 'a' as paths; give a list of texts"),
        (f"licenses: [{{{ENTRY}, paths: []}}]", "(CVE-1) has [] as paths; give a list of texts, or leave it out"),
        (f"files: [{{{ENTRY}, paths: [1]}}]", "(CVE-1) has [1] as paths; give a list of texts"),
        (f"files: [{{{ENTRY}, paths: ['a[']}}]", "(CVE-1) has 'a[' in paths, which is no pattern"),
        (
            f"licenses: [{{{ENTRY}, purls: ['pkg:npm/a']}}]",
            "(CVE-1) has purls, which only vulnerabilities know; use paths",
        ),
        (f"vulnerabilities: [{{{ENTRY}, purls: ['npm/a']}}]", "(CVE-1) has 'npm/a' in purls, which is no package URL"),
        (f"licenses: [{{{ENTRY}}}, {{{ENTRY}}}]", "the waiver of CVE-1 stands twice in licenses; leave one of them"),
        (
            f"files: [{{{ENTRY}, paths: [a, b]}}, {{{ENTRY}, paths: [b, a]}}]",
            "the waiver of CVE-1 for b, a stands twice in files",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, sentence: str) -> None:
    """The sentence names the entry and what is wrong with it."""
    with pytest.raises(ValueError, match=r"waiver") as error:
        parse_waivers(text)
    assert sentence in str(error.value)


def test_an_id_may_stand_twice_for_different_places() -> None:
    """Each with its own reason and end."""
    assert len(parse_waivers(f"licenses: [{{{ENTRY}}}, {{{ENTRY}, paths: [a]}}, {{{ENTRY}, paths: [b]}}]")) == 3


@pytest.mark.parametrize("section", ["secrets", "files"])
def test_a_waiver_of_a_rule_names_the_files(section: str) -> None:
    """Else it would cover those that nobody has written yet."""
    sentence = f"waiver 1 of {section} (CVE-1) has no paths; name the files, since a rule alone would cover every file"
    with pytest.raises(ValueError, match=re.escape(sentence)):
        parse_waivers(f"{section}: [{{{ENTRY}}}]")
    with pytest.raises(ValueError, match=r"has \[\] as paths; give a list of texts$"):
        parse_waivers(f"{section}: [{{{ENTRY}, paths: []}}]")


def test_what_lies_in_no_file_has_a_path_too() -> None:
    """A secret in the settings of an image can be waived, and nothing else with it."""
    (found,) = parse_waivers(f"secrets: [{{{ENTRY}, paths: [/]}}]")
    assert found.matches(finding(kind=Kind.SECRET))
    assert not found.matches(finding("a", kind=Kind.SECRET))


def test_a_waiver_is_called_by_what_it_speaks_of() -> None:
    """Two of the same id can be told apart."""
    assert waiver(("a", "b"), ("pkg:npm/c",)).name == "CVE-1 for a, b, pkg:npm/c"


def test_a_waiver_without_a_place_holds_everywhere() -> None:
    """Whatever the path or package."""
    assert waiver().matches(finding("a/b", "pkg:npm/a@1"))


@pytest.mark.parametrize("other", [finding(name="CVE-2"), finding(name="cve-1"), finding(kind=Kind.SECRET)])
def test_another_id_or_kind_is_not_meant(other: Finding) -> None:
    """Ids are compared as they are written, as Trivy does."""
    assert not waiver().matches(other)


@pytest.mark.parametrize("written", ["DS-0002", "AVD-DS-0002"])
def test_a_check_has_its_old_name_too(written: str) -> None:
    """As Trivy 0.74 reads them."""
    (found,) = parse_waivers(f"misconfigurations: [{{id: {written}, statement: why, expired_at: 2026-12-31}}]")
    assert found.matches(finding(kind=Kind.MISCONFIGURATION, name="DS-0002"))


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("a.js", "a.js", True),
        ("a.js", "aXjs", False),
        ("/app/conf/id.ini", "app/conf/id.ini", True),
        ("*.js", "a.js", True),
        ("*.js", "b/a.js", False),
        ("**/*.js", "a.js", True),
        ("**/*.js", "b/c/a.js", True),
        ("**", "b/c/a.js", True),
        ("b/**", "b/c/a.js", True),
        ("b/**", "b", True),
        ("b/**", "bc/a.js", False),
        ("b/**/a.js", "b/a.js", True),
        ("b/**/a.js", "b/c/d/a.js", True),
        ("b/**.js", "b/c/a.js", False),
        ("?.js", "a.js", True),
        ("b?a.js", "b/a.js", False),
        ("[a-c].js", "b.js", True),
        ("[!a-c].js", "b.js", False),
        ("[^a-c].js", "d.js", True),
        ("[*].js", "*.js", True),
        ("{a,b}.js", "b.js", True),
        ("{a,b}.js", "c.js", False),
        ("{a,b/**}/c.js", "b/d/c.js", True),
        (r"\*.js", "*.js", True),
        (r"\*.js", "a.js", False),
        ("a,b", "a,b", True),
        ("A.js", "a.js", False),
    ],
)
def test_paths_are_patterns_of_doublestar(pattern: str, path: str, matches: bool) -> None:
    """Each was tried with doublestar 4.10.4, which Trivy uses, but for the slash at the start."""
    assert waiver(paths=(pattern,)).matches(finding(path)) is matches


@pytest.mark.parametrize("pattern", ["[", "[]", "a[b", "[c-a]", "{", "{a", "a}", "{a}}", "a\\"])
def test_a_pattern_that_is_not_closed_is_refused(pattern: str) -> None:
    """It would match nothing for ever."""
    with pytest.raises(ValueError, match=r"in paths, which is no pattern"):
        one(f"{ENTRY}, paths: ['{pattern}']")


def test_one_path_of_several_is_enough() -> None:
    """And one package."""
    assert waiver(paths=("x", "a")).matches(finding("a"))
    assert waiver(purls=("pkg:npm/x", "pkg:npm/a")).matches(finding(purl="pkg:npm/a@1"))


@pytest.mark.parametrize(
    ("wanted", "purl", "matches"),
    [
        ("pkg:npm/a@1", "pkg:npm/a@1", True),
        ("pkg:npm/a@1", "pkg:npm/a@2", False),
        ("pkg:npm/a", "pkg:npm/a@2", True),
        ("pkg:npm/a", "pkg:npm/ab@2", False),
        ("pkg:npm/a", "", False),
        ("pkg:npm/%40b/a", "pkg:npm/%40b/a@2", True),
        ("pkg:npm/@b/a", "pkg:npm/%40b/a@2", True),
        ("pkg:golang/golang.org/x/net@v1.0.0", "pkg:golang/golang.org/x/net@v1.0.0", True),
        ("pkg:deb/debian/curl", "pkg:deb/debian/curl@8-2?arch=amd64&distro=debian-13.1", True),
        ("pkg:deb/debian/curl@8-2", "pkg:deb/debian/curl@8-2?arch=amd64&distro=debian-13.1", True),
        ("pkg:deb/debian/curl?distro=debian-13.1", "pkg:deb/debian/curl@8-2?arch=amd64&distro=debian-13.1", True),
        ("pkg:deb/debian/curl?arch=arm64", "pkg:deb/debian/curl@8-2?arch=amd64&distro=debian-13.1", False),
        ("pkg:golang/a#sub", "pkg:golang/a@1#sub", True),
        ("pkg:golang/a#sub", "pkg:golang/a@1", False),
    ],
)
def test_a_package_url_leaves_open_what_it_leaves_out(wanted: str, purl: str, matches: bool) -> None:
    """Version, qualifiers and subpath, as in Trivy."""
    assert waiver(purls=(wanted,)).matches(finding(purl=purl)) is matches


def test_path_and_package_must_both_match() -> None:
    """Each narrows the waiver down."""
    both = waiver(("a",), ("pkg:npm/a",))
    assert both.matches(finding("a", "pkg:npm/a@1"))
    assert not both.matches(finding("b", "pkg:npm/a@1"))
    assert not both.matches(finding("a", "pkg:npm/b@1"))


@given(st.text(alphabet="ab/*?[]{},!^-\\.", min_size=1), st.text(alphabet="ab/.-"))
def test_any_pattern_is_read_or_refused(pattern: str, path: str) -> None:
    """Nothing but a ValueError comes out."""
    quoted = pattern.replace("\\", "\\\\")
    try:
        found = one(f'{ENTRY}, paths: ["{quoted}"]')
    except ValueError:
        return
    assert found.matches(finding(path)) in {True, False}


@given(st.text(alphabet="ab.-/", min_size=1).filter(lambda path: path.strip("/")))
def test_a_path_without_wildcards_matches_itself(path: str) -> None:
    """And no other."""
    assert waiver(paths=(path,)).matches(finding(path))
    assert not waiver(paths=(path,)).matches(finding(f"{path}x"))


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but a ValueError comes out."""
    try:
        found = parse_waivers(text)
    except ValueError:
        return
    assert all(each.statement for each in found)
