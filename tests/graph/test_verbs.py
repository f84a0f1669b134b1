"""The verbs build and smoke: every application side by side, one table, one error."""

import anyio
import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.errors import Failed
from pipeline.nodes.together import settled, together

from .checked import Shops, rows
from .queries import Engine, failed, held, refused

pytestmark = pytest.mark.anyio

AMD64 = dagger.Platform("linux/amd64")
SOURCE = held(dagger.Directory, "source")
BROKEN = failed(["sh", "-c", "script", "compile"], 1, "main.go:3:1: syntax error: unexpected EOF")


async def failure(pipeline: Pipeline, *platforms: dagger.Platform) -> str:
    """The one error of a build."""
    with pytest.raises(Failed) as caught:
        await pipeline.build(list(platforms))
    return str(caught.value)


async def test_build_prints_a_line_an_application_and_platform(two: Pipeline) -> None:
    """In the order of the list, whichever was ready first."""
    assert await two.build() == (
        "APPLICATION  PLATFORM     COMPRESSED  UNPACKED  USER         BASE                        VERSION\n"
        "good         linux/amd64      4.0 MB    9.0 MB  65532:65532  docker.io/library/static:1  0.0.0-dev\n"
        "good         linux/arm64      4.0 MB    9.0 MB  65532:65532  docker.io/library/static:1  0.0.0-dev\n"
        "bad          linux/amd64      4.0 MB    9.0 MB  65532:65532  docker.io/library/static:1  0.0.0-dev\n"
        "bad          linux/arm64      4.0 MB    9.0 MB  65532:65532  docker.io/library/static:1  0.0.0-dev\n"
    )


async def test_one_failure_does_not_stop_the_others(two: Pipeline, shops: Shops) -> None:
    """One error holds a sentence for what failed, said once, and the lines of what was built."""
    shops.bad["measure"] = BROKEN
    text = await failure(two)
    assert text.startswith("build: 1 of 2 stages failed\n\nbad: compile: the source does not compile:\nmain.go:3:1")
    assert text.count("syntax error") == 1
    assert [line.split()[:2] for line in text.splitlines()[-2:]] == [["good", "linux/amd64"], ["good", "linux/arm64"]]


async def test_a_variant_that_fails_does_not_stop_the_others(two: Pipeline, engine: Engine, shops: Shops) -> None:
    """What was built of the application has its line."""
    usual = shops.printed
    engine.answers(stdout=lambda asked: BROKEN if 'value="arm64"' in " ".join(asked) else usual(asked))
    text = await failure(two)
    assert text.startswith("build: 2 of 2 stages failed\n\n")
    assert [line.split()[:2] for line in text.splitlines()[-2:]] == [["good", "linux/amd64"], ["bad", "linux/amd64"]]


async def test_a_source_that_cannot_be_built_does_not_stop_the_others(two: Pipeline, engine: Engine) -> None:
    """Also when it fails before anything runs."""
    engine.answers(exists=False)
    three = two.with_app(two.dockerfile_app("third", SOURCE))
    assert (await failure(three, AMD64)).startswith("build: 1 of 3 stages failed\n\nthird: sources: no Dockerfile")


async def test_an_engine_that_refuses_is_one_failure_too(two: Pipeline, shops: Shops) -> None:
    """Its words, without escape sequences."""
    shops.bad["measure"] = refused("no space left\x1b[0m")
    assert "\n\nbad: measure linux/amd64: no space left\n" in await failure(two, AMD64)


async def test_a_broken_budget_fails_the_build_and_is_still_in_the_table(two: Pipeline) -> None:
    """The image was built: its line says what it weighs."""
    text = await failure(two.without_apps().with_app(two.members[0].with_budget(added=8)), AMD64)
    assert "good: budget linux/amd64: the image adds 9.0 MB unpacked and its budget is 8 MB" in text
    assert text.splitlines()[-1].startswith("good         linux/amd64")


async def test_warnings_follow_the_table(two: Pipeline, engine: Engine, shops: Shops) -> None:
    """Once an image, not once a platform."""
    shops.files["go.mod"] = "require example.com/a v1.0.0"
    engine.answers(entries=["go.mod"])
    lines = (await two.build()).splitlines()
    assert [line.split(":")[:3] for line in lines[5:]] == [
        ["note", " good", " no go.sum"],
        ["note", " bad", " no go.sum"],
    ]


async def test_smoke_runs_every_image_on_the_engines_platform(two: Pipeline, engine: Engine) -> None:
    """A line each, with what was measured; no other platform is built."""
    said = "healthy after 4 ms, stopped within 9 ms"
    assert rows(await two.smoke()) == [["smoke", "good", "passed", said], ["smoke", "bad", "passed", said]]
    assert "arm64" not in str(engine.asked)


async def test_an_image_that_does_not_run_fails_the_smoke_test(two: Pipeline, shops: Shops) -> None:
    """And the other one's result is shown."""
    shops.bad["smoke"] = '{"status": "ECONNREFUSED", "answers": [], "writable": false, "log": ""}'
    with pytest.raises(Failed, match=r"^smoke: 1 of 2 stages failed\n\nbad: smoke linux/amd64: nobody answered"):
        await two.smoke()


async def test_nothing_to_work_on_is_an_error(pipeline: Pipeline) -> None:
    """An empty table would look like success."""
    with pytest.raises(Failed, match="there is no application to work on; add one with with-app"):
        await pipeline.without_apps().build()


async def test_no_error_of_one_task_cancels_another() -> None:
    """Results stand in the order of the tasks; whoever wants all of them gets the first error when all have ended."""
    ended: list[str] = []

    async def well() -> str:
        await anyio.sleep(0.01)
        ended.append("well")
        return "done"

    async def badly() -> str:
        raise RuntimeError("no")

    first, second, third = await settled([well, badly, well])
    assert (first, str(second), third) == ("done", "no", "done")
    ended.clear()
    with pytest.raises(RuntimeError, match="no"):
        await together([badly, well])
    assert ended == ["well"]
