"""What a release says for machines: whoever signs outside of the engine signs what it names."""

import json

import pytest

from pipeline.main import Pipeline
from pipeline.policy.assets import CHECKSUMS, parse_checksums
from tests.http.debian import digest
from tests.http.gateway import COMMIT, TAG

from .queries import Engine
from .releases import World, image_only, releasing

pytestmark = pytest.mark.anyio


@pytest.fixture
def world(published: Pipeline, empty_registry: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in which nothing is released, with an application that has an image alone."""
    return releasing(World(image_only(published), empty_registry, engine), monkeypatch)


async def test_a_release_names_every_image_and_the_checksum_of_every_file(world: World) -> None:
    """Digests as the registry and GitHub have them; a second run says the same, though nothing was done."""
    found = json.loads(await world.release(as_json=True))
    assert (found["version"], found["commit"]) == (TAG, COMMIT)
    assert found["page"].endswith(f"/acme/shop/releases/tag/{TAG}")
    (image,) = found["images"]
    assert (image["app"], image["repository"]) == ("shop", f"{world.to}/shop")
    assert image["digest"] == world.tags()["1.2.3"]
    assert image["reference"] == f"{image['repository']}@{image['digest']}"
    sums = parse_checksums(found["checksums"])
    assert {name: f"sha256:{one}" for name, one in sums.items()} == {
        name: digest(content) for name, content in world.assets().items()
    }
    assert CHECKSUMS in sums
    again = json.loads(await world.release(as_json=True))
    assert {name: again[name] for name in ("version", "commit", "page", "checksums")} == {
        name: found[name] for name in ("version", "commit", "page", "checksums")
    }
    assert [one["reference"] for one in again["images"]] == [image["reference"]]
    assert (image["built"], again["images"][0]["built"]) == (True, False)


async def test_the_status_for_machines_is_the_plan(world: World) -> None:
    """As `plan --as-json` gives it, and nothing is done."""
    said = await world.release(status=True, as_json=True)
    assert said == await world.pipeline.plan(TAG, **world.given({"as_json": True}))
    assert world.written == []
