"""The query of an application that brings a Dockerfile."""

# ruff: noqa: ANN401 - arguments are handed on as they are

from typing import Any

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.errors import Failed
from pipeline.nodes.image import Image
from pipeline.policy.versions import Stamp

from .queries import Engine, arguments, chain, held, pairs

pytestmark = pytest.mark.anyio

SOURCE = held(dagger.Directory, "source")


@pytest.fixture(autouse=True)
def _source(engine: Engine) -> None:
    engine.answers(exists=True, entries=["Containerfile"], plaintext="hidden")


async def image(pipeline: Pipeline, stamp: Stamp, *platforms: str, **chosen: Any) -> Image:
    """The image of an application called shop."""
    return await pipeline.dockerfile_app("shop", SOURCE, **chosen).image(stamp, platforms or ["linux/amd64"])


async def test_a_dockerfile_is_built_as_it_says_for_each_platform(pipeline: Pipeline, stamp: Stamp) -> None:
    """File, target and arguments are handed over; base and user stay its own, and git's folder stays behind."""
    chosen = {"file": "build/Dockerfile", "target": "prod", "build_args": ["A=1", "B=x=y"]}
    found = await image(pipeline, stamp, "linux/amd64", "linux/arm64", **chosen)
    for platform, variant in zip(["linux/amd64", "linux/arm64"], found.variants, strict=True):
        assert chain(variant)[:3] == [
            'node(id="source")',
            'filter(exclude=[".git"])',
            (
                f'dockerBuild(dockerfile="build/Dockerfile", platform="{platform}", '
                'buildArgs=[{"name": "A", "value": "1"}, {"name": "B", "value": "x=y"}], target="prod")'
            ),
        ]
        assert {step.partition("(")[0] for step in chain(variant)[3:]} == {"withLabel"}


async def test_nothing_is_said_where_nothing_was_asked_for(pipeline: Pipeline, stamp: Stamp) -> None:
    """The Dockerfile's own defaults hold."""
    (variant,) = (await image(pipeline, stamp)).variants
    assert chain(variant)[2] == 'dockerBuild(platform="linux/amd64")'


async def test_secrets_go_to_the_build_under_their_names(pipeline: Pipeline, stamp: Stamp) -> None:
    """As `RUN --mount=type=secret,id=token` finds them, and never as arguments."""
    app = pipeline.dockerfile_app("shop", SOURCE).with_secret("token", held(dagger.Secret, "value"))
    (variant,) = (await app.image(stamp, ["linux/amd64"])).variants
    (build,) = arguments(variant, "dockerBuild")
    assert [chain(secret) for secret in build["secrets"]] == [['setSecret(name="token", plaintext="hidden")']]
    assert "buildArgs" not in build


async def test_a_dockerfile_that_is_not_there_is_refused(pipeline: Pipeline, stamp: Stamp, engine: Engine) -> None:
    """The error says what lies there and how to name it."""
    engine.answers(exists=False)
    with pytest.raises(Failed, match=r"^shop: sources: no Dockerfile in the source folder, which holds Containerfile;"):
        await image(pipeline, stamp)


async def test_a_base_that_is_not_known_is_not_made_up(pipeline: Pipeline, stamp: Stamp) -> None:
    """The labels name a base only where there is one."""
    found = await image(pipeline, stamp)
    assert found.base == ""
    assert not [name for name in pairs(found.variants[0], "withLabel") if ".base." in name]
