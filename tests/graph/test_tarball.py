"""The tarball of an image, and how its layers are compressed wherever they are read."""

import hashlib
import json
from pathlib import Path

import dagger
import pytest

from pipeline.nodes import layout
from pipeline.nodes.app import App
from pipeline.nodes.archives import Compression
from pipeline.nodes.layers import Layers
from pipeline.policy.versions import Stamp

from .published import exported
from .queries import Engine, arguments, held, made
from .shop import OWN, probes

pytestmark = pytest.mark.anyio

LAYERS = ["b" * 64, "a" * 64]


async def test_the_index_of_the_tarball_is_the_one_that_is_pushed(app: App, stamp: Stamp, engine: Engine) -> None:
    """Its entry has the digest that `digest` says, and every document lies under its own, with its bytes."""
    engine.answers(stdout=probes)
    image = await app.image(stamp, [])
    variants, index = await image.documents()
    archive = layout.archive([held(dagger.File, "one"), held(dagger.File, "two")], variants, index, stamp, "node:1")
    (documents,) = [one["source"] for one in arguments(archive, "withMountedDirectory")]
    written = {one["path"]: one["contents"] for one in arguments(documents, "withNewFile")}
    (entry,) = json.loads(written["index.json"])["manifests"]
    assert entry["digest"] == await image.digest() == index.digest
    blobs = {path.removeprefix("blobs/sha256/"): text for path, text in written.items() if path.startswith("blobs/")}
    assert {hashlib.sha256(text.encode()).hexdigest() for text in blobs.values()} == blobs.keys()
    manifests = json.loads(blobs[entry["digest"].removeprefix("sha256:")])["manifests"]
    held_there = [json.loads(blobs[one["digest"].removeprefix("sha256:")]) for one in manifests]
    assert [[layer["digest"].removeprefix("sha256:") for layer in one["layers"]] for one in held_there] == [LAYERS] * 2
    assert {one["config"]["digest"].removeprefix("sha256:") for one in held_there} <= blobs.keys()


@pytest.mark.parametrize(
    ("compression", "asked"),
    [(Compression.GZIP, "| asTarball>"), (Compression.ZSTD, '| asTarball(forcedCompression="Zstd")>')],
)
async def test_what_is_measured_packed_and_pushed_is_compressed_in_one_way(
    app: App, stamp: Stamp, engine: Engine, tmp_path: Path, compression: Compression, asked: str
) -> None:
    """Otherwise the documents named layers that nobody has; zstd is forced, on the layers of the base too."""
    engine.answers(stdout=probes, export=exported)
    image = await app.with_compression(compression).image(stamp, ["linux/amd64"])
    variants, _ = await image.documents()
    assert asked in engine.asked[-1][2]
    assert asked in made(await image.tarball())
    layers = Layers(image.variants, variants, image.compression, tmp_path)
    blob = next(one for one in variants[0].manifest.blobs if one.digest == OWN)
    with pytest.raises(ValueError, match="does not give the layer"):
        _ = [chunk async for chunk in layers.open(blob)]
    assert f"| {engine.asked[-1][-2]}>".endswith(asked)
