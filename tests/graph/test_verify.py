"""Verify: a published image is what it says, and whatever is not has its row."""

import json
import re
from collections.abc import Callable

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.errors import Failed

from .published import LAYERS, measured
from .queries import Engine, held, refused
from .scans import ran

pytestmark = pytest.mark.anyio

COMMIT = "abc1234def5678abc1234def5678abc1234def56"
HISTORY = f"{COMMIT}\t1700000000\tv1.2.3\t0\tv1.2.3\t\tfalse\n"
UNHEALTHY = '{"status": "ECONNREFUSED", "answers": [], "writable": false, "log": "no database"}'

LARGE = json.dumps({"config": {"config": {"User": "1"}}, "layers": [LAYERS[0] | {"unpacked": 9_000_000}]})

Printed = Callable[[list[str]], str | Exception]


def pulled(asked: list[str]) -> bool:
    """Whether a query is about the image that a registry gave."""
    return "/acme/" in " ".join(asked)


def answering(engine: Engine, stage: str, other: Printed, when: Callable[[list[str]], bool] = pulled) -> None:
    """Let a stage print something else when it is about such an image."""
    usual = engine._answers["stdout"]
    engine.answers(
        stdout=lambda asked: (
            other(asked) if '"sh", "-c"' in asked[-2] and when(asked) and ran(asked) == stage else usual(asked)
        )
    )


async def image(pipeline: Pipeline, registry: str) -> str:
    """`good` in a registry."""
    await pipeline.without_apps().with_app(pipeline.members[0]).publish(to=[f"{registry}/acme"], tag=["try"])
    return f"{registry}/acme/good:try"


async def stamped(pipeline: Pipeline, engine: Engine, registry: str) -> tuple[Pipeline, str]:
    """A pipeline of the application `shop` alone, which has a repository, and its image in a registry."""
    usual = engine._answers["stdout"]
    engine.answers(stdout=lambda asked: HISTORY if "rev-list" in " ".join(asked) else usual(asked), url=None)
    repository = held(dagger.GitRepository, "there")
    app = pipeline.go_app("shop", held(dagger.Directory, "good"), repository=repository)
    alone = pipeline.without_apps().with_app(app)
    await alone.publish(to=[f"{registry}/acme"], tag=["try"])
    return alone, f"{registry}/acme/shop:try"


def runs(engine: Engine) -> list[str]:
    """The commands that ran the image of a registry."""
    return [asked[-2] for asked in engine.asked if len(asked) > 1 and pulled(asked) and "smoke.mjs" in asked[-2]]


def rows(text: str) -> dict[str, tuple[str, str]]:
    """What was looked at, with its result and what was seen."""
    cells = [re.split(r"\s{2,}", line) for line in text.partition("\nCHECK ")[2].splitlines()[1:]]
    return {check: (result, seen) for check, result, seen in cells}


async def problems(pipeline: Pipeline, reference: str, **wish: object) -> dict[str, str]:
    """What is not as it has to be; the error names it before the table, and the table has all that was looked at."""
    with pytest.raises(Failed) as caught:
        await pipeline.verify(reference, **wish)  # type: ignore[arg-type]
    text = str(caught.value)
    found = {check: seen for check, (result, seen) in rows(text).items() if result == "FAILED"}
    assert text.startswith(f"verify: {reference} is not as it has to be: {', '.join(found)}\n\n")
    assert {"image index", "labels", "provenance"} < rows(text).keys()
    return found


async def test_an_image_in_order_passes_every_look(published: Pipeline, empty_registry: str) -> None:
    """A line each, after its name by digest."""
    reference = await image(published, empty_registry)
    text = await published.verify(reference)
    assert re.match(rf"{empty_registry}/acme/good@sha256:\w{{64}}\nCHECK ", text)
    assert {result for result, _ in rows(text).values()} == {"passed"}
    assert rows(text)["smoke"][1] == "healthy after 4 ms, stopped within 9 ms"
    assert rows(text)["size"][1] == "0.0 MB unpacked, no budget given"


async def test_an_image_that_is_not_there_is_an_error(published: Pipeline, empty_registry: str) -> None:
    """In the registry's words, with the reference."""
    with pytest.raises(Failed, match=rf"^{empty_registry}/acme/none:1: verify: the manifest .* answered 404 Not Found"):
        await published.verify(f"{empty_registry}/acme/none:1")


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ("denied: not for you", "pull: denied: not for you"),
        ("failed to resolve image x: no manifest matches", "pull: the registry has no image for linux/amd64"),
    ],
)
async def test_a_pull_that_is_refused_leaves_what_the_registry_said(
    published: Pipeline, empty_registry: str, engine: Engine, answer: str, seen: str
) -> None:
    """It is neither run nor weighed."""
    reference = await image(published, empty_registry)
    engine.answers(platform=refused(answer))
    assert await problems(published, reference) == {"pull": f"{reference}: {seen}"}


@pytest.mark.parametrize(("total", "budget"), [(8, 8), (0, 7)])
async def test_an_image_over_its_budget_is_seen(
    published: Pipeline, empty_registry: str, engine: Engine, total: int, budget: int
) -> None:
    """The one that a caller gives, else the application's."""
    limited = published.without_apps().with_app(published.members[0].with_budget(total=7))
    reference = await image(limited, empty_registry)
    answering(engine, "measure", lambda _: LARGE)
    (check, seen), *others = (await problems(limited, reference, total=total)).items()
    assert (check, others) == ("size", [])
    assert f"9.0 MB unpacked and its budget is {budget} MB" in seen


async def test_what_its_base_brings_is_no_budget_of_a_published_image(
    published: Pipeline, empty_registry: str, engine: Engine
) -> None:
    """Only its build knows where the application begins."""
    limited = published.without_apps().with_app(published.members[0].with_budget(added=1))
    reference = await image(limited, empty_registry)
    answering(engine, "measure", lambda _: LARGE)
    assert rows(await limited.verify(reference))["size"] == ("passed", "9.0 MB unpacked, no budget given")


async def test_an_image_that_does_not_run_is_seen(published: Pipeline, empty_registry: str, engine: Engine) -> None:
    """In a line: its log stands elsewhere."""
    reference = await image(published, empty_registry)
    answering(engine, "smoke", lambda _: UNHEALTHY)
    (seen,) = (await problems(published, reference)).values()
    assert seen.startswith(f"{reference}: smoke: nobody answered /health on port 8080")
    assert "no database" not in seen


async def test_it_is_asked_where_a_caller_says_that_it_is_healthy(
    published: Pipeline, empty_registry: str, engine: Engine
) -> None:
    """In place of the path of its application."""
    reference = await image(published, empty_registry)
    await published.verify(reference, health_path="/ready")
    (run,) = runs(engine)
    assert r"\"health\": \"/ready\"" in run


async def test_an_image_of_another_platform_is_not_run(
    published: Pipeline, empty_registry: str, engine: Engine
) -> None:
    """All else is looked at."""
    reference = await image(published, empty_registry)
    engine.answers(defaultPlatform=dagger.Platform("linux/riscv64"))
    found = rows(await published.verify(reference))
    assert found["smoke"] == ("passed", "not run: it is not for linux/riscv64, as this engine is")
    assert "size" not in found


@pytest.mark.parametrize(
    ("ports", "seen"),
    [
        ({}, "not run: it says no port"),
        ({"9/udp": {}, "8080/tcp": {}, "9090": {}}, "healthy after 4 ms, stopped within 9 ms"),
    ],
)
async def test_an_image_of_no_application_here_is_run_on_the_port_that_it_says(
    published: Pipeline, empty_registry: str, engine: Engine, ports: dict[str, object], seen: str
) -> None:
    """The lowest of TCP; without one nobody could ask it."""
    reference = await image(published, empty_registry)
    answering(engine, "measure", lambda asked: measured(asked, ExposedPorts=ports))
    assert rows(await published.without_apps().verify(reference))["smoke"] == ("passed", seen)
    assert [r"\"port\": 8080, \"health\": \"/\"" in run for run in runs(engine)] == [True] * bool(ports)


async def test_the_commit_that_an_image_names_is_built_on_the_base_that_it_names(
    published: Pipeline, empty_registry: str, engine: Engine
) -> None:
    """The same digest: nobody changed it."""
    alone, reference = await stamped(published, engine, empty_registry)
    engine.asked.clear()
    assert rows(await alone.verify(reference, rebuild=True))["rebuild"] == ("passed", "the same digest")
    built = [" ".join(asked) for asked in engine.asked if f'commit(id="{COMMIT}")' in " ".join(asked)]
    assert built
    assert f'from(address="docker.io/library/static:1@sha256:{5:064}")' in built[-1]


async def test_a_commit_that_gives_another_digest_is_seen(
    published: Pipeline, empty_registry: str, engine: Engine
) -> None:
    """Both are shown: that of the name above the table, and that of the build."""
    alone, reference = await stamped(published, engine, empty_registry)

    def other(asked: list[str]) -> str:
        return measured(asked, User="1")

    answering(engine, "measure", other, lambda asked: f'commit(id="{COMMIT}")' in " ".join(asked))
    (check, seen), *others = (await problems(alone, reference, rebuild=True)).items()
    assert (check, others) == ("rebuild", [])
    assert re.match(rf"{COMMIT} gives sha256:\w{{64}}, built by this module with its images", seen)


async def test_an_image_of_no_application_here_cannot_be_rebuilt(published: Pipeline, empty_registry: str) -> None:
    """Nobody here knows how."""
    reference = await image(published, empty_registry)
    seen = await problems(published.without_apps(), reference, rebuild=True)
    assert seen == {
        "rebuild": "good: rebuild: no application here has the title 'good'; call it where the image was built"
    }


async def test_an_image_that_names_no_commit_cannot_be_rebuilt(published: Pipeline, empty_registry: str) -> None:
    """It was built without a repository."""
    reference = await image(published, empty_registry)
    assert await problems(published, reference, rebuild=True) == {
        "rebuild": "good: rebuild: the image does not say version, revision and time, so there is no commit to build"
    }


async def test_an_application_without_a_repository_cannot_build_a_commit(
    published: Pipeline, empty_registry: str, engine: Engine
) -> None:
    """The image names one, and the application that has its title comes from a folder."""
    _, reference = await stamped(published, engine, empty_registry)
    folder = published.without_apps().with_app(published.go_app("shop", held(dagger.Directory, "good")))
    assert await problems(folder, reference, rebuild=True) == {
        "rebuild": "shop: rebuild: it has no repository that could hold another commit; give it one with --repository"
    }
