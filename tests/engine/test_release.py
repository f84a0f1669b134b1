"""Releasing for real: to a registry and a GitHub of this machine, and as a rehearsal that needs neither."""

import hashlib
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.policy.assets import parse_checksums
from pipeline.rehearsal.github import Stand, serve
from tests.engine.checkout import Called, Checkout
from tests.http import debian

pytestmark = pytest.mark.engine

REPOSITORY = "neurondb/NeuronIP"
TOKEN = "a-token-for-releases"


@pytest.fixture
def github(checkout: Checkout) -> Iterator[Stand]:
    """A GitHub that has the tag at the commit that is checked out."""
    stand = Stand(REPOSITORY, TOKEN)
    stand.state.tag("v1.3.0", checkout.git("rev-parse", "HEAD"))
    with serve(stand, 0, "127.0.0.1") as server:
        stand.blobs = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield stand
        server.shutdown()
        thread.join()


def state(stand: Stand, registry: str) -> dict[str, Any]:
    """All that there is: tags and digests of the registry, releases and the digests of their files."""
    headers = {"Accept": "application/vnd.oci.image.index.v1+json"}
    with httpx.Client(base_url=f"http://{registry}/v2/api") as client:
        tags = [tag for tag in client.get("/tags/list").json()["tags"] if not tag.startswith("sha256-")]
        found = {
            tag: client.head(f"/manifests/{tag}", headers=headers).headers["docker-content-digest"] for tag in tags
        }
    assets = {asset.name: (asset.id, asset.digest) for asset in stand.state.assets.values()}
    return {"tags": found, "assets": assets, "releases": [vars(one) for one in stand.state.releases.values()]}


def test_a_release_is_made_whole_and_run_again_it_is_left_alone(
    checkout: Checkout, github: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API alone, twice from one commit."""
    monkeypatch.setenv("RELEASE_TOKEN", TOKEN)
    with debian.running(tmp_path) as registry:

        def release(version: str) -> Called:
            options = (
                f"--version={version} --github={github.blobs.replace('http', 'tcp')} --github-token=env://RELEASE_TOKEN"
            )
            shell = f". --registry=tcp://{registry} | without-apps | with-app $(api) | release {options}"
            called = checkout.dagger("-c", shell)
            assert TOKEN not in called.out + called.log
            return called

        out = release("v1.3.0").out
        first = state(github, registry)
        assert not re.search(r" (to do|refused|not asked) ", out)
        assert {"1.3.0", "v1.3.0", "1.3", "1", "latest"} <= first["tags"].keys()
        assert [(one["tag"], one["draft"]) for one in first["releases"]] == [("v1.3.0", False)]
        _whole(github)

        again = release("v1.3.0")
        assert re.search(r"^api: key-\w{32} is there already: not built and tested again$", again.out, re.MULTILINE)
        assert state(github, registry) == first


def test_a_rehearsal_from_a_clean_clone_prints_the_whole_release(checkout: Checkout, tmp_path: Path) -> None:
    """Both applications with every file; nothing is left to do, and what was a stand-in is said."""
    clone = Checkout(tmp_path / "clone")
    checkout.git("clone", "--quiet", str(checkout.path), str(clone.path))
    if (checkout.path / ".env").exists():
        (clone.path / ".env").write_bytes((checkout.path / ".env").read_bytes())
    out = clone.call("rehearse", "--version", "v1.2.3").out
    rows = re.findall(r"^(commit|git tag|image|tag|release|asset|publish) +(\S+) +(\w[\w ]*?)  ", out, re.MULTILINE)
    steps = [row for row in rows if row[2] != "put"]
    assert {state for _, _, state in steps} == {"done"}
    assert {of for step, of, _ in steps if step == "image"} == {"localhost:5000/api", "localhost:5000/frontend"}
    assert {of for step, of, _ in steps if step == "asset"} >= {
        "neuronip-api_1.2.3_windows_arm64.zip",
        "frontend_1.2.3.intoto.jsonl",
        "compose.yaml",
        "checksums.txt",
    }
    assert out.rstrip().endswith("registry and GitHub were stand-ins of this call, and nothing outside was touched")


def _whole(github: Stand) -> None:
    """The checksums are those of every other file, as anybody downloads it."""
    base = f"{github.blobs}/{REPOSITORY}/releases/download/v1.3.0"
    sums = parse_checksums(httpx.get(f"{base}/checksums.txt").text)
    assert {asset.name for asset in github.state.assets.values()} == {*sums, "checksums.txt"}
    for name, digest in sums.items():
        assert hashlib.sha256(httpx.get(f"{base}/{name}").content).hexdigest() == digest
