"""Documents of a registry: manifests, indexes, configs, and the descriptors that point at them (OCI image 1.1)."""

import dataclasses
import functools
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final, Self

INDEX: Final = "application/vnd.oci.image.index.v1+json"
MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
CONFIG: Final = "application/vnd.oci.image.config.v1+json"
EMPTY: Final = "application/vnd.oci.empty.v1+json"
"""Type of a blob that says nothing: `{}` (image manifest specification, Guidance for an Empty Descriptor)."""

DOCKER_INDEX: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"

INDEXES: Final = (INDEX, DOCKER_INDEX)

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Descriptor:
    """What points at a blob or at a document: its media type, digest and size in bytes (descriptor.md).

    `platform` is `os/arch[/variant]` or "". `artifact_type` and annotations are what an index, or a list of referrers,
    repeats of a manifest.
    """

    media_type: str
    digest: str
    size: int
    platform: str = ""
    artifact_type: str = ""
    annotations: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Read one, as it stands in a document.

        Raises:
            ValueError: a part is missing, or its digest is not a SHA-256.
        """
        try:
            media_type, digest, size = raw["mediaType"], raw["digest"], raw["size"]
            platform = raw.get("platform") or {}
            parts = (platform.get("os"), platform.get("architecture"), platform.get("variant"))
            annotations = {str(name): str(text) for name, text in (raw.get("annotations") or {}).items()}
        except (AttributeError, KeyError, TypeError):
            raise ValueError("a descriptor without media type, digest or size") from None
        if not (isinstance(digest, str) and is_digest(digest)) or type(size) is not int or size < 0:
            raise ValueError(f"a descriptor whose digest is no SHA-256, or whose size is none: {digest!r}, {size!r}")
        return cls(
            media_type=str(media_type),
            digest=digest,
            size=size,
            platform="/".join(str(part) for part in parts if part),
            artifact_type=str(raw.get("artifactType") or ""),
            annotations=annotations,
        )

    @property
    def json(self) -> dict[str, Any]:
        """As it stands in a document; what has nothing to say is left out."""
        found: dict[str, Any] = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        if self.platform:
            found["platform"] = dict(zip(("os", "architecture", "variant"), self.platform.split("/"), strict=False))
        if self.artifact_type:
            found["artifactType"] = self.artifact_type
        if self.annotations:
            found["annotations"] = dict(self.annotations)
        return found


@dataclasses.dataclass(frozen=True)
class Document:
    """A JSON document with the very bytes that its digest is of."""

    media_type: str
    raw: bytes = dataclasses.field(repr=False)

    @classmethod
    def write(cls, media_type: str, content: Mapping[str, Any]) -> Self:
        """Write one; the same content has the same bytes, in whatever order its keys came."""
        return cls(media_type, json.dumps(content, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode())

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes."""
        return digest_of(self.raw)

    @functools.cached_property
    def content(self) -> Mapping[str, Any]:
        """The JSON in it.

        Raises:
            ValueError: it is no JSON object.
        """
        try:
            found = json.loads(self.raw)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ValueError(f"{self.digest} is no JSON object")  # noqa: TRY004 - the type of data, not of an argument
        return found

    @property
    def annotations(self) -> Mapping[str, str]:
        """Annotations of a manifest or an index."""
        found = self.content.get("annotations")
        return found if isinstance(found, dict) else {}

    @property
    def children(self) -> list[Descriptor]:
        """What an index points at; nothing for a manifest."""
        return [Descriptor.parse(raw) for raw in self.content.get("manifests") or []]

    @property
    def blobs(self) -> list[Descriptor]:
        """The config and the layers of a manifest, lowest first; nothing for an index."""
        config = self.content.get("config")
        return [Descriptor.parse(raw) for raw in [*([config] if config else []), *(self.content.get("layers") or [])]]

    @property
    def subject(self) -> Descriptor | None:
        """What a referrer is about."""
        raw = self.content.get("subject")
        return Descriptor.parse(raw) if raw else None

    def described(self, *, platform: str = "") -> Descriptor:
        """A descriptor of it."""
        return Descriptor(media_type=self.media_type, digest=self.digest, size=len(self.raw), platform=platform)


def is_digest(text: str) -> bool:
    """Whether it is a SHA-256 as references carry it: nothing else is taken here."""
    return bool(_DIGEST.fullmatch(text))


def digest_of(content: bytes) -> str:
    """The digest of bytes, as references carry it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def short_digest(text: str) -> str:
    """16 hexadecimal digits of the digest of a text, for names that only have to differ."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
