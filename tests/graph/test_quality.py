"""What lint and tests give: passed, failed with sentences, none, no tests; and which failures are believed."""

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.app import App
from pipeline.nodes.done import Done
from pipeline.nodes.errors import Failed
from pipeline.policy.results import Case, Outcome, Result

from .queries import Engine, chain, failed, held
from .runs import answers, junit, linted, recorded, tried

pytestmark = pytest.mark.anyio

SOURCE = held(dagger.Directory, "source")
PROFILE = "mode: atomic\na.go:1.1,2.2 3 1\na.go:3.1,4.2 1 0\n"
PASSED = '<testcase classname="shop" name="TestSum" time="0.1"></testcase>'
SKIPPED = '<testcase classname="shop" name="TestLater"><skipped/></testcase>'
BROKEN = '<testcase classname="shop" name="TestBad"><failure>bad_test.go:7: want 2</failure></testcase>'
NOTHING = "RUN  v4.1.12 /app\n\nNo test files found, exiting with code 1\n"
UNBUILT = '<testcase classname="" name="TestMain"><failure>FAIL\tshop [build failed]</failure></testcase>'


@pytest.fixture
def go(pipeline: Pipeline, engine: Engine) -> App:
    """A Go application."""
    engine.answers(entries=["go.mod", "go.sum"])
    return pipeline.go_app("shop", SOURCE)


@pytest.fixture
def web(pipeline: Pipeline, engine: Engine) -> App:
    """A Next.js application."""
    engine.answers(entries=["package.json", "package-lock.json"])
    return pipeline.next_app("web", SOURCE)


async def test_linters_that_found_nothing_passed(go: App, engine: Engine) -> None:
    """They are named, those that are missing too, and their logs are part of the report."""
    answers(engine, recorded("step gofmt 0", "step vet 0", "none golangci-lint"))
    done = await linted(go)
    number = "gofmt, vet, golangci-lint: none"
    assert (done.result.outcome, done.result.number, done.result.problems) == (Outcome.PASSED, number, [])
    assert [(path, chain(folder)[-1]) for path, folder in done.folders.items()] == [
        ("shop/lint", 'directory(path="/out")')
    ]


async def test_each_linter_that_found_something_is_a_sentence(go: App, engine: Engine) -> None:
    """All of them, since none stops the next."""
    record = recorded("step gofmt 1", "step vet 0", "step golangci-lint 1")
    answers(engine, record, {"gofmt.log": "./main.go\n", "golangci-lint.log": "main.go:3:1: x (errcheck)\n"})
    result = (await linted(go)).result
    assert result.outcome is Outcome.FAILED
    assert result.problems == [
        "shop: lint: these files are not formatted; run gofmt -w on them:\n./main.go",
        "shop: lint: golangci-lint found:\nmain.go:3:1: x (errcheck)",
    ]


async def test_a_stage_without_commands_is_none(web: App, engine: Engine) -> None:
    """It is not called passed."""
    answers(engine, recorded("none lint", "none types"))
    assert (await linted(web)).result.outcome is Outcome.NONE
    answers(engine, recorded("none test"))
    assert (await tried(web)).result.outcome is Outcome.NONE


async def test_a_dockerfile_has_neither_linters_nor_tests(pipeline: Pipeline) -> None:
    """Nobody knows what it is made from, and the engine is not asked."""
    app = pipeline.dockerfile_app("old", SOURCE)
    assert await linted(app) == Done(result=Result(stage="lint", app="old", outcome=Outcome.NONE))
    assert await tried(app) == Done(result=Result(stage="test", app="old", outcome=Outcome.NONE))


async def test_tests_that_passed_are_counted(go: App, engine: Engine) -> None:
    """With the share of statements that they ran; what the script noted names the application."""
    record = recorded("step test 0", "note without the race detector: no C compiler")
    answers(engine, record, {"junit.xml": junit(PASSED, SKIPPED), "coverage.out": PROFILE})
    done = await tried(go)
    assert (done.result.outcome, done.result.number) == (Outcome.PASSED, "1 passed, 1 skipped, 75% covered")
    assert done.result.notes == ["shop: without the race detector: no C compiler"]
    assert done.tests
    assert done.tests.cases[0] == Case(suite="shop", name="TestSum", outcome=Outcome.PASSED, seconds=0.1)
    assert done.tests.coverage == 0.75
    assert list(done.folders) == ["shop/test"]


async def test_coverage_of_next_is_read_from_its_summary(web: App, engine: Engine) -> None:
    """It lies in a folder of its own, beside the form for tools."""
    summary = '{"total": {"statements": {"total": 8, "covered": 6}}}'
    files = {"junit.xml": junit(PASSED), "coverage/coverage-summary.json": summary, "coverage/lcov.info": "TN:"}
    answers(engine, recorded("step test 0"), files)
    assert (await tried(web)).result.number == "1 passed, 75% covered"


async def test_tests_that_failed_are_named(go: App, engine: Engine) -> None:
    """One sentence; the log of the runner says it all again, and is not repeated."""
    answers(engine, recorded("step test 1"), {"junit.xml": junit(PASSED, BROKEN), "test.log": "FAIL\n"})
    result = (await tried(go)).result
    assert (result.outcome, result.number) == (Outcome.FAILED, "1 failed, 1 passed")
    assert result.problems == [
        "shop: test: 1 of 2 tests failed:\nTestBad (shop)\n    bad_test.go:7: want 2",
    ]


async def test_what_does_not_compile_is_said_with_the_compilers_words(go: App, engine: Engine) -> None:
    """JUnit holds only that it does not: the reason stands in the log of gotestsum, under a heading of its own."""
    log = "✖  shop\n\n=== Failed\n=== FAIL: shop  (0.00s)\n\n=== Errors\nb_test.go:5:28: undefined: nope\n\n"
    answers(engine, recorded("step test 1"), {"junit.xml": junit(UNBUILT), "test.log": log})
    _, reason = (await tried(go)).result.problems
    assert reason == "shop: test: the tests did not run to their end:\nb_test.go:5:28: undefined: nope"


async def test_an_error_between_the_tests_is_said(web: App, engine: Engine) -> None:
    """Every test passed, and Vitest failed all the same; its own heading comes long after what passed."""
    log = "✓ a.test.ts\n" * 50 + "⎯⎯ Unhandled Errors ⎯⎯\n\nError: nobody caught me\n"
    answers(engine, recorded("step test 1"), {"junit.xml": junit(PASSED), "test.log": log})
    result = (await tried(web)).result
    assert (result.outcome, result.number) == (Outcome.FAILED, "1 passed")
    assert result.problems == ["web: test: the tests did not run to their end:\nError: nobody caught me"]


async def test_a_runner_that_died_says_its_last_words(web: App, engine: Engine) -> None:
    """There is no JUnit then, and the end of the log is what counts."""
    log = "".join(f"line {number}\n" for number in range(100)) + "FATAL ERROR: heap out of memory\n"
    answers(engine, recorded("step test 134"), {"test.log": log})
    result = (await tried(web)).result
    assert result.problems[0].startswith("web: test: the tests did not run to their end:\nline 81\n")
    assert result.problems[0].endswith("\nFATAL ERROR: heap out of memory")


async def test_a_test_that_failed_counts_whatever_the_exit_code(web: App, engine: Engine) -> None:
    """A script may swallow it."""
    answers(engine, recorded("step test 0"), {"junit.xml": junit(PASSED, BROKEN)}, test="vitest run || true")
    result = (await tried(web)).result
    assert (result.outcome, result.number) == (Outcome.FAILED, "1 failed, 1 passed")
    assert result.problems == ["web: test: 1 of 2 tests failed:\nTestBad (shop)\n    bad_test.go:7: want 2"]


@pytest.mark.parametrize(("cases", "number"), [("", ""), (SKIPPED, "1 skipped")])
async def test_a_run_without_any_test_is_not_called_passed(go: App, engine: Engine, cases: str, number: str) -> None:
    """Gotestsum succeeds with an empty list, and with tests that were all skipped."""
    answers(engine, recorded("step test 0"), {"junit.xml": junit(cases)})
    done = await tried(go)
    assert (done.result.outcome, done.result.number, done.result.problems) == (Outcome.NO_TESTS, number, [])
    assert bool(done.tests) is bool(cases)


async def test_vitest_fails_where_it_finds_no_test(web: App, engine: Engine) -> None:
    """Which is no failure of the application."""
    answers(engine, recorded("step test 1"), {"junit.xml": junit(), "test.log": NOTHING})
    done = await tried(web)
    assert (done.result.outcome, done.result.problems, done.tests) == (Outcome.NO_TESTS, [], None)


@pytest.mark.parametrize("script", ["tsc && vitest run", "vitest run; node check.mjs", "./all-tests"])
async def test_the_words_of_vitest_count_where_it_is_alone(web: App, engine: Engine, script: str) -> None:
    """Of several commands another one may have failed."""
    answers(engine, recorded("step test 1"), {"test.log": NOTHING}, test=script)
    result = (await tried(web)).result
    assert result.outcome is Outcome.FAILED
    assert "No test files found" in result.problems[0]


async def test_words_in_the_log_take_no_failure_away(web: App, engine: Engine) -> None:
    """A test that failed is known by its name; whatever else was printed."""
    answers(engine, recorded("step test 1"), {"junit.xml": junit(BROKEN), "test.log": NOTHING})
    assert (await tried(web)).result.outcome is Outcome.FAILED


async def test_a_runner_that_writes_no_junit_is_believed(web: App, engine: Engine) -> None:
    """Its exit code is all there is."""
    answers(engine, recorded("step test 0"))
    result = (await tried(web)).result
    assert (result.outcome, result.number) == (Outcome.PASSED, "")


@pytest.mark.parametrize(("code", "problems"), [(1, 2), (0, 1)])
async def test_half_a_report_is_one_more_problem(go: App, engine: Engine, code: int, problems: int) -> None:
    """The last words of the runner are the other one, and the logs stay in the report."""
    answers(engine, recorded(f"step test {code}"), {"junit.xml": "<testsuites>", "test.log": "killed"})
    done = await tried(go)
    assert done.result.outcome is Outcome.FAILED
    assert done.result.problems[-1].startswith("shop: test: the test runner left a JUnit file that cannot be read")
    assert len(done.result.problems) == problems
    assert (list(done.folders), done.tests) == (["shop/test"], None)


async def test_a_script_that_broke_is_an_error(go: App, engine: Engine) -> None:
    """Nothing was found out about the source."""
    engine.answers(stdout=failed(["sh", "-c", "script", "lint"], 1, "go: go.mod requires go >= 1.99 (running go 1.26)"))
    with pytest.raises(Failed, match=r"^shop: lint: go.mod requires Go 1.99 and the image has 1.26"):
        await linted(go)


@pytest.mark.parametrize("text", ["{", "[]"])
async def test_a_package_json_that_is_none_is_an_error(web: App, engine: Engine, text: str) -> None:
    """The sentence says which file it is."""
    engine.answers(contents=text)
    with pytest.raises(Failed, match=r"^web: lint: package.json is no "):
        await linted(web)


async def test_a_stage_says_in_a_line_how_it_ended(go: App, engine: Engine) -> None:
    """`dagger call go-app ... test` prints it, or raises every sentence."""
    answers(engine, recorded("step test 0", "note slow"), {"junit.xml": junit(PASSED)})
    assert await go.test() == "passed: 1 passed\nnote: shop: slow\n"
    answers(engine, recorded("step gofmt 1", "step vet 1"), {"gofmt.log": "./a.go", "vet.log": "b.go:1:1: x"})
    with pytest.raises(
        Failed, match=r"^shop: lint: these files .*\n\./a\.go\n\nshop: lint: go vet found:\nb\.go:1:1: x$"
    ):
        await go.lint()
