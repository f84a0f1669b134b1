"""Every application built twice: what the second build shares with the first, and what is said of the two."""

# ruff: noqa: ANN401 - an argument of a query is anything

import json
import re
from collections.abc import Callable
from typing import Any

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed
from pipeline.nodes.image import Image
from pipeline.nodes.reproduce import reproduce, salted
from pipeline.policy.versions import Stamp

from .checked import LAYER, Shops, both, of_bad
from .queries import Engine, arguments, chain, failed, held, steps
from .scans import ran

pytestmark = pytest.mark.anyio

SOURCE = held(dagger.Directory, "source")
ENTRIES = ["go.mod", "go.sum", "package.json", "package-lock.json"]
KINDS: list[Callable[[Pipeline], App]] = [
    lambda pipeline: pipeline.go_app("shop", SOURCE),
    lambda pipeline: pipeline.go_app("shop", SOURCE, cgo=True, packages=["gcc"]),
    lambda pipeline: pipeline.next_app("shop", SOURCE),
]


@pytest.fixture(autouse=True)
def _source(engine: Engine) -> None:
    engine.answers(entries=ENTRIES, imageRef="a:1@sha256:5", exists=True, contents="FROM a\nRUN make\n")


async def image(app: App, stamp: Stamp, salt: str = "") -> Image:
    """The image for one platform."""
    return await salted(app, salt).image(stamp, ["linux/amd64"])


def executed(node: Any) -> list[str]:
    """Every command that an object needs, with all that it depends on."""
    found = []
    for place, step in enumerate(steps(node), start=1):
        if step.name == "withExec":
            found.append(" | ".join(chain(node)[:place]))
        for value in step.args.values():
            found += executed(value) if hasattr(value, "_ctx") else []
    return found


@pytest.mark.parametrize("kind", KINDS, ids=["go", "cgo", "next"])
async def test_a_build_with_a_salt_shares_no_command_and_no_cache(
    pipeline: Pipeline, stamp: Stamp, kind: Callable[[Pipeline], App]
) -> None:
    """Every command has the salt in its environment, and no volume is mounted that another build wrote."""
    first, again = await image(kind(pipeline), stamp), await image(kind(pipeline), stamp, "s1")
    before, after = executed(first.variants[0]), executed(again.variants[0])
    assert len(before) == len(after) >= 2
    assert all("cacheVolume" in command for command in before)
    assert not [command for command in after if "cacheVolume" in command]
    assert all('withEnvVariable(name="PIPELINE_SALT", value="s1")' in command for command in after)
    assert not set(before) & set(after)


@pytest.mark.parametrize("kind", KINDS, ids=["go", "cgo", "next"])
async def test_the_salt_does_not_reach_the_image(
    pipeline: Pipeline, stamp: Stamp, kind: Callable[[Pipeline], App]
) -> None:
    """It stays with the containers that build; base, config and labels are the same."""
    first, again = await image(kind(pipeline), stamp), await image(kind(pipeline), stamp, "s1")
    shown = [[s.name for s in steps(found.variants[0])] for found in (first, again)]
    assert shown[0] == shown[1]
    assert "PIPELINE_SALT" not in [args["name"] for args in arguments(again.variants[0], "withEnvVariable")]
    assert again.facts == first.facts


async def test_without_a_salt_nothing_changes(pipeline: Pipeline, stamp: Stamp) -> None:
    """The first of the two builds is the one that `build` makes, with its caches."""
    for kind in KINDS:
        app = kind(pipeline)
        plain = await app.image(stamp, ["linux/amd64"])
        assert plain.variants == (await image(app, stamp)).variants


async def test_a_dockerfile_runs_its_commands_anew_under_an_argument(
    pipeline: Pipeline, stamp: Stamp, engine: Engine
) -> None:
    """From a file that the context hides, beside what it hid already; the engine's trace of the argument is removed."""
    texts = {'file(path="build/Dockerfile")': "FROM a\nRUN make\n", 'file(path=".dockerignore")': "secret\n"}
    engine.answers(
        exists=lambda asked: "build/Dockerfile.dockerignore" not in asked[-1], contents=lambda asked: texts[asked[-2]]
    )
    app = pipeline.dockerfile_app("shop", SOURCE, file="build/Dockerfile", build_args=["Z=1"])
    (variant,) = (await image(app, stamp, "s1")).variants
    assert chain(variant)[:6] == [
        'node(id="source")',
        'filter(exclude=[".git"])',
        ('withNewFile(path=".pipeline-afresh/Dockerfile.dockerignore", contents="secret\\n\\n.pipeline-afresh\\n")'),
        ('withNewFile(path=".pipeline-afresh/Dockerfile", contents="FROM a\\nARG PIPELINE_SALT\\nRUN make\\n")'),
        (
            'dockerBuild(dockerfile=".pipeline-afresh/Dockerfile", platform="linux/amd64", buildArgs='
            '[{"name": "PIPELINE_SALT", "value": "s1"}, {"name": "Z", "value": "1"}])'
        ),
        'withoutEnvVariable(name="PIPELINE_SALT")',
    ]


async def test_a_context_without_an_ignore_file_hides_the_added_one_alone(
    pipeline: Pipeline, stamp: Stamp, engine: Engine
) -> None:
    """Everything else is still copied."""
    engine.answers(exists=lambda asked: asked[-1].endswith('"Dockerfile")'))
    (variant,) = (await image(pipeline.dockerfile_app("shop", SOURCE), stamp, "s1")).variants
    assert next(args["contents"] for args in arguments(variant, "withNewFile")) == "\n.pipeline-afresh\n"


def weighed(digest: str = "a" * 64, **settings: object) -> str:
    """What an image of one layer weighs, with settings in its config."""
    config = {"config": {"User": "65532:65532"} | settings, "rootfs": {"diff_ids": ["1"]}}
    return json.dumps({"config": config, "layers": [LAYER | {"digest": f"sha256:{digest}"}]})


class Twice(Shops):
    """Builds of which only the second of `bad` may be another, and what the comparison of files finds."""

    second = weighed()
    found = "null"

    def printed(self, asked: list[str]) -> str | Exception:
        """What measures and the comparison print."""
        text = " ".join(asked)
        if ran(asked) == "differ":
            first, second = text.split('path="/second"')
            assert ("PIPELINE_SALT" in first, "PIPELINE_SALT" in second) == (False, True)
            return self.found
        if of_bad(asked) and self.bad:
            return super().printed(asked)
        return self.second if "PIPELINE_SALT" in text and of_bad(asked) else weighed()


@pytest.fixture
def twice(engine: Engine) -> Twice:
    """Answer for both builds of both applications."""
    answering = Twice()
    answering.answer(engine)
    return answering


@pytest.fixture
def apps(pipeline: Pipeline, twice: Twice) -> list[App]:
    """The applications `good` and `bad`."""
    _ = twice
    return both(pipeline).members


LINUX = [dagger.Platform("linux/amd64")]


async def test_what_is_the_same_twice_is_a_table_of_digests(apps: list[App]) -> None:
    """A line a platform, and one for the index that is published; the files are not looked at."""
    text = await reproduce(apps, [])
    rows = [re.split(r"\s{2,}", line) for line in text.splitlines()]
    assert rows[0] == ["APPLICATION", "PLATFORM", "DIGEST", "RESULT"]
    platforms = ["linux/amd64", "linux/arm64", "all"]
    assert [(row[0], row[1]) for row in rows[1:]] == [(app, p) for app in ("good", "bad") for p in platforms]
    assert all(re.fullmatch(r"sha256:\w{64}", row[2]) and row[3] == "same" for row in rows[1:])


async def test_the_digest_is_the_one_that_would_be_published(apps: list[App]) -> None:
    """`build digest` says the same."""
    found = await (await apps[0].build(LINUX)).digest()
    assert f"good         all          {found}  same" in await reproduce(apps, LINUX)


async def test_the_first_file_that_differs_is_named(apps: list[App], twice: Twice) -> None:
    """With application and platform, before the whole table."""
    twice.second = weighed("c" * 64)
    twice.found = json.dumps({"path": "/stamp", "what": "content", "first": "byte 0", "second": ""})
    with pytest.raises(Failed) as caught:
        await reproduce(apps, LINUX)
    assert str(caught.value).startswith(
        "reproduce: 1 of 2 applications could not be reproduced\n\n"
        "bad: reproduce linux/amd64: /stamp has the same size and another content, from byte 0 on\n\nAPPLICATION"
    )
    assert str(caught.value).count("  same") == 2
    assert re.search(
        r"^bad +linux/amd64 +\S+ +content \(/stamp\)\nbad +all +\S+ +differs$", str(caught.value), re.MULTILINE
    )


async def test_layers_that_differ_where_no_file_does_are_told(apps: list[App], twice: Twice) -> None:
    """The digests decide, not what a container sees."""
    twice.second = weighed("c" * 64)
    with pytest.raises(Failed, match=r"bad: reproduce linux/amd64: the layers differ and the files that a container"):
        await reproduce(apps, LINUX)


async def test_a_config_that_differs_is_named_by_its_member(apps: list[App], twice: Twice) -> None:
    """Where the layers are the same there is nothing to look for in them."""
    twice.second = weighed(WorkingDir="/x")
    with pytest.raises(Failed, match=r'the image config is not: WorkingDir is null the first time and "/x" the second'):
        await reproduce(apps, LINUX)


async def test_a_build_that_fails_does_not_stop_another(apps: list[App], twice: Twice) -> None:
    """It is one of those that could not be reproduced."""
    twice.bad["measure"] = failed(["sh", "-c", "script", "compile"], 1, "main.go:3:1: syntax error")
    with pytest.raises(Failed, match=r"^reproduce: 1 of 2 .*\n\nbad: compile: the source does not") as caught:
        await reproduce(apps, LINUX)
    assert "good         all" in str(caught.value)


async def test_without_applications_there_is_nothing_to_reproduce() -> None:
    """The error says how to add one."""
    with pytest.raises(Failed, match="with-app"):
        await reproduce([], [])
