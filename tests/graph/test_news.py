"""What is new since the release before: said as far as that one can be read, and it stops no release."""

import json
from typing import Final

import pytest

from pipeline.main import Pipeline
from pipeline.policy.documents import INDEX, Document
from pipeline.remote.registry import Registry
from tests.http.gateway import COMMIT

from .queries import Engine
from .releases import World, image_only, releasing

pytestmark = pytest.mark.anyio

EMPTY: Final = Document(INDEX, json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).encode())


@pytest.fixture
def world(published: Pipeline, empty_registry: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in which nothing is released, with an application that has an image alone."""
    return releasing(World(image_only(published), empty_registry, engine), monkeypatch)


async def test_an_older_image_without_layers_stops_no_release(world: World) -> None:
    """Nothing is compared with it."""
    await world.release()
    described = {"mediaType": INDEX, "digest": EMPTY.digest, "size": len(EMPTY.raw)}
    child = described | {"platform": {"os": "linux", "architecture": "amd64"}}
    top = Document(INDEX, json.dumps(json.loads(EMPTY.raw) | {"manifests": [child]}).encode())
    async with Registry(world.registry, actions="pull,push") as registry:
        await registry.put(f"{world.to}/shop@{EMPTY.digest}", EMPTY)
        await registry.put(f"{world.to}/shop:1.2.3", top)
    world.stand.state.tag("v1.2.4", COMMIT)
    await world.release("v1.2.4")
    assert world.published == ["v1.2.3", "v1.2.4"]
