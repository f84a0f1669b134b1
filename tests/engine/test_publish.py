"""Publishing for real: to a registry of this machine, and to one for a call alone."""

import re
import uuid

import httpx
import pytest

from tests.engine.checkout import LAB_REGISTRY, Checkout

pytestmark = pytest.mark.engine

OCI = "application/vnd.oci.image.index.v1+json"


def test_an_image_is_published_twice_with_one_digest_and_uploaded_once(checkout: Checkout) -> None:
    """The registry has under the tag what `digest` says; the second time there is nothing to upload."""
    name = f"test/publish-{uuid.uuid4().hex}"
    image = ["--registry", f"tcp://{LAB_REGISTRY}", "api", "build"]
    publish = [*image, "publish", "--address", f"localhost:5000/{name}", "--tag", "latest", "--tag", "0.0.1"]
    digest = checkout.call(*image, "digest").out.strip()
    assert checkout.call(*publish, "pushed").out.startswith("uploaded 5 blobs, ")
    found = httpx.get(f"http://{LAB_REGISTRY}/v2/{name}/manifests/0.0.1", headers={"Accept": OCI}).raise_for_status()
    assert found.headers["docker-content-digest"] == digest
    assert found.json()["annotations"]["org.opencontainers.image.source"] == "https://github.com/neurondb/NeuronIP"
    assert [child["platform"]["architecture"] for child in found.json()["manifests"]] == ["amd64", "arm64"]
    assert checkout.call(*publish, "pushed").out == "nothing had to be uploaded"


def test_publish_needs_nothing_at_hand(checkout: Checkout) -> None:
    """Without a registry it starts one, publishes what passed, and prints every tag with its reason."""
    out = checkout.call("publish").out
    commit = checkout.git("rev-parse", "HEAD")[:7]
    for app in ("api", "frontend"):
        assert re.search(rf"^{app}: localhost:5000/{app}@sha256:[0-9a-f]{{64}}$", out, re.MULTILINE)
    assert len(re.findall(rf"^main-{commit} +put +commit of main$", out, re.MULTILINE)) == 2
    assert len(re.findall(r"^edge +put +newest of main$", out, re.MULTILINE)) == 2
    assert out.rstrip().endswith("that registry was one for this call alone; name another with --to or --registry")
