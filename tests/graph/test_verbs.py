"""The verbs: every application side by side, one table, one error."""

import json
from collections.abc import Callable

import anyio
import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.errors import Failed
from pipeline.nodes.verbs import Outcome, side_by_side

from .queries import Engine, failed, held, refused

pytestmark = pytest.mark.anyio

SOURCE = held(dagger.Directory, "source")
LAYER = {"digest": "sha256:a", "compressed": 4_000_000, "unpacked": 9_000_000, "files": 1, "largest": "usr/local/bin/x"}
WEIGHED = json.dumps({"config": {"config": {"User": "65532:65532"}}, "layers": [LAYER]})
RAN = json.dumps({"status": 200, "healthy": 4, "answers": [], "stopped": 9, "writable": False, "log": ""})
BROKEN = failed(["sh", "-c", "script", "compile"], 1, "main.go:3:1: syntax error: unexpected EOF")


@pytest.fixture
def shops(pipeline: Pipeline, engine: Engine) -> Pipeline:
    """Two applications, `good` and `bad`, of which neither has a repository."""
    engine.answers(entries=["go.mod", "go.sum"], imageRef="static:1@sha256:5", stdout=answer())
    apps = [pipeline.go_app(name, SOURCE) for name in ("good", "bad")]
    return pipeline.without_apps().with_app(apps[0]).with_app(apps[1])


def answer(bad: object = None) -> Callable[[list[str]], object]:
    """What the probes print; something else, or an error, for the application `bad`."""

    def stdout(asked: list[str]) -> object:
        about = " ".join(asked)
        usual = WEIGHED if "measure.mjs" in asked[-2] else RAN
        return bad if bad and "usr/local/bin/bad" in about else usual

    return stdout


async def test_build_prints_a_line_an_application_and_platform(shops: Pipeline) -> None:
    """In the order of the list, whichever was ready first."""
    assert await shops.build() == (
        "APPLICATION  PLATFORM     COMPRESSED  UNPACKED  USER         BASE                        VERSION\n"
        "good         linux/amd64      4.0 MB    9.0 MB  65532:65532  docker.io/library/static:1  0.0.0-dev\n"
        "good         linux/arm64      4.0 MB    9.0 MB  65532:65532  docker.io/library/static:1  0.0.0-dev\n"
        "bad          linux/amd64      4.0 MB    9.0 MB  65532:65532  docker.io/library/static:1  0.0.0-dev\n"
        "bad          linux/arm64      4.0 MB    9.0 MB  65532:65532  docker.io/library/static:1  0.0.0-dev\n"
    )


async def test_one_failure_does_not_stop_the_others(shops: Pipeline, engine: Engine) -> None:
    """One error holds a sentence for what failed, said once, and the lines of what was built."""
    engine.answers(stdout=answer(bad=BROKEN))
    with pytest.raises(Failed) as caught:
        await shops.build()
    text = str(caught.value)
    assert text.startswith(
        "build: 1 of 2 applications failed\n\nbad: compile: the source does not compile:\nmain.go:3:1"
    )
    assert text.count("syntax error") == 1
    assert [line.split()[:2] for line in text.splitlines()[-2:]] == [["good", "linux/amd64"], ["good", "linux/arm64"]]


async def test_a_source_that_cannot_be_built_does_not_stop_the_others(shops: Pipeline, engine: Engine) -> None:
    """Also when it fails before anything runs."""
    shops = shops.with_app(shops.dockerfile_app("third", SOURCE))
    engine.answers(exists=False)
    with pytest.raises(Failed, match=r"^build: 1 of 3 applications failed\n\nthird: sources: no Dockerfile"):
        await shops.build([dagger.Platform("linux/amd64")])


async def test_an_engine_that_refuses_is_one_failure_too(shops: Pipeline, engine: Engine) -> None:
    """Its words, without escape sequences."""
    engine.answers(stdout=answer(bad=refused("no space left\x1b[0m")))
    with pytest.raises(Failed, match=r"\n\nbad: measure linux/amd64: no space left\n"):
        await shops.build([dagger.Platform("linux/amd64")])


async def test_a_broken_budget_fails_the_build_and_is_still_in_the_table(shops: Pipeline) -> None:
    """The image was built: its line says what it weighs."""
    app = shops.members[0].with_budget(added=8)
    with pytest.raises(Failed) as caught:
        await shops.without_apps().with_app(app).build([dagger.Platform("linux/amd64")])
    text = str(caught.value)
    assert "good: budget linux/amd64: the image adds 9.0 MB unpacked and its budget is 8 MB" in text
    assert text.splitlines()[-1].startswith("good         linux/amd64")


async def test_warnings_follow_the_table(shops: Pipeline, engine: Engine) -> None:
    """Once an image, not once a platform."""
    engine.answers(entries=["go.mod"], contents="require example.com/a v1.0.0")
    lines = (await shops.build()).splitlines()
    assert [line.split(":")[:3] for line in lines[5:]] == [
        ["note", " good", " no go.sum"],
        ["note", " bad", " no go.sum"],
    ]


async def test_smoke_runs_every_image_on_the_engines_platform(shops: Pipeline) -> None:
    """A line each, with what was measured."""
    assert await shops.smoke() == (
        "APPLICATION  PLATFORM     RESULT\n"
        "good         linux/amd64  healthy after 4 ms, stopped within 9 ms\n"
        "bad          linux/amd64  healthy after 4 ms, stopped within 9 ms\n"
    )


async def test_an_image_that_does_not_run_fails_the_smoke_test(shops: Pipeline, engine: Engine) -> None:
    """And the other one's result is shown."""
    silent = json.dumps(json.loads(RAN) | {"healthy": None, "status": "ECONNREFUSED"} | json.loads(WEIGHED))
    engine.answers(stdout=answer(bad=silent))
    with pytest.raises(
        Failed, match=r"smoke test: 1 of 2 .*\n\nbad: smoke linux/amd64: nobody answered /health on port"
    ):
        await shops.smoke()


async def test_an_error_that_nobody_thought_of_is_one_failure_too(shops: Pipeline, engine: Engine) -> None:
    """It says what kind of error it is, and the others are built all the same."""
    engine.answers(stdout=answer(bad="{}"))
    with pytest.raises(Failed) as caught:
        await shops.build()
    text = str(caught.value)
    assert text.startswith("build: 1 of 2 applications failed\n\nKeyError: 'layers'\n\n")
    assert [line.split()[:2] for line in text.splitlines()[-2:]] == [["good", "linux/amd64"], ["good", "linux/arm64"]]


async def test_no_error_of_one_task_cancels_another() -> None:
    """Results stand in the order of the tasks, and an unknown error is its type and its text, fit for a terminal."""

    async def well() -> Outcome:
        await anyio.sleep(0.01)
        return Outcome(notes=["done"])

    async def badly() -> Outcome:
        raise RuntimeError("a\x1b[31mb")

    async def sentence() -> Outcome:
        raise Failed("shop: build: no")

    found = await side_by_side([well, badly, sentence, well])
    done = Outcome(notes=["done"])
    assert found == [done, Outcome(failures=["RuntimeError: ab"]), Outcome(failures=["shop: build: no"]), done]


async def test_nothing_to_work_on_is_an_error(pipeline: Pipeline) -> None:
    """An empty table would look like success."""
    with pytest.raises(Failed, match="there is no application to work on; add one with with-app"):
        await pipeline.without_apps().build()
