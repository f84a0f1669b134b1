"""Layers: their bytes come out of tarballs that the engine exports, whole ones alone."""

import tarfile
from collections.abc import Callable
from pathlib import Path

import dagger
import pytest

from pipeline.nodes.layers import Layers
from pipeline.policy.documents import MANIFEST, Descriptor, Document
from pipeline.policy.images import Variant
from tests.http import debian

from .published import BASE, LAYERS, exported
from .queries import Engine, held, refused
from .shop import LAYER_TYPE

pytestmark = pytest.mark.anyio

Export = Callable[[list[str]], str | Exception]

BLOB = Descriptor(media_type=LAYER_TYPE, digest=debian.digest(BASE), size=len(BASE))


@pytest.fixture
def layers(tmp_path: Path) -> Layers:
    """Those of an image of one platform."""
    found = [{"mediaType": one["mediaType"], "digest": one["digest"], "size": one["compressed"]} for one in LAYERS]
    manifest = Document.write(MANIFEST, {"config": found[0], "layers": found})
    variant = Variant(platform="linux/amd64", config=manifest, manifest=manifest)
    return Layers([held(dagger.Container, "built")], [variant], "gzip", tmp_path)


async def content(layers: Layers) -> bytes:
    """The bytes of a layer."""
    return b"".join([chunk async for chunk in layers.open(BLOB)])


def broken(asked: list[str]) -> Exception:
    """An export that stops in the middle."""
    path = Path(exported(asked))
    path.write_bytes(path.read_bytes()[:1000])
    return refused("the connection to the engine was lost")


async def test_one_export_serves_all_layers(layers: Layers, engine: Engine) -> None:
    """And every time that their bytes are asked for."""
    engine.answers(export=exported)
    assert [await content(layers), await content(layers)] == [BASE, BASE]
    assert len(engine.asked) == 1


async def test_half_an_export_is_never_read(layers: Layers, engine: Engine) -> None:
    """Whoever asks again gets another one, and the whole layer."""
    engine.answers(export=broken)
    with pytest.raises(dagger.QueryError):
        await content(layers)
    engine.answers(export=exported)
    assert await content(layers) == BASE


def empty(asked: list[str]) -> str:
    """A tarball without layers."""
    path = exported(asked)
    tarfile.open(path, "w").close()
    return path


def no_tarball(asked: list[str]) -> str:
    """Something else."""
    path = exported(asked)
    Path(path).write_bytes(b"no tar" * 1000)
    return path


@pytest.mark.parametrize("export", [empty, no_tarball])
async def test_a_tarball_that_does_not_give_a_layer_is_told(layers: Layers, engine: Engine, export: Export) -> None:
    """In a sentence that names it, as an error that gets application and stage."""
    engine.answers(export=export)
    with pytest.raises(ValueError, match=f"^the engine's tarball of the image does not give the layer {BLOB.digest} "):
        await content(layers)
