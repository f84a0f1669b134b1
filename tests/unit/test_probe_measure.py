"""measure.mjs, run as it is on OCI layouts made here."""

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest

LONG = "a/" * 60 + "b" * 120


def tar(members: dict[str, bytes], style: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive of files."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=style) as out:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            out.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


class Layout:
    """An OCI layout with one image, as a tar archive."""

    def __init__(self, *layers: bytes, config: dict[str, Any] | None = None) -> None:
        """Layers as they lie in the registry: compressed or not."""
        self.blobs: dict[str, bytes] = {}
        self.digests = [self.add(layer) for layer in layers]
        self.config = config or {"architecture": "arm64", "config": {"User": "65532"}}
        manifest = {
            "config": {"digest": self.add(json.dumps(self.config).encode())},
            "layers": [{"digest": digest} for digest in self.digests],
        }
        self.index = {"manifests": [{"digest": self.add(json.dumps(manifest).encode())}]}

    def add(self, blob: bytes) -> str:
        """Put a blob in and return its digest."""
        digest = hashlib.sha256(blob).hexdigest()
        self.blobs[f"blobs/sha256/{digest}"] = blob
        return f"sha256:{digest}"

    def members(self) -> dict[str, bytes]:
        """What lies in the archive."""
        return {"oci-layout": b"{}", **self.blobs, "index.json": json.dumps(self.index).encode()}


class Probe:
    """The program, and where to put its input."""

    def __init__(self, node: str, folder: Path) -> None:
        """Run by this Node.js."""
        self.node, self.image = node, folder / "image.tar"

    def run(self, archive: bytes) -> "subprocess.CompletedProcess[str]":
        """Run it on an archive."""
        self.image.write_bytes(archive)
        with as_file(files("pipeline.nodes.probes").joinpath("measure.mjs")) as program:
            return subprocess.run(
                [self.node, program, self.image], check=False, capture_output=True, text=True, timeout=30
            )

    def measured(self, archive: bytes) -> dict[str, Any]:
        """What it prints about an archive that it can read."""
        done = self.run(archive)
        assert done.stderr == ""
        return dict(json.loads(done.stdout))


@pytest.fixture
def probe(node: str, tmp_path: Path) -> Probe:
    """The program."""
    return Probe(node, tmp_path)


def test_config_and_layers_are_printed(probe: Probe) -> None:
    """Digest, size in the registry, size of the archive, number of files and the largest one, lowest layer first."""
    lower = tar({"etc/passwd": b"x" * 10, "lib/libc.so": b"y" * 5000})
    upper = tar({"usr/local/bin/api": b"z" * 20_000, "app/config": b""})
    layout = Layout(gzip.compress(lower), upper)
    assert probe.measured(tar(layout.members())) == {
        "config": layout.config,
        "layers": [
            {
                "digest": layout.digests[0],
                "compressed": len(gzip.compress(lower)),
                "unpacked": len(lower),
                "files": 2,
                "largest": "lib/libc.so",
            },
            {
                "digest": layout.digests[1],
                "compressed": len(upper),
                "unpacked": len(upper),
                "files": 2,
                "largest": "usr/local/bin/api",
            },
        ],
    }


@pytest.mark.parametrize("style", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_long_names_are_whole_in_every_kind_of_archive(probe: Probe, style: int) -> None:
    """Pax, GNU and POSIX archives write names over 100 characters in three ways."""
    name = LONG if style != tarfile.USTAR_FORMAT else "d" * 90 + "/" + "f" * 90
    layer = tar({"short": b"1", name: b"22", "after": b"3"}, style)
    (measured,) = probe.measured(tar(Layout(layer).members()))["layers"]
    assert (measured["largest"], measured["files"]) == (name, 3)


def test_a_name_beyond_ascii_is_whole(probe: Probe) -> None:
    """Pax counts bytes, JavaScript characters."""
    layer = tar({"é" * 80 + "日本": b"1"})
    assert probe.measured(tar(Layout(layer).members()))["layers"][0]["largest"] == "é" * 80 + "日本"


def test_a_layer_without_files_is_empty(probe: Probe) -> None:
    """Folders and links are no files; the layer of a change in nothing has none at all."""
    (measured,) = probe.measured(tar(Layout(gzip.compress(tar({}))).members()))["layers"]
    assert (measured["files"], measured["largest"]) == (0, "")


def test_folders_and_links_are_no_files(probe: Probe) -> None:
    """Only what has content is counted."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as out:
        for name, kind in (("app", tarfile.DIRTYPE), ("app/link", tarfile.SYMTYPE), ("app/hard", tarfile.LNKTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "app/other"
            out.addfile(entry)
    assert probe.measured(tar(Layout(archive.getvalue()).members()))["layers"][0]["files"] == 0


def test_members_may_begin_with_a_dot(probe: Probe) -> None:
    """`tar -c .` writes ./index.json."""
    layout = Layout(tar({"a": b"1"}))
    dotted = {f"./{name}": content for name, content in layout.members().items()}
    assert probe.measured(tar(dotted))["config"] == layout.config


def test_a_zstd_layer_is_unpacked(probe: Probe, node: str) -> None:
    """Bases may be compressed with either."""
    layer = tar({"a": b"1" * 100_000})
    script = "process.stdout.write(require('node:zlib').zstdCompressSync(require('node:fs').readFileSync(0)))"
    packed = subprocess.run([node, "-e", script], check=True, capture_output=True, input=layer).stdout
    (measured,) = probe.measured(tar(Layout(packed).members()))["layers"]
    assert (measured["compressed"], measured["unpacked"]) == (len(packed), len(layer))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_truncated_archive_is_an_error(probe: Probe, share: float) -> None:
    """Wherever it ends, nothing is printed that could be taken for a measurement."""
    archive = tar(Layout(tar({"a": b"1" * 50_000})).members())
    done = probe.run(archive[: int(len(archive) * share)])
    assert done.returncode != 0
    assert (done.stdout, bool(done.stderr)) == ("", True)


def test_what_is_no_layout_is_said_to_be_none(probe: Probe) -> None:
    """Another archive, or one without a layer, is told in a sentence."""
    assert "has no index.json: it is not an OCI layout" in probe.run(tar({"manifest.json": b"[]"})).stderr
    layout = Layout(tar({"a": b"1"}))
    members = {name: content for name, content in layout.members().items() if layout.digests[0][7:] not in name}
    assert f"the image's tarball lacks {layout.digests[0]}" in probe.run(tar(members)).stderr


def test_a_layer_is_read_in_pieces_of_any_size(probe: Probe) -> None:
    """Contents and long names reach over the pieces in which a stream arrives; what comes after is still found."""
    content = {f"{LONG}/{number}": bytes([number]) * (70_000 + number) for number in range(9)}
    layer = tar(content | {"last": b"x" * 80_000})
    found = probe.measured(tar(Layout(gzip.compress(layer, 0)).members()))["layers"][0]
    assert (found["unpacked"], found["files"], found["largest"]) == (len(layer), 10, "last")
