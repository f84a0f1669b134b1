"""A registry that fails while it is pruned: nothing is guessed, and nothing is deleted."""

import datetime as dt
import json

import pytest

from pipeline.policy.documents import INDEX, Document
from pipeline.policy.retention import Policy
from pipeline.remote.pruning import planned
from pipeline.remote.registry import Registry, RegistryError
from tests.http.conftest import Clock
from tests.http.servers import Reply, Server, problem

pytestmark = pytest.mark.anyio

POLICY = Policy(now=dt.datetime(2026, 3, 31, tzinfo=dt.UTC))
OLD = {"org.opencontainers.image.created": "2025-01-01T00:00:00Z"}
IMAGE = Document.write(INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": [], "annotations": OLD})
MANIFESTS = "/v2/shop/manifests"


def fill(server: Server) -> None:
    """An image that is a release and an old pull request."""
    server.answer("/v2/shop/tags/list", Reply(json.dumps({"tags": ["1.2.3", "pr-1"]}).encode()))
    for place in ("1.2.3", "pr-1", IMAGE.digest):
        server.answer(f"{MANIFESTS}/{place}", Reply(IMAGE.raw, headers={"Content-Type": INDEX}))


@pytest.mark.parametrize("place", ["pr-1", IMAGE.digest])
async def test_what_the_registry_does_not_say_is_not_guessed(server: Server, clock: Clock, place: str) -> None:
    """One question that is refused is enough."""
    fill(server)
    server.answer(f"{MANIFESTS}/{place}", problem(403, "DENIED", "no"))
    async with Registry(server.name, retries=clock.retries()) as registry:
        with pytest.raises(RegistryError, match=f"the manifest .*{place} was asked of .* answered 403"):
            await planned(registry, f"{server.name}/shop", POLICY)
