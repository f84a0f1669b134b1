"""Manifests: what a registry says of an image, checked."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pipeline.policy.documents import DOCKER_INDEX, DOCKER_MANIFEST, INDEX, MANIFEST, Document, digest_of

LARGEST: Final = 4 * 2**20
"""Bytes of a manifest at most, as the distribution specification advises (Pushing Manifests)."""

MEDIA_TYPES: Final = (INDEX, MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST)


def parse_manifest(raw: bytes, headers: Mapping[str, str], wanted: str) -> Document:
    """Check an answer against its headers, and against the digest that was asked for, or "".

    Raises:
        ValueError: it is too large, has another digest, or is neither a manifest nor an index.
    """
    if len(raw) > LARGEST:
        raise ValueError(f"the manifest is larger than {LARGEST // 2**20} MiB, which is refused")
    digest = digest_of(raw)
    for promised in filter(None, (wanted, headers.get("docker-content-digest"))):
        if digest != promised:
            raise ValueError(f"the manifest has the digest {digest} and not {promised}; do not use it")
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, dict):
        return Document(_media_type(headers, content), raw)
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
