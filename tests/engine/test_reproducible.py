"""The same commit gives the same bytes, whenever and from whatever cache it is built."""

import time
from typing import Final

import pytest

from tests.engine.checkout import Checkout
from tests.engine.images import Index

pytestmark = pytest.mark.engine

PRUNES: Final = 5
"""Times that the cache is pruned until something has to be built again."""


def test_an_image_is_the_same_to_the_last_byte_after_the_cache_was_pruned(
    checkout: Checkout, api: Index, frontend: Index, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Both applications, both platforms: rebuilt from nothing, layers, configs and manifests are what they were."""
    from tests.engine.conftest import exported  # noqa: PLC0415 - fixtures live there

    folder = tmp_path_factory.mktemp("again")
    for app, before in (("api", api), ("frontend", frontend)):
        for _ in range(PRUNES):
            checkout.dagger("core", "engine", "local-cache", "prune")
            again, called = exported(checkout, app, folder / f"{app}.tar")
            if called.executed:
                break
            # What a session that is just ending still holds is not pruned.
            time.sleep(10)
        assert called.executed, "nothing was built again: the cache was not pruned"
        for platform, variant in again.items():
            assert variant.digests == before[platform].digests
            assert variant.config == before[platform].config
            assert variant.manifest == before[platform].manifest
