"""What lies in a registry of the comparison's own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench.compare.applications import APPLICATIONS
from bench.compare.contenders import Name, repository
from bench.compare.programs import BenchError
from pipeline.remote.manifests import MEDIA_TYPES
from tests.http import debian

_BLOBS: Final = "storage/docker/registry/v2/blobs"


def program() -> str:
    """A registry that can be started.

    Raises:
        BenchError: none is installed.
    """
    found = debian.third() or debian.found()
    if not found:
        raise BenchError("no registry is on PATH; install distribution 3 (registry) or Debian's docker-registry")
    return found


def stored(folder: Path) -> int:
    """Bytes of all blobs that a registry keeps in a folder, each once; manifests are blobs too."""
    return sum(path.stat().st_size for path in (folder / _BLOBS).rglob("data"))


def sizes(registry: str, contender: Name, tag: str) -> dict[str, dict[str, int]]:
    """Bytes of the compressed layers of each application's image, by platform."""
    with debian.plain_client(f"http://{registry}") as client:

        def manifest(path: str, reference: str) -> dict[str, Any]:
            address = f"/v2/{path}/manifests/{reference}"
            answer = client.get(address, headers={"Accept": ", ".join(MEDIA_TYPES)}).raise_for_status()
            content: dict[str, Any] = answer.json()
            return content

        found = {}
        for application in APPLICATIONS:
            path = repository(registry, contender, application.name).partition("/")[2]
            children = variants(manifest(path, tag))
            found[application.name] = {
                platform: layers(manifest(path, digest)) for platform, digest in sorted(children.items())
            }
        return found


def variants(index: Mapping[str, Any]) -> dict[str, str]:
    """The digest of each platform's manifest in an index; what describes an image is none of them.

    Raises:
        BenchError: it is no index.
    """
    if "manifests" not in index:
        raise BenchError("what was pushed for two platforms is the manifest of one; build both platforms")
    named = {f"{one['platform']['os']}/{one['platform']['architecture']}": one["digest"] for one in index["manifests"]}
    return {platform: digest for platform, digest in named.items() if not platform.startswith("unknown")}


def layers(manifest: Mapping[str, Any]) -> int:
    """Bytes of the layers that a manifest names, as they lie in the registry."""
    return sum(int(layer["size"]) for layer in manifest["layers"])
