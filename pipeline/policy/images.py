"""The documents of an image, so that they say the same at every build.

The engine's layers have the same bytes at every build. Its config and its manifest carry the moment, and its own words.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pipeline.policy.documents import CONFIG, EMPTY, INDEX, MANIFEST, Descriptor, Document
from pipeline.policy.platforms import normal
from pipeline.policy.sizes import Measured
from pipeline.policy.versions import Stamp

EMPTY_BLOB: Final = Document(EMPTY, b"{}")
"""The config of a referrer, which has none."""

_KEPT: Final = ("architecture", "os", "os.version", "os.features", "variant", "config", "rootfs")
"""Members of a config that say what the image is; the others say how it was made (config.md)."""

PREFIX: Final = "org.opencontainers.image."
"""Of the annotations and labels that the image specification gives a meaning (annotations.md)."""

VERSION: Final = f"{PREFIX}version"
REVISION: Final = f"{PREFIX}revision"
CREATED: Final = f"{PREFIX}created"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is known of an image besides its files; "" where nothing is."""

    app: str
    title: str
    description: str = ""
    url: str = ""
    licenses: str = ""
    stamp: Stamp
    base_name: str = ""
    base_digest: str = ""

    @property
    def annotations(self) -> dict[str, str]:
        """Annotations of the index (annotations.md), without those that have nothing to say."""
        known = {
            "title": self.title,
            "description": self.description,
            "source": self.url,
            "licenses": self.licenses,
            "version": self.stamp.version,
            "revision": self.stamp.revision,
            "created": self.stamp.created,
            "base.name": self.base_name,
            "base.digest": self.base_digest,
        }
        return {f"{PREFIX}{name}": value for name, value in known.items() if value}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Variant:
    """One platform of an image: its config and its manifest."""

    platform: str
    config: Document
    manifest: Document


def variant(measured: Measured, facts: Facts) -> Variant:
    """Write config and manifest of one platform from what the engine made.

    Raises:
        ValueError: the config does not speak of these layers.
    """
    content = {name: measured.config[name] for name in _KEPT if name in measured.config}
    known = (content.get("rootfs") or {}).get("diff_ids") or []
    if len(known) != len(measured.layers):
        raise ValueError(f"the config of {measured.platform} names {len(known)} layers of {len(measured.layers)}")
    content |= {"created": facts.stamp.created, "history": _history(measured, facts)}
    config = Document.write(CONFIG, content)
    layers = [
        Descriptor(media_type=layer.media_type, digest=layer.digest, size=layer.compressed) for layer in measured.layers
    ]
    manifest = _manifest(config.described(), layers)
    return Variant(platform=normal(measured.platform), config=config, manifest=Document.write(MANIFEST, manifest))


def index(variants: Sequence[Variant], facts: Facts) -> Document:
    """The image index: the variants by platform and nothing else, so that no tool shows an unknown platform."""
    found = sorted(variants, key=lambda variant: variant.platform)
    children = [variant.manifest.described(platform=variant.platform).json for variant in found]
    # GitHub's registry shows the annotations of the index and of nothing else.
    return Document.write(
        INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": children, "annotations": facts.annotations}
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Referrer:
    """What hangs on an image or on one of its platforms: the blob, and the manifest that points at both."""

    blob: Document
    manifest: Document

    @property
    def proof(self) -> "Proof":
        """What is said of it."""
        found = self.manifest.content
        return Proof(kind=found["artifactType"], subject=found["subject"]["digest"], digest=self.manifest.digest)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Proof:
    """A referrer by its artifact type and its digest, and the digest of what it speaks of."""

    kind: str
    subject: str
    digest: str


def layout_index(image: Document, version: str) -> Document:
    """The index.json of an OCI layout that holds this image under its version (image-layout.md)."""
    found = dataclasses.replace(image.described(), annotations={f"{PREFIX}ref.name": version})
    return Document.write(INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": [found.json]})


def referrer(subject: Descriptor, artifact_type: str, blob: Document, annotations: Mapping[str, str]) -> Referrer:
    """Hang one blob, such as an SBOM, on an image (image-manifest.md, Guidelines for Artifact Usage).

    Only what identifies the subject is said of it. The blob and `EMPTY_BLOB` have to be in the repository before it.
    """
    about = Descriptor(media_type=subject.media_type, digest=subject.digest, size=subject.size)
    content = _manifest(EMPTY_BLOB.described(), [blob.described()])
    content |= {"artifactType": artifact_type, "subject": about.json}
    content |= {"annotations": dict(annotations)} if annotations else {}
    return Referrer(blob=blob, manifest=Document.write(MANIFEST, content))


def _history(measured: Measured, facts: Facts) -> list[dict[str, str]]:
    own = sum(not layer.base for layer in measured.layers)
    # Nobody here knows when a layer of the base was made.
    inherited = [{"created_by": f"layer of {facts.base_name}@{facts.base_digest}"}] * (len(measured.layers) - own)
    made = [
        {"created": facts.stamp.created, "created_by": f"pipeline: files of {facts.app}, layer {number} of {own}"}
        for number in range(1, own + 1)
    ]
    return [*inherited, *made]


def _manifest(config: Descriptor, layers: Sequence[Descriptor]) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config.json,
        "layers": [layer.json for layer in layers],
    }
