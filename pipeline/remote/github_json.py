"""What GitHub's API writes of releases and assets, checked; and what it is sent."""

from collections.abc import Mapping
from typing import Any

from pipeline.policy.releases import Asset, Release


def write(draft: Release) -> dict[str, Any]:
    """What a draft says."""
    return {
        "target_commitish": draft.commit,
        "name": draft.name,
        "body": draft.body,
        "prerelease": draft.prerelease,
    }


def read_push(raw: Any) -> bool:  # noqa: ANN401 - it is what it checks
    """Whether the token of a request may write, as a repository says it."""
    found = raw.get("permissions") if isinstance(raw, dict) else None
    return isinstance(found, dict) and found.get("push") is True


def read_release(raw: Any) -> Release:  # noqa: ANN401 - same
    """A release.

    Raises:
        ValueError: it is none.
    """
    try:
        return Release(
            id=int(raw["id"]),
            tag=str(raw["tag_name"]),
            draft=raw["draft"] is True,
            prerelease=raw["prerelease"] is True,
            # A GitHub Enterprise Server may not know of it.
            immutable=raw.get("immutable") is True,
            name=str(raw.get("name") or ""),
            body=str(raw.get("body") or ""),
            commit=str(raw.get("target_commitish") or ""),
            upload_url=str(raw["upload_url"]),
            page=str(raw.get("html_url") or ""),
            assets=[read_asset(one) for one in raw.get("assets") or []],
        )
    except (AttributeError, KeyError, TypeError):
        raise ValueError("what came is no release; check the address of its API") from None


def read_asset(raw: Any) -> Asset:  # noqa: ANN401 - same
    """An asset.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(raw, Mapping) or not {"id", "name", "size", "state"} <= raw.keys():
        raise ValueError("what came is no asset; check the address of its API")
    return Asset(
        id=int(raw["id"]),
        name=str(raw["name"]),
        size=int(raw["size"]),
        state=str(raw["state"]),
        digest=str(raw.get("digest") or ""),
    )
