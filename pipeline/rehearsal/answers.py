"""How the stand-in for GitHub writes what it holds, and what it refuses."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from pipeline.rehearsal.state import Asset, Json, Release, State

Answer = tuple[int, dict[str, str], bytes]

_LARGEST_PAGE: Final = 100
_PAGE: Final = 30
_DOCS: Final = "https://docs.github.com/rest"


@dataclasses.dataclass(frozen=True)
class Ask:
    """A request: `path` within the repository, the names of headers in lower case, and `base`, where it came to."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base: str
    repository: str
    may_write: bool
    digests: bool = True

    @property
    def content(self) -> Json:
        """The JSON in the body.

        Raises:
            Refused: it is no JSON object.
        """
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Refused(400, "Problems parsing JSON")
        return found


class Refused(Exception):
    """An answer that is an error: its status, message, and what its validation says."""

    def __init__(self, status: int, message: str, errors: Sequence[Json] = ()) -> None:
        """It is what the caller reads."""
        super().__init__(status, message, errors)

    @property
    def answer(self) -> Answer:
        """As it is sent."""
        status, message, errors = self.args
        content = {"message": message, "documentation_url": _DOCS, "status": str(status)}
        return written(content | ({"errors": list(errors)} if errors else {}), status)


def invalid(resource: str, code: str, field: str, message: str = "") -> Refused:
    """A validation that failed."""
    error = {"resource": resource, "code": code, "field": field} | ({"message": message} if message else {})
    return Refused(422, "Validation Failed", [error])


def written(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:  # noqa: ANN401 - JSON
    """JSON as it is sent."""
    sent = {"Content-Type": "application/json; charset=utf-8", "X-GitHub-Api-Version-Selected": "2022-11-28"}
    return status, sent | dict(headers or {}), json.dumps(content).encode()


def pages(ask: Ask, entries: Sequence[Any]) -> Answer:
    """One page of a list; the Link header says where the others are, by the repository's number and not by its name."""
    size = max(1, min(int(ask.query.get("per_page", _PAGE)), _LARGEST_PAGE))
    number = max(1, int(ask.query.get("page", 1)))
    last = max(1, -(-len(entries) // size))
    places = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
    if number == 1:
        del places["prev"], places["first"]
    if number >= last:
        del places["next"], places["last"]
    own = f"{ask.base}/repositories/1{ask.path}"
    links = [f'<{own}?{urlencode(dict(ask.query) | {"page": place})}>; rel="{name}"' for name, place in places.items()]
    page = entries[(number - 1) * size : number * size]
    return written(page, headers={"Link": ", ".join(links)} if links else {})


def asset_json(ask: Ask, asset: Asset, tag: str) -> Json:
    """An asset."""
    download = f"{_site(ask)}/{ask.repository}/releases/download/{quote(tag)}/{quote(asset.name)}"
    return {
        "url": f"{ask.base}/repos/{ask.repository}/releases/assets/{asset.id}",
        "id": asset.id,
        "name": asset.name,
        "label": asset.label,
        "state": asset.state,
        "content_type": asset.media_type,
        "size": len(asset.content),
        "digest": asset.digest if ask.digests and asset.state == "uploaded" else None,
        "created_at": asset.created,
        "browser_download_url": download,
    }


def release_json(ask: Ask, state: State, release: Release) -> Json:
    """A release; its assets are those that are whole."""
    own = f"{ask.base}/repos/{ask.repository}/releases/{release.id}"
    uploads = f"{_site(ask)}/uploads/repos/{ask.repository}/releases/{release.id}/assets{{?name,label}}"
    shown = f"untagged-{release.id:020x}" if release.draft else quote(release.tag)
    return {
        "url": own,
        "assets_url": f"{own}/assets",
        "upload_url": uploads,
        "html_url": f"{_site(ask)}/{ask.repository}/releases/tag/{shown}",
        "id": release.id,
        "tag_name": release.tag,
        "target_commitish": release.target,
        "name": release.name,
        "body": release.body,
        "draft": release.draft,
        "prerelease": release.prerelease,
        "immutable": release.immutable,
        "created_at": release.created,
        "published_at": release.published or None,
        "assets": [asset_json(ask, one, release.tag) for one in state.of(release) if one.state == "uploaded"],
    }


def query_of(text: str) -> dict[str, str]:
    """The parameters of an address."""
    return dict(parse_qsl(text, keep_blank_values=True))


def _site(ask: Ask) -> str:
    """Where pages, downloads and uploads are: beside the API, as a GitHub Enterprise Server has it."""
    return ask.base.removesuffix("/api/v3")
