"""A release that is killed, of registry and GitHub together, and run again: it ends the same wherever it was."""

import pytest

from pipeline.main import Pipeline

from .queries import Engine
from .releases import TRACELESS, World, image_only, releasing

pytestmark = pytest.mark.anyio


@pytest.fixture
def world(published: Pipeline, empty_registry: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in which nothing is released, with an application that has an image alone."""
    return releasing(World(image_only(published), empty_registry, engine), monkeypatch)


async def test_killed_after_any_request_and_run_again_it_ends_the_same(world: World) -> None:
    """With nothing doubled; until the release is published no floating tag is there.

    A process that ends leaves what it wrote and nothing else, so that after a request that reads the world is as it was
    before. Hence it ends before each request that writes: after each that went before, and whatever was read since.
    """
    await world.release()
    whole = world.picture()
    writes = [number for number, one in enumerate(world.written) if not TRACELESS.match(one)]
    assert len(writes) > 30
    for last in writes:
        world.anew(f"killed-{last}")
        assert await world.killed(last)
        assert world.published or not world.floats()
        await world.release()
        assert world.picture() == whole, last
