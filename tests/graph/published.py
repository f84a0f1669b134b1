"""Images of `good` and `bad` with layers that can be pushed, and what a registry has of them afterwards."""

import io
import json
import re
import tarfile
from typing import Final

from pipeline.remote.manifests import MEDIA_TYPES
from tests.http import debian

from .checked import Shops
from .queries import Engine
from .shop import LAYER_TYPE

BASE, OWN = b"base" * 1000, b"files" * 1000
LAYERS: Final = [
    {"digest": debian.digest(raw), "mediaType": LAYER_TYPE, "compressed": len(raw), "unpacked": 1, "largest": "x"}
    for raw in (BASE, OWN)
]


def pushable(engine: Engine, shops: Shops) -> None:
    """Answer from now on as the engine does for images whose layers it exports."""
    usual = shops.printed

    def printed(asked: list[str]) -> str | Exception:
        found = usual(asked)
        return measured(asked) if isinstance(found, str) and '"layers"' in found and '"config"' in found else found

    engine.answers(stdout=printed, export=exported)


def measured(asked: list[str], **settings: object) -> str:
    """What the probe says of the image that a query is about: its platform, the labels that were given, these settings.

    A pulled image has no labels here.
    """
    said = " ".join(asked)
    (architecture, *_) = re.findall(r'platform="linux/(\w+)"', said) or ["amd64"]
    labels = dict(re.findall(r'withLabel\(name="([^"]+)", value="([^"]*)"\)', said))
    config = {
        "config": {"User": "65532:65532", "Labels": labels, **settings},
        "architecture": architecture,
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": ["1", "2"]},
    }
    return json.dumps({"config": config, "layers": LAYERS})


def exported(asked: list[str]) -> str:
    """Write a tarball of both layers to where an export is to go."""
    path = re.search(r'path="([^"]+)"', asked[-1])
    assert path
    with tarfile.open(path[1], "w") as archive:
        for raw in (BASE, OWN):
            member = tarfile.TarInfo(f"blobs/{debian.digest(raw).replace(':', '/')}")
            member.size = len(raw)
            archive.addfile(member, io.BytesIO(raw))
    return path[1]


def tags(registry: str, repository: str) -> dict[str, str]:
    """What a repository has by tag, besides content keys and the lists of referrers."""
    with debian.plain_client(f"http://{registry}/v2/{repository}") as client:
        names = [
            name
            for name in client.get("/tags/list").json().get("tags") or []
            if not name.startswith(("key-", "sha256-"))
        ]
        accept = {"Accept": ", ".join(MEDIA_TYPES)}
        answers = {name: client.head(f"/manifests/{name}", headers=accept).raise_for_status() for name in names}
        return {name: answer.headers["docker-content-digest"] for name, answer in answers.items()}
