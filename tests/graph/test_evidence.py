"""What is hung on an image says what it was made with."""

import json
from typing import Final

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.evidence import evidence
from pipeline.policy.documents import CONFIG, INDEX, MANIFEST, Document
from pipeline.policy.images import Variant
from pipeline.policy.versions import Stamp

from .queries import Engine, held
from .scans import SBOM

pytestmark = pytest.mark.anyio

VARIANT: Final = Variant(
    platform="linux/amd64", config=Document.write(CONFIG, {}), manifest=Document.write(MANIFEST, {"layers": []})
)
IMAGES: Final = {
    f"{name}_image": f"{name}:1@sha256:{number:064}"
    for number, name in enumerate(("go", "node", "static", "libc", "nodejs"))
}


@pytest.mark.parametrize(
    ("kind", "arguments", "used"),
    [
        ("go_app", {}, ["go", "static"]),
        ("go_app", {"cgo": True}, ["go", "libc"]),
        ("next_app", {}, ["node", "nodejs"]),
        ("dockerfile_app", {}, []),
    ],
)
async def test_provenance_names_the_images_that_the_build_used(
    pipeline: Pipeline, engine: Engine, stamp: Stamp, kind: str, arguments: dict[str, bool], used: list[str]
) -> None:
    """Neither those of other kinds of application nor those that only look at what was built."""
    engine.answers(
        contents=SBOM,
        entries=["go.mod", "go.sum", "package.json", "package-lock.json"],
        exists=True,
        imageRef="static:1@sha256:5",
        version="v0.21.8",
    )
    source = held(dagger.Directory, "source")
    for name, image in IMAGES.items():
        setattr(pipeline, name, image)
    app = getattr(pipeline, kind)("shop", source, **arguments)
    *_, provenance = await evidence(await app.image(stamp, ["linux/amd64"]), [VARIANT], Document.write(INDEX, {}), "")
    materials = json.loads(provenance.blob.raw)["predicate"]["buildDefinition"].get("resolvedDependencies", [])
    assert [one["name"] for one in materials] == [f"docker.io/library/{name}:1" for name in used]
