"""Images as files: an OCI layout in a tar archive, read without any tool."""

import dataclasses
import gzip
import io
import json
import tarfile
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclasses.dataclass(frozen=True)
class Variant:
    """One platform of an image."""

    platform: str
    manifest: dict[str, Any]
    config: dict[str, Any]
    layers: list[bytes]

    @property
    def digests(self) -> list[str]:
        """Digests of the layers, lowest first."""
        return [layer["digest"] for layer in self.manifest["layers"]]

    @cached_property
    def files(self) -> dict[str, tarfile.TarInfo]:
        """Everything that a container finds, by its path without a leading slash."""
        return {member.name.removeprefix("./"): member for layer in self.layers for member in _open(layer).getmembers()}

    def added(self, layers: int) -> dict[str, tarfile.TarInfo]:
        """What the uppermost layers hold."""
        return dataclasses.replace(self, layers=self.layers[-layers:]).files

    def read(self, path: str) -> bytes:
        """The content of a file."""
        for layer in reversed(self.layers):
            archive = _open(layer)
            for member in archive.getmembers():
                if member.name.removeprefix("./") == path and (content := archive.extractfile(member)):
                    return content.read()
        raise FileNotFoundError(path)

    @property
    def unpacked(self) -> int:
        """Bytes of the layers' tar archives."""
        return sum(map(len, self.layers))


Index = dict[str, Variant]
"""The variants of an image by platform."""


def read_index(path: Path) -> Index:
    """Read an OCI layout from a tar archive (OCI image specification, image-layout.md)."""
    with tarfile.open(path) as archive:
        blobs = {member.name: archive.extractfile(member) for member in archive.getmembers() if member.isfile()}
        content = {name: blob.read() for name, blob in blobs.items() if blob}
    found: Index = {}
    pending = json.loads(content["index.json"])["manifests"]
    while pending:
        descriptor = pending.pop()
        document = json.loads(content[_blob(descriptor["digest"])])
        if "manifests" in document:
            pending += document["manifests"]
            continue
        config = json.loads(content[_blob(document["config"]["digest"])])
        layers = [gzip.decompress(content[_blob(layer["digest"])]) for layer in document["layers"]]
        platform = f"{config['os']}/{config['architecture']}"
        found[platform] = Variant(platform, document, config, layers)
    return found


def _open(layer: bytes) -> tarfile.TarFile:
    return tarfile.TarFile(fileobj=io.BytesIO(layer))


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"
