"""What was released, for machines: whoever signs or verifies it outside of the engine reads it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.policy.assets import checksums
from pipeline.policy.releases import Asset


def released_json(
    *, version: str, commit: str, page: str, images: Sequence[Mapping[str, Any]], assets: Sequence[Asset]
) -> str:
    """A release as JSON: `images` are those of `publish --as-json`, `checksums` is text that sha256sum reads.

    They are of every file of the release as GitHub has it, that with the checksums of the others included.

    Raises:
        ValueError: of a file nobody knows the checksum.
    """
    said = {
        "version": version,
        "commit": commit,
        "page": page,
        "images": [dict(image) for image in images],
        "checksums": checksums((asset.name, asset.digest) for asset in assets),
    }
    return json.dumps(said, indent=2) + "\n"
