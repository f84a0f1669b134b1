"""The query of an application whose kind another module knows."""

# ruff: noqa: ANN401 - arguments are handed on as they are

from typing import Any

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed
from pipeline.nodes.reproduce import salted
from pipeline.policy.versions import Stamp

from .kinds import Packed
from .queries import Engine, arguments, chain, held, pairs

pytestmark = pytest.mark.anyio

SOURCE = held(dagger.Directory, "source")


@pytest.fixture(autouse=True)
def _base(engine: Engine) -> None:
    engine.answers(imageRef="docker.io/library/other:1@sha256:9")


def shop(pipeline: Pipeline, **chosen: Any) -> App:
    """An application that another module makes."""
    return pipeline.kind_app("shop", SOURCE, Packed("made"), ["/bin/shop", "serve"], **chosen)


async def test_the_other_module_is_asked_for_each_platform(pipeline: Pipeline, stamp: Stamp) -> None:
    """It gets the source without git's folder and the version; modes of what it makes are git's, and all is root's."""
    found = await shop(pipeline).image(stamp, ["linux/amd64", "linux/arm64"])
    for platform, variant in zip(["linux/amd64", "linux/arm64"], found.variants, strict=True):
        (layer,) = [args["source"] for args in arguments(variant, "withDirectory")]
        (laid,) = arguments(layer, "withDirectory")
        files, owner = laid["source"], laid["owner"]
        assert owner == "0:0"
        assert chain(files) == [
            'node(id="source")',
            'filter(exclude=[".git"])',
            f'withNewFile(path="made", contents="1.4.0 for {platform}")',
        ]
        (modes,) = arguments(layer, "withExec")
        assert modes["args"][-4:] == ["chmod", "-R", "u=rwX,go=rX", "/files"]
        assert chain(layer)[-1] == "withTimestamps(timestamp=1700000000)"


async def test_it_stands_on_its_base_as_every_image_does(pipeline: Pipeline, stamp: Stamp) -> None:
    """By the base's digest, not as root, with port, command, health check, environment and labels."""
    chosen = {"base": "other:1", "port": 9000, "healthcheck": ["/bin/shop", "ok"], "args": ["-v"], "env": ["A=1"]}
    found = await shop(pipeline, **chosen).image(stamp, ["linux/amd64"])
    (variant,) = found.variants
    said = chain(variant)
    assert said[1] == 'from(address="docker.io/library/other:1@sha256:9")'
    for step in (
        'withUser(name="65532:65532")',
        'withEnvVariable(name="A", value="1")',
        "withExposedPort(port=9000)",
        'withEntrypoint(args=["/bin/shop", "serve"])',
        'withDefaultArgs(args=["-v"])',
    ):
        assert step in said
    assert [args["args"] for args in arguments(variant, "withDockerHealthcheck")] == [["/bin/shop", "ok"]]
    assert pairs(variant, "withLabel")["org.opencontainers.image.base.name"] == "docker.io/library/other:1"
    assert (found.own_layers, found.notes) == (1, [])


async def test_a_key_is_of_what_the_other_module_made(pipeline: Pipeline, stamp: Stamp) -> None:
    """Its code is in no key of this module, so what came out of it is hashed, for every platform."""
    found = await shop(pipeline).image(stamp, ["linux/amd64", "linux/arm64"])
    hashed = {args["path"]: args["source"] for args in arguments(found.contents, "withDirectory")}
    assert hashed.keys() == {"source", "made"}
    listed = {args["path"]: chain(args["source"]) for args in arguments(hashed["made"], "withFile")}
    assert listed.keys() == {"linux/amd64.folders", "linux/arm64.folders"}
    made = {args["path"]: " | ".join(chain(args["source"])) for args in arguments(hashed["made"], "withDirectory")}
    assert made.keys() == {"linux/amd64", "linux/arm64"}
    for platform, files in made.items():
        assert f"1.4.0 for {platform}" in files
        assert "chmod" in files
        # Of the folders that are laid down, empty ones too, which git's hash of a tree leaves out.
        listing = listed[f"{platform}.folders"]
        assert [step for step in listing if step.startswith("withMountedDirectory")] == [
            f'withMountedDirectory(path="/tree", source=<{files}>)'
        ]
        assert listing[-1] == 'file(path="/folders")'


async def test_secrets_are_no_concern_of_another_module(pipeline: Pipeline, stamp: Stamp) -> None:
    """It is said rather than left out in silence."""
    app = shop(pipeline).with_secret("token", held(dagger.Secret, "value"))
    with pytest.raises(Failed, match=r"^shop: sources: the secret token cannot be handed to the module that makes it;"):
        await app.image(stamp, ["linux/amd64"])


async def test_a_build_afresh_is_refused(pipeline: Pipeline, stamp: Stamp) -> None:
    """A second build would be the first one out of the cache, and would prove nothing."""
    said = "^shop: sources: another module makes it, and nothing here can make that one run again; reproduce the others"
    with pytest.raises(Failed, match=said):
        await salted(shop(pipeline), "salt").image(stamp, ["linux/amd64"])


async def test_lint_and_test_have_nothing_to_run(pipeline: Pipeline) -> None:
    """The module that knows the kind has its own."""
    assert [await shop(pipeline).lint(), await shop(pipeline).test()] == ["none\n", "none\n"]


def test_an_image_without_a_command_is_refused(pipeline: Pipeline) -> None:
    """It could not be started."""
    with pytest.raises(Failed, match=r"^shop: arguments: there is no command to start it with"):
        pipeline.kind_app("shop", SOURCE, Packed("made"), [])
