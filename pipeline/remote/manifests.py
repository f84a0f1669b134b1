"""Manifests: what a registry says of an image, checked."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

LARGEST: Final = 4 * 2**20
"""Bytes of a manifest at most, as the distribution specification advises (Pushing Manifests)."""

MEDIA_TYPES: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """A manifest or an index: its media type, its digest, the bytes that have this digest, and the JSON in them."""

    media_type: str
    digest: str
    raw: bytes = dataclasses.field(repr=False)
    content: Mapping[str, Any] = dataclasses.field(repr=False)


def parse_manifest(raw: bytes, headers: Mapping[str, str], wanted: str) -> Manifest:
    """Check an answer against its headers, and against the digest that was asked for, or "".

    Raises:
        ValueError: it is too large, has another digest, or is neither a manifest nor an index.
    """
    if len(raw) > LARGEST:
        raise ValueError(f"the manifest is larger than {LARGEST // 2**20} MiB, which is refused")
    digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    for promised in filter(None, (wanted, headers.get("docker-content-digest"))):
        if digest != promised:
            raise ValueError(f"the manifest has the digest {digest} and not {promised}; do not use it")
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, dict):
        return Manifest(media_type=_media_type(headers, content), digest=digest, raw=raw, content=content)
    raise ValueError("the manifest is not a JSON object; check that a registry answers there")


def _media_type(headers: Mapping[str, str], content: Mapping[str, Any]) -> str:
    said, written = headers.get("content-type", "").partition(";")[0].strip(), content.get("mediaType", "")
    # One document, two readings: whoever trusts the other one would see another image (CVE-2021-41190).
    if said in MEDIA_TYPES and written not in ("", said):
        raise ValueError(f"the manifest is sent as {said} and calls itself {written}; do not use it")
    found = said if said in MEDIA_TYPES else written
    if found not in MEDIA_TYPES:
        raise ValueError(f"what came is {said or 'of no type'}, neither a manifest nor an index of images")
    return str(found)
