"""JUnit and coverage, as gotestsum 1.13, Go 1.26 and Vitest 4 write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.results import Case, Outcome
from pipeline.policy.tests import go_coverage, istanbul_coverage, parse_junit

GOTESTSUM = """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="2" errors="1" time="0.145720">
	<testsuite tests="0" failures="0" time="0.000000" name="example.com/shop/broken" timestamp="2026-11-25T02:45:34Z">
		<properties>
			<property name="go.version" value="go1.26.8 linux/amd64"></property>
		</properties>
		<testcase classname="" name="TestMain" time="0.000000">
			<failure message="Failed" type="">FAIL&#x9;example.com/shop/broken [build failed]&#xA;</failure>
		</testcase>
	</testsuite>
	<testsuite tests="3" failures="1" skipped="1" time="0.003000" name="example.com/shop/store">
		<testcase classname="example.com/shop/store" name="TestTriple" time="0.250000">
			<failure message="Failed" type="">    store_test.go:13: want &lt;9&gt; &amp; more&#xA;</failure>
		</testcase>
		<testcase classname="example.com/shop/store" name="TestLater" time="0.000000">
			<skipped message="    store_test.go:18: needs a database&#xA;"></skipped>
		</testcase>
		<testcase classname="example.com/shop/store" name="TestDouble" time="0.000000"></testcase>
	</testsuite>
</testsuites>
"""
VITEST = """\
<?xml version="1.0" encoding="UTF-8" ?>
<testsuites name="vitest tests" tests="3" failures="2" errors="0" time="0.010003177">
    <testsuite name="a.test.ts" hostname="vm" tests="3" failures="1" errors="0" skipped="1" time="0.006043968">
        <testcase classname="a.test.ts" name="prices &gt; adds up" time="0.001275865">
        </testcase>
        <testcase classname="a.test.ts" name="prices &gt; keeps &lt;cents&gt;" time="0.003689033">
            <failure message="expected 0.30000000000000004 to be 0.3" type="AssertionError">
AssertionError: expected 0.30000000000000004 to be 0.3 // Object.is equality

- Expected
+ Received
            </failure>
        </testcase>
        <testcase classname="a.test.ts" name="prices &gt; is rounded" time="0">
            <skipped/>
        </testcase>
    </testsuite>
    <testsuite name="b.test.ts" hostname="vm" tests="1" failures="1" errors="0" skipped="0" time="0">
        <testcase classname="b.test.ts" name="b.test.ts" time="0">
            <failure message="Cannot find module &apos;./nope&apos;" type="Error">
            </failure>
        </testcase>
    </testsuite>
</testsuites>
"""
PROFILE = """\
mode: atomic
example.com/shop/store/store.go:3.24,4.11 1 2
example.com/shop/store/store.go:4.11,6.3 1 0
example.com/shop/store/store.go:7.2,9.14 2 2
"""
EMPTY = '<testsuites name="vitest tests" tests="0" failures="0" errors="0" time="0">\n</testsuites>'


def test_tests_of_go_are_read() -> None:
    """Passed, failed with what was printed, and skipped; a package that did not compile is a test that failed."""
    broken, *others = parse_junit(GOTESTSUM)
    assert (broken.outcome, broken.message) == (Outcome.FAILED, "FAIL\texample.com/shop/broken [build failed]")
    assert others == [
        Case(
            suite="example.com/shop/store",
            name="TestTriple",
            outcome=Outcome.FAILED,
            seconds=0.25,
            message="store_test.go:13: want <9> & more",
        ),
        Case(suite="example.com/shop/store", name="TestLater", outcome=Outcome.NONE),
        Case(suite="example.com/shop/store", name="TestDouble", outcome=Outcome.PASSED),
    ]


def test_tests_of_vitest_are_read() -> None:
    """A file that could not be loaded is a test that failed, and says why although its body is empty."""
    adds, keeps, rounded, broken = parse_junit(VITEST)
    assert adds == Case(suite="a.test.ts", name="prices > adds up", outcome=Outcome.PASSED, seconds=0.001275865)
    assert (keeps.name, keeps.outcome) == ("prices > keeps <cents>", Outcome.FAILED)
    assert keeps.message.splitlines()[0].startswith("AssertionError: expected 0.30000000000000004")
    assert rounded.outcome is Outcome.NONE
    assert (broken.outcome, broken.message) == (Outcome.FAILED, "Cannot find module './nope'")


def test_an_error_counts_as_a_failure() -> None:
    """JUnit knows both; of two that stand together one speaks."""
    (case,) = parse_junit('<testsuite><testcase name="a"><error message="boom"/></testcase></testsuite>')
    assert (case.outcome, case.message) == (Outcome.FAILED, "boom")


@pytest.mark.parametrize("text", [EMPTY, "<testsuite/>"])
def test_a_run_without_tests_has_no_cases(text: str) -> None:
    """Both forms of the root are JUnit."""
    assert parse_junit(text) == []


@pytest.mark.parametrize("text", ["", "no xml", GOTESTSUM[:200], "<testsuites>", "\x00", "<a>&unknown;</a>"])
def test_a_file_that_is_no_xml_is_refused(text: str) -> None:
    """A runner that was killed leaves half of it."""
    with pytest.raises(ValueError, match="the test runner left a JUnit file that cannot be read"):
        parse_junit(text)


def test_other_xml_is_refused() -> None:
    """An empty list of tests would look like a run without any."""
    with pytest.raises(ValueError, match=r"is no JUnit: it begins with <checkstyle>$"):
        parse_junit("<checkstyle/>")


def test_a_time_that_is_none_counts_as_nothing() -> None:
    """A report is not worth less for it."""
    for time in ("", "soon", "-1", "1,5"):
        (case,) = parse_junit(f'<testsuite><testcase name="a" time="{time}"/></testsuite>')
        assert case.seconds == 0


def test_a_flood_of_output_is_cut() -> None:
    """The report holds the messages of all tests."""
    (case,) = parse_junit(f"<testsuite><testcase><failure>{'x' * 10_000}</failure></testcase></testsuite>")
    assert case.message == "x" * 4000 + " ..."


def test_coverage_of_go_counts_statements() -> None:
    """Not blocks: three of the four statements ran."""
    assert go_coverage(PROFILE) == 0.75


def test_a_block_that_stands_in_the_profile_twice_ran_when_either_says_so() -> None:
    """Each test binary writes down every package that it covers."""
    again = "example.com/shop/store/store.go:4.11,6.3 1 1\nexample.com/shop/store/store.go:3.24,4.11 1 0\n"
    assert go_coverage(PROFILE + again) == 1
    assert go_coverage(again + PROFILE) == 1


@pytest.mark.parametrize("profile", ["", "mode: atomic\n", "mode: atomic\na.go:1.1,1.1 0 0\n", "nonsense"])
def test_a_profile_without_statements_is_no_coverage(profile: str) -> None:
    """Neither none nor all of nothing was run."""
    assert go_coverage(profile) is None


@given(st.text())
def test_no_profile_makes_it_fail(text: str) -> None:
    """The share is always one."""
    found = go_coverage(PROFILE + text)
    assert found is not None
    assert 0 <= found <= 1


def test_coverage_of_istanbul_counts_statements() -> None:
    """As `json-summary` writes it; its own percentage is rounded."""
    assert istanbul_coverage('{"total": {"statements": {"total": 618, "covered": 598, "pct": 96.76}}}') == 598 / 618
    assert istanbul_coverage('{"total": {"statements": {"total": 0, "covered": 0, "pct": 100}}}') is None


@pytest.mark.parametrize("text", ["", "[]", "{}", "5", '{"total": {"statements": {"total": "2", "covered": 1}}}'])
def test_a_summary_that_is_none_is_refused(text: str) -> None:
    """A coverage that cannot be read is not 0 %."""
    with pytest.raises(ValueError, match=r"left a coverage-summary.json that cannot be read"):
        istanbul_coverage(text)
