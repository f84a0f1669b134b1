"""An image of a shop as it is published, and what a registry says of it afterwards."""

import dataclasses
import gzip
import io
import tarfile
from collections.abc import AsyncIterator, Sequence
from typing import Final, Self

import httpx

from pipeline.policy.documents import Descriptor, Document
from pipeline.policy.images import Facts, index, referrer, variant
from pipeline.policy.keys import ANNOTATION
from pipeline.policy.provenance import IN_TOTO
from pipeline.policy.sboms import CYCLONEDX
from pipeline.policy.sizes import Layer, Measured
from pipeline.policy.tags import Change, Event, is_floating
from pipeline.policy.versions import Stamp
from pipeline.remote.manifests import MEDIA_TYPES
from pipeline.remote.publishing import Artifact
from tests.http import debian

REPOSITORY: Final = "acme/shop"


@dataclasses.dataclass(frozen=True)
class Packed:
    """A layer as registries have it: an archive of one file, in gzip that stores, so that its size is known."""

    raw: bytes = dataclasses.field(repr=False)
    content: str

    @classmethod
    def of(cls, name: str, content: bytes) -> Self:
        """Pack a file."""
        with io.BytesIO() as packed, tarfile.open(fileobj=packed, mode="w") as archive:
            found = tarfile.TarInfo(name)
            found.size = len(content)
            archive.addfile(found, io.BytesIO(content))
            archive.close()
            raw = packed.getvalue()
        return cls(gzip.compress(raw, 0, mtime=0), debian.digest(raw))

    @property
    def layer(self) -> Layer:
        """As the engine measures it."""
        return Layer(debian.digest(self.raw), len(self.raw), 1, self.content)


KEY: Final = f"key-{1:032}"
"""The content key of the image."""


BOTH: Final = ("amd64", "arm64")


def image(
    version: str,
    own: bytes = b"application" * 100_000,
    base: bytes = b"base" * 50_000,
    architectures: Sequence[str] = BOTH,
) -> Artifact:
    """An image of two platforms that share a base; other programs find it in order."""
    stamp = Stamp(version, "abc1234def", 1_700_000_000)
    facts = Facts(app="shop", title="Shop", stamp=stamp, base_name="base:1", base_digest="sha256:1")
    parts = {name: Packed.of(name, raw) for name, raw in {"base": base, "amd64": own, "arm64": own[::-1]}.items()}
    held = {part.layer.digest: part.raw for part in parts.values()}

    async def opened(blob: Descriptor) -> AsyncIterator[bytes]:
        raw = held[blob.digest]
        for place in range(0, len(raw), 2**16):
            yield raw[place : place + 2**16]

    variants = [variant(_measured(arch, [parts["base"], parts[arch]]), facts) for arch in architectures]
    manifests, configs = [one.manifest for one in variants], [one.config for one in variants]
    top = index(variants, facts)
    hung = [referrer(one.manifest.described(), CYCLONEDX, Document(CYCLONEDX, b"{}"), {}) for one in variants]
    hung += [referrer(top.described(), IN_TOTO, Document(IN_TOTO, version.encode()), {ANNOTATION: KEY})]
    return Artifact(index=top, manifests=manifests, configs=configs, layers=opened, referrers=hung)


def release(version: str) -> Change:
    """A version tag that was pushed."""
    return Change(event=Event.VERSION, ref=f"refs/tags/v{version}", version=version, key=KEY)


def state(name: str, repository: str = REPOSITORY) -> dict[str, str]:
    """Every tag of the repository and the digest that it points at, without those that list referrers.

    Whatever a tag leads to has to be there; and where a tag floats, what speaks of the image.
    """
    found: dict[str, str] = {}
    with debian.plain_client(f"http://{name}/v2/{repository}") as client:
        names = client.get("/tags/list").json().get("tags") or []
        for tagged in [one for one in names if not one.startswith("sha256-")]:
            answer = client.get(f"/manifests/{tagged}", headers={"Accept": ", ".join(MEDIA_TYPES)}).raise_for_status()
            top = Document(answer.headers["content-type"], answer.content)
            if top.digest not in found.values():
                _whole(client, top)
            if is_floating(tagged):
                spoken = [top.digest, *(child.digest for child in top.children)]
                assert {digest.replace(":", "-") for digest in spoken} <= set(names)
            found[tagged] = top.digest
    return found


def _whole(client: httpx.Client, top: Document) -> None:
    for child in top.children:
        raw = client.get(f"/manifests/{child.digest}", headers={"Accept": child.media_type}).raise_for_status()
        for blob in Document(child.media_type, raw.content).blobs:
            assert client.head(f"/blobs/{blob.digest}").headers["content-length"] == str(blob.size)


def _measured(arch: str, parts: list[Packed]) -> Measured:
    rootfs = {"type": "layers", "diff_ids": [part.content for part in parts]}
    config = {"architecture": arch, "os": "linux", "rootfs": rootfs}
    return Measured(platform=f"linux/{arch}", config=config, layers=[part.layer for part in parts])
