"""What a pull request has to pass: every stage of every application at once, one table, one error."""

import dataclasses

import pytest

from pipeline.main import Pipeline
from pipeline.nodes.errors import Failed
from pipeline.nodes.verbs import Loader

from .checked import Shops, rows
from .queries import Engine, failed, refused
from .scans import PUBLISHED, found

pytestmark = pytest.mark.anyio

BROKEN = failed(["sh", "-c", "script", "compile"], 1, "main.go:3:1: syntax error: unexpected EOF")
CORRUPT = failed(["sh", "-c", "script", "database"], 1, "pipeline-error: the vulnerability database is corrupt")
SMOKE = "healthy after 4 ms, stopped within 9 ms"
WEIGHT = "4.0 MB amd64, 4.0 MB arm64"


async def failure(pipeline: Pipeline, against: list[str] | None = None) -> str:
    """The one error of a check."""
    with pytest.raises(Failed) as caught:
        await pipeline.check(against)
    return str(caught.value)


async def test_a_check_prints_a_line_a_stage_and_application(two: Pipeline) -> None:
    """In the order of stages and then of applications, whichever was ready first."""
    assert rows(await two.check()) == [
        ["lint", "good", "passed", "gofmt, vet, golangci-lint: none"],
        ["lint", "bad", "passed", "gofmt, vet, golangci-lint: none"],
        ["test", "good", "passed", "1 passed"],
        ["test", "bad", "passed", "1 passed"],
        ["build", "good", "passed", WEIGHT],
        ["build", "bad", "passed", WEIGHT],
        ["smoke", "good", "passed", SMOKE],
        ["smoke", "bad", "passed", SMOKE],
        ["scan", "good", "passed", "no findings"],
        ["scan", "bad", "passed", "no findings"],
    ]


async def test_each_verb_runs_its_own_stage(two: Pipeline, engine: Engine) -> None:
    """For lint and test nothing is built, and no database is fetched."""
    assert [row[:2] for row in rows(await two.lint())] == [["lint", "good"], ["lint", "bad"]]
    assert [row[:2] for row in rows(await two.test())] == [["test", "good"], ["test", "bad"]]
    assert not [asked for asked in engine.asked if "measure" in asked[-2] or "metadata.json" in asked[-2]]
    assert [row[:2] for row in rows(await two.scan())] == [["scan", "good"], ["scan", "bad"]]


async def test_what_does_not_build_is_neither_run_nor_scanned(two: Pipeline, shops: Shops) -> None:
    """The reason is said once, and the other application is not concerned."""
    shops.bad["measure"] = BROKEN
    text = await failure(two)
    assert text.startswith("check: 3 of 10 stages failed\n\nbad: compile: the source does not compile:\nmain.go:3:1: ")
    assert text.count("syntax error") == 1
    assert [row[1:] for row in rows(text)[5:]] == [
        ["bad", "failed", "-"],
        ["good", "passed", SMOKE],
        ["bad", "not run", "the build failed"],
        ["good", "passed", "no findings"],
        ["bad", "not run", "the build failed"],
    ]


async def test_a_scan_says_why_there_was_nothing_to_scan(two: Pipeline, shops: Shops) -> None:
    """The build has a line then, although nobody asked for it."""
    shops.bad["measure"] = BROKEN
    with pytest.raises(Failed, match=r"^scan: 2 of 3 stages failed\n\nbad: compile: ") as caught:
        await two.scan()
    assert [row[:3] for row in rows(str(caught.value))] == [
        ["build", "bad", "failed"],
        ["scan", "good", "passed"],
        ["scan", "bad", "not run"],
    ]


async def test_a_database_that_fails_is_loaded_once_and_fails_each_scan(
    two: Pipeline, shops: Shops, engine: Engine
) -> None:
    """The other stages tell what they found all the same, and the reason is said once."""
    shops.bad["database"] = CORRUPT
    text = await failure(two)
    assert text.startswith("check: 2 of 10 stages failed\n\n")
    assert text.count("the vulnerability database is corrupt") == 1
    assert [row[2] for row in rows(text)] == ["passed"] * 8 + ["failed"] * 2
    assert sum(asked[-1] == "stdout" and '"database"' in asked[-2] for asked in engine.asked) == 1


async def test_the_error_holds_every_sentence_and_then_the_whole_table(two: Pipeline, shops: Shops) -> None:
    """A function that fails returns no value, so the table is in the error."""
    shops.bad |= {"lint": f"began\t{2**40}\nstep\tvet\t1\n", "/out/vet.log": "main.go:3:1: x", "smoke": refused("gone")}
    text = await failure(two)
    head, problems, table = text.partition("\n\n")[0], text.split("\n\n")[1:-1], text.split("\n\n")[-1]
    assert head == "check: 2 of 10 stages failed"
    assert problems == ["bad: lint: go vet found:\nmain.go:3:1: x", "bad: smoke linux/amd64: gone"]
    assert len(rows(table)) == 10
    assert table.startswith("STAGE")


async def test_an_image_over_its_budget_is_run_and_scanned_all_the_same(two: Pipeline) -> None:
    """It was built: what else is wrong with it is worth knowing."""
    good, bad = two.members
    text = await failure(two.without_apps().with_app(good).with_app(bad.with_budget(added=8)))
    assert "bad: budget linux/amd64: the image adds 9.0 MB unpacked and its budget is 8 MB" in text
    results = {(row[0], row[1]): row[2] for row in rows(text)}
    assert (results["build", "bad"], results["smoke", "bad"], results["scan", "bad"]) == ("failed", "passed", "passed")


async def test_an_error_that_nobody_thought_of_is_one_failure_too(two: Pipeline, shops: Shops) -> None:
    """It says what kind of error it is, and stops no other stage."""
    shops.bad["measure"] = "{}"
    text = await failure(two)
    assert "\n\nbad: build: KeyError: 'layers'\n\n" in text
    assert [row[2] for row in rows(text)].count("passed") == 7


async def test_findings_that_fail_are_sentences_and_the_scan_prints_them_all(two: Pipeline, shops: Shops) -> None:
    """With what passes, in a table for each application that has any."""
    shops.source = found("CVE-1", severity="LOW")
    text = await two.scan()
    assert [row[3] for row in rows(text)] == ["1 minor", "1 minor"]
    assert text.count("CVE-1") == 2
    assert "\ngood\nSTANDING" in text
    shops.bad["/out/scan.json"] = found("CVE-2")
    with pytest.raises(Failed, match=r"^scan: 1 of 2 stages failed\n\nbad: scan linux/amd64, .*CVE-2 \(HIGH\)"):
        await two.scan()


async def test_only_the_named_application_is_compared(two: Pipeline, shops: Shops, engine: Engine) -> None:
    """With the image that is published of it."""
    shops.image = shops.before = found("CVE-1")
    with pytest.raises(Failed) as caught:
        await two.scan([f"good={PUBLISHED}"])
    assert [row[1:] for row in rows(str(caught.value))] == [
        ["good", "passed", "1 known"],
        ["bad", "failed", "1 fails"],
    ]
    engine.answers(platform=refused(f'failed to resolve image "{PUBLISHED}": {PUBLISHED}: not found'))
    shops.image = found()
    assert f"note: good: scan: nothing is published as {PUBLISHED} yet" in await two.check([f"good={PUBLISHED}"])


@pytest.mark.parametrize(
    ("against", "text"),
    [
        (["shop=ghcr.io/acme/shop:1"], "there is no application shop to compare; --against takes NAME=REFERENCE"),
        (
            ["ghcr.io/acme/shop:1"],
            "pipeline: compare: the image to compare with number 1 is not of the form NAME=value",
        ),
    ],
)
async def test_an_image_to_compare_with_belongs_to_an_application(
    two: Pipeline, engine: Engine, against: list[str], text: str
) -> None:
    """Else the comparison would silently be none; it is refused before anything runs."""
    for verb in (two.check, two.scan, two.reports):
        with pytest.raises(Failed) as caught:
            await verb(against)
        assert str(caught.value) == text
    assert engine.asked == []


async def test_nothing_to_check_is_an_error(pipeline: Pipeline) -> None:
    """An empty table would look like success."""
    empty = pipeline.without_apps()
    for verb in (empty.check, empty.lint, empty.test, empty.scan, empty.reports):
        with pytest.raises(Failed, match="there is no application to work on; add one with with-app"):
            await verb()


async def test_what_is_none_does_not_fail(two: Pipeline) -> None:
    """An application with a Dockerfile has neither linters nor tests that one could know."""
    old = dataclasses.replace(two.dockerfile_app("old", two.members[0].source))
    text = await two.without_apps().with_app(old).lint()
    assert rows(text) == [["lint", "old", "none", "-"]]


async def test_whoever_loads_the_database_first_loads_it_for_all(two: Pipeline, engine: Engine) -> None:
    """Only then is it known which one it is."""
    loader = Loader(two.scanner())
    assert loader.about is None
    assert await loader.load("good") is await loader.load("bad")
    assert loader.about == (await loader.load("good")).about
    assert sum(asked[-1] == "stdout" for asked in engine.asked) == 1
