"""Other programs read what was published here: crane, skopeo and oras."""

import dataclasses
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from pipeline.policy.documents import Document
from pipeline.policy.images import EMPTY_BLOB, referrer
from pipeline.remote import publishing
from pipeline.remote.registry import Registry
from pipeline.remote.transport import once
from tests.http import debian
from tests.http.shop import REPOSITORY, image, release

KIND = "application/vnd.cyclonedx+json"
ARTIFACT = image("1.2.3")
SBOM = referrer(ARTIFACT.index.described(), KIND, Document(KIND, b'{"bomFormat":"CycloneDX"}'), {})


@dataclasses.dataclass(frozen=True)
class Shop:
    """A registry of which others read, and a home without anybody's settings."""

    name: str
    home: Path

    @property
    def tagged(self) -> str:
        """The image, as its version names it."""
        return f"{self.name}/{REPOSITORY}:1.2.3"

    def run(self, program: str, *arguments: str) -> bytes:
        """What a program prints."""
        home = {"HOME": str(self.home), "XDG_RUNTIME_DIR": str(self.home), "DOCKER_CONFIG": str(self.home)}
        command = [_found(program), *arguments]
        done = subprocess.run(command, check=False, capture_output=True, env=os.environ | home, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def read(self, program: str, *arguments: str) -> Any:  # noqa: ANN401 - it is anybody's JSON
        """What a program prints, as JSON."""
        return json.loads(self.run(program, *arguments))


def _found(program: str) -> str:
    """A program on PATH, or in the folder of the laboratory."""
    found = shutil.which(program) or shutil.which(program, path=Path("~/.cache/lab/bin").expanduser())
    return found or pytest.skip(f"reading with other clients: left out, {program} is not on PATH")


@pytest.fixture(scope="module", params=["2.8", "3"])
def program(request: pytest.FixtureRequest) -> str:
    """A registry's program."""
    return debian.third() if request.param == "3" else debian.found()


@pytest.fixture(scope="module")
def shop(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A registry with an image, on which an SBOM hangs."""
    with debian.running(folder := tmp_path_factory.mktemp("shop"), program=program) as name:
        anyio.run(_publish, name)
        yield Shop(name, folder)


async def _publish(name: str) -> None:
    repository = f"{name}/{REPOSITORY}"
    async with Registry(name, actions="pull,push") as registry:
        await publishing.publish(registry, repository, ARTIFACT, release("1.2.3"))
        for blob in (EMPTY_BLOB, SBOM.blob):
            await registry.upload(repository, blob.digest, len(blob.raw), partial(once, blob.raw))
        await registry.attach(repository, SBOM.manifest)


def test_crane_finds_every_layer_as_it_was_said_to_be(shop: Shop) -> None:
    """Digests and sizes of both platforms, and what is in the archives."""
    shop.run("crane", "validate", "--remote", shop.tagged)
    assert shop.run("crane", "digest", shop.tagged).decode().strip() == ARTIFACT.index.digest


def test_skopeo_reads_either_platform(shop: Shop) -> None:
    """With its layers, and all tags of the repository."""
    for arch, manifest in zip(("amd64", "arm64"), ARTIFACT.manifests, strict=True):
        where = ["--override-arch", arch, "--override-os", "linux"]
        found = shop.read("skopeo", *where, "inspect", "--tls-verify=false", f"docker://{shop.tagged}")
        assert (found["Architecture"], found["Os"]) == (arch, "linux")
        assert found["Layers"] == [blob.digest for blob in manifest.blobs[1:]]
        assert {"1.2.3", "1", "latest"} <= set(found["RepoTags"])


def test_skopeo_gets_the_index_byte_for_byte(shop: Shop) -> None:
    """Its digest is that of what was published."""
    raw = shop.run("skopeo", "inspect", "--tls-verify=false", "--raw", f"docker://{shop.tagged}")
    assert raw == ARTIFACT.index.raw
    assert debian.digest(raw) == ARTIFACT.index.digest


def test_skopeo_copies_the_whole_image(shop: Shop, tmp_path: Path) -> None:
    """Into a folder, where it keeps its digest."""
    target = ["--all", "--src-tls-verify=false", f"docker://{shop.tagged}", f"oci:{tmp_path}/copy:1.2.3"]
    shop.run("skopeo", "--insecure-policy", "copy", *target)
    (found,) = json.loads((tmp_path / "copy/index.json").read_bytes())["manifests"]
    assert found["digest"] == ARTIFACT.index.digest


@pytest.mark.parametrize("way", [[], ["--distribution-spec", "v1.1-referrers-tag"]], ids=["any way", "the tag"])
def test_oras_discovers_what_hangs_on_an_image(shop: Shop, way: list[str]) -> None:
    """These registries list no referrers: it finds them under the tag."""
    found = shop.read("oras", "discover", "--plain-http", "--format", "json", *way, shop.tagged)
    assert found["digest"] == ARTIFACT.index.digest
    hung = {one["digest"]: one["artifactType"] for one in found["referrers"]}
    assert hung[SBOM.manifest.digest] == KIND


def test_oras_pulls_what_hangs_on_an_image(shop: Shop) -> None:
    """By its digest, byte for byte."""
    repository = shop.tagged.partition(":1.2.3")[0]
    where = f"{repository}@{SBOM.blob.digest}"
    assert shop.run("oras", "blob", "fetch", "--plain-http", "--output", "-", where) == SBOM.blob.raw
