"""Releasing for real: to a registry and a GitHub of this machine, and as a rehearsal that needs neither."""

import hashlib
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from pipeline.policy.assets import parse_checksums
from pipeline.rehearsal.github import Stand, serve
from tests.engine import apps
from tests.engine.checkout import Called, Checkout
from tests.http import debian

pytestmark = pytest.mark.engine

REPOSITORY: Final = "acme/hello"
TOKEN: Final = "a-token-for-releases"
FOLDER: Final = "examples/hello"
"""Where the application lies: the module does not read it there, and so need not be loaded anew."""


@pytest.fixture
def github() -> Iterator[tuple[Stand, str]]:
    """A GitHub without tags, and where it is on this machine."""
    stand = Stand(REPOSITORY, TOKEN)
    with serve(stand, 0, "127.0.0.1") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield stand, f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def state(stand: Stand, registry: str) -> dict[str, Any]:
    """All that there is: tags and digests of the registry, releases and the digests of their files."""
    headers = {"Accept": "application/vnd.oci.image.index.v1+json"}
    with httpx.Client(base_url=f"http://{registry}/v2/hello") as client:
        tags = [tag for tag in client.get("/tags/list").json()["tags"] if not tag.startswith("sha256-")]
        found = {
            tag: client.head(f"/manifests/{tag}", headers=headers).headers["docker-content-digest"] for tag in tags
        }
    assets = {(asset.release, asset.name): (asset.id, asset.digest) for asset in stand.state.assets.values()}
    return {"tags": found, "assets": assets, "releases": [dict(vars(one)) for one in stand.state.releases.values()]}


def test_a_release_run_again_changes_nothing_and_an_older_one_does_not_take_latest(
    changing: Checkout, github: tuple[Stand, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1.3.0 twice, then 1.2.4 from its own branch."""
    stand, place = github
    monkeypatch.setenv("RELEASE_TOKEN", TOKEN)
    changing.commit("feat: say hello", **{f"{FOLDER}/{name}": text for name, text in apps.server().items()})
    with debian.running(tmp_path) as registry:

        def release(version: str) -> Called:
            stand.state.tag(version, changing.git("rev-parse", "HEAD"))
            app = f"go-app hello {FOLDER} --repository . --path {FOLDER}"
            given = f"--github-repository {REPOSITORY} --github tcp://{place}"
            command = f"release {version} {given} --github-token env://RELEASE_TOKEN"
            called = changing.dagger(
                "-c", f". --registry tcp://{registry} | without-apps | with-app $({app}) | {command}"
            )
            assert TOKEN not in called.out + called.log
            return called

        out = release("v1.3.0").out
        first = state(stand, registry)
        assert not re.search(r" (to do|refused|not asked) ", out)
        assert {"1.3.0", "v1.3.0", "1.3", "1", "latest"} <= first["tags"].keys()
        assert [(one["tag"], one["draft"]) for one in first["releases"]] == [("v1.3.0", False)]
        _whole(stand, place)

        again = release("v1.3.0").out
        assert re.search(r"^hello: key-\w{32} is there already: not built and tested again$", again, re.MULTILINE)
        assert state(stand, registry) == first

        changing.git("checkout", "--quiet", "-b", "release/1.2")
        changing.commit("fix: say it louder", **{f"{FOLDER}/main.go": apps.server(202)["main.go"]})
        release("v1.2.4")
        then = state(stand, registry)
        older = then["tags"]["1.2.4"]
        assert then["tags"] == first["tags"] | {tag: digest for tag, digest in then["tags"].items() if digest == older}
        assert {tag for tag, digest in then["tags"].items() if digest == older} >= {"1.2.4", "v1.2.4", "1.2"}
        newest = stand.state.newest()
        assert newest
        assert newest.tag == "v1.3.0"


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
    assert {of for step, of, _ in steps if step == "image"} == {"localhost:8080/api", "localhost:8080/frontend"}
    assert {of for step, of, _ in steps if step == "asset"} >= {
        "neuronip-api_1.2.3_windows_arm64.zip",
        "frontend_1.2.3.intoto.jsonl",
        "compose.yaml",
        "checksums.txt",
    }
    assert out.rstrip().endswith("registry and GitHub were stand-ins of this call, and nothing outside was touched")


def _whole(stand: Stand, place: str) -> None:
    """The checksums are those of every other file, as anybody downloads it."""
    base = f"http://{place}/{REPOSITORY}/releases/download/v1.3.0"
    sums = parse_checksums(httpx.get(f"{base}/checksums.txt").text)
    assert {asset.name for asset in stand.state.assets.values()} == {*sums, "checksums.txt"}
    for name, digest in sums.items():
        assert hashlib.sha256(httpx.get(f"{base}/{name}").content).hexdigest() == digest
