"""What lint and tests found, as sentences. What the tools print here is what they printed when they were tried."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.results import Case, Outcome
from pipeline.report import checks
from pipeline.report.failures import is_missing

ESLINT = """\

> neuronip-frontend@0.1.0 lint
> eslint . --max-warnings 0


/app/src/lib/wrong.ts
  1:7  error  'a' is assigned a value but never used  @typescript-eslint/no-unused-vars

npm error Lifecycle script `lint` failed with error:
npm error code 1
"""
SAID = "    store_test.go:13: want 9"
VET = "go: downloading example.com/a v1.0.0\n# example.com/shop\nvet: ./main.go:3:15: undefined: nope\n"


def case(name: str, outcome: Outcome, message: str = "", suite: str = "example.com/shop") -> Case:
    """A test that ended so."""
    return Case(suite=suite, name=name, outcome=outcome, message=message)


@pytest.mark.parametrize(
    ("step", "log", "text"),
    [
        ("gofmt", "./main.go\n", "these files are not formatted; run gofmt -w on them:\n./main.go"),
        (
            "gofmt",
            "./bad.go:3:1: expected declaration, found foo\n./a.go\n./b.go:1:9: expected 'package', found 'EOF'\n",
            (
                "gofmt cannot read:\n./bad.go:3:1: expected declaration, found foo\n"
                "./b.go:1:9: expected 'package', found 'EOF'\n"
                "these files are not formatted; run gofmt -w on them:\n./a.go"
            ),
        ),
        ("gofmt", "bad.go:3:1: expected '}'\n", "gofmt cannot read:\nbad.go:3:1: expected '}'"),
        ("vet", VET, "go vet found:\nvet: ./main.go:3:15: undefined: nope"),
        ("golangci-lint", "main.go:1:1: x (errcheck)\n", "golangci-lint found:\nmain.go:1:1: x (errcheck)"),
        (
            "lint",
            ESLINT,
            (
                "the script `lint` found:\n/app/src/lib/wrong.ts\n"
                "  1:7  error  'a' is assigned a value but never used  @typescript-eslint/no-unused-vars"
            ),
        ),
        (
            "types",
            "a.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.\n",
            (
                "the source does not pass the type check:\n"
                "a.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'."
            ),
        ),
        ("test", "panic: boom\n", "the tests did not run to their end:\npanic: boom"),
        ("other", "x\n", "`other` failed:\nx"),
    ],
)
def test_a_command_that_failed_says_what_it_found(step: str, log: str, text: str) -> None:
    """Application, stage, what it means, and the tool's own lines without headings and npm's echo."""
    assert checks.lint_problem("shop", "lint", step, log) == f"shop: lint: {text}"


@pytest.mark.parametrize("log", ["", "\n \n", "npm error code 1\n"])
def test_a_silent_failure_is_said_to_be_silent(log: str) -> None:
    """A sentence never ends in a colon."""
    assert checks.lint_problem("shop", "lint", "vet", log) == "shop: lint: go vet found:\nit printed nothing"


def test_a_flood_is_cut_and_counted() -> None:
    """Twenty lines are enough to start with; the log has the rest."""
    found = checks.lint_problem("shop", "lint", "vet", "".join(f"main.go:{n}:1: x\n" for n in range(1, 100)))
    assert found.splitlines()[-2:] == ["main.go:20:1: x", "... and 79 lines more"]


def test_tests_that_failed_are_named_with_what_they_said() -> None:
    """Each with its suite and without Go's echo of its name; those that passed are only counted."""
    cases = [
        case("TestTriple", Outcome.FAILED, f"=== RUN   TestTriple\n\n{SAID}\n--- FAIL: TestTriple (0.00s)\n"),
        case("TestDouble", Outcome.PASSED),
        case("b.test.ts", Outcome.FAILED, "Cannot find module './nope'", suite="b.test.ts"),
    ]
    assert checks.test_problem("shop", cases) == (
        "shop: test: 2 of 3 tests failed:\n"
        "TestTriple (example.com/shop)\n"
        "    store_test.go:13: want 9\n"
        "b.test.ts (b.test.ts)\n"
        "    Cannot find module './nope'"
    )


def test_a_flood_of_failures_is_cut_and_counted() -> None:
    """In the number of tests, and in what each says."""
    cases = [case(f"Test{n}", Outcome.FAILED, "\n".join("abcdefghij")) for n in range(25)]
    lines = checks.test_problem("shop", cases).splitlines()
    assert lines[1:8] == ["Test0 (example.com/shop)", *(f"    {letter}" for letter in "abcdef")]
    assert lines[-1] == "... and 5 more"
    assert len(lines) == 1 + 20 * 7 + 1


@pytest.mark.parametrize(
    ("outcomes", "text"),
    [
        ([], ""),
        ([Outcome.PASSED], "1 passed"),
        ([Outcome.NONE, Outcome.PASSED, Outcome.FAILED, Outcome.PASSED], "1 failed, 2 passed, 1 skipped"),
    ],
)
def test_tests_are_counted_by_how_they_ended(outcomes: list[Outcome], text: str) -> None:
    """What failed comes first, and what there is none of is not there."""
    assert checks.test_count([case("x", outcome) for outcome in outcomes]) == text


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        (
            'failed to resolve image "ghcr.io/acme/shop:1" (platform: "linux/amd64"): ghcr.io/acme/shop:1: not found',
            True,
        ),
        ('failed to resolve image "shop:1" (platform: "linux/s390x"): no manifest matches the platform', True),
        ('from [traceparent:1-2]\nfailed to resolve image "shop:1":\n shop:1: not found', True),
        ('failed to resolve image "ghcr.io/acme/shop:1": 401 Unauthorized', False),
        ('failed to resolve image "ghcr.io/acme/shop:1": dial tcp: lookup ghcr.io: no such host', False),
        ("secret not found: not found", False),
        ("", False),
    ],
)
def test_an_image_is_missing_only_where_the_registry_says_so(said: str, missing: bool) -> None:
    """A registry that did not answer, or refused, may have it all the same."""
    assert is_missing(said) is missing


@given(st.text(), st.text(), st.text())
def test_no_output_makes_it_fail_or_reaches_the_terminal_unclean(name: str, suite: str, said: str) -> None:
    """Names and messages are the tests' own."""
    tests = [case(name, Outcome.FAILED, f"\x1b[31m{said}", suite)]
    for found in (checks.test_problem("shop", tests), checks.lint_problem("shop", "lint", name, f"\x1b[2J{said}")):
        assert found.startswith("shop: ")
        assert "\x1b" not in found
