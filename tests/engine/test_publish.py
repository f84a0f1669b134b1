"""Publishing for real: the same bytes again from nothing, and promoted."""

import time
import uuid
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.engine.checkout import LAB_REGISTRY, Checkout
from tests.http import debian

pytestmark = pytest.mark.engine

PRUNES: Final = 5
"""Times that the cache is pruned until something has to be built again."""

OCI = "application/vnd.oci.image.index.v1+json"


def head(registry: str, name: str, tag: str) -> httpx.Response:
    """The index under a tag."""
    return httpx.get(f"http://{registry}/v2/{name}/manifests/{tag}", headers={"Accept": OCI}).raise_for_status()


@pytest.mark.last
def test_after_a_pruned_cache_a_second_registry_gets_the_same_and_promotion_keeps_it(
    checkout: Checkout, tmp_path: Path
) -> None:
    """One digest, and the image that is promoted passes all that anybody can ask of it."""
    name = f"test/publish-{uuid.uuid4().hex}"
    image = ["--registry", f"tcp://{LAB_REGISTRY}", "api", "build"]
    publish = ["publish", "--tag", "latest", "--tag", "0.0.1", "--address"]
    assert checkout.call(*image, *publish, f"localhost:5000/{name}", "pushed").out.startswith("uploaded 5 blobs, ")
    found = head(LAB_REGISTRY, name, "0.0.1")
    digest = found.headers["docker-content-digest"]
    assert found.json()["annotations"]["org.opencontainers.image.source"] == "https://github.com/neurondb/NeuronIP"
    assert [child["platform"]["architecture"] for child in found.json()["manifests"]] == ["amd64", "arm64"]
    with debian.running(tmp_path) as second:
        port = second.rpartition(":")[2]
        there = ["--registry", f"tcp://{second}"]
        for _ in range(PRUNES):
            checkout.dagger("core", "engine", "local-cache", "prune")
            called = checkout.call(*there, "api", "build", *publish, f"localhost:{port}/{name}", "pushed")
            if any("measure.mjs" in command for command in called.executed):
                break
            # What a session that is just ending still holds is not pruned.
            time.sleep(10)
        assert any("measure.mjs" in command for command in called.executed), "the cache was not pruned"
        assert head(second, name, "latest").headers["docker-content-digest"] == digest
        promote = ["promote", "--image", f"localhost:{port}/{name}:latest", "--to", f"localhost:{port}/other"]
        assert "mounted " in checkout.call(*there, *promote, "--tag", "0.0.1").out
        assert head(second, "other", "0.0.1").headers["docker-content-digest"] == digest
        seen = checkout.call(*there, "verify", "--image", f"localhost:{port}/other:0.0.1").out
    rows = {line[:18].strip(): line[18:24] for line in seen.splitlines()[2:]}
    assert set(rows.values()) == {"passed"}
    assert {"labels", "sbom linux/arm64", "provenance", "smoke"} <= rows.keys()
