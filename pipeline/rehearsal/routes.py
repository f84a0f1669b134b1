"""What the stand-in for GitHub does when it is asked for something of a repository."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from pipeline.rehearsal.answers import Answer, Ask, Refused, asset_json, invalid, pages, release_json, written
from pipeline.rehearsal.state import Asset, Json, Release, State

Route = Callable[[State, Ask, str, "Settings"], Answer]
Settings = dict[str, bool]

_FROZEN: Final = "to an immutable release"


def _repository(_: State, ask: Ask, __: str, settings: Settings) -> Answer:
    rights = {"admin": False, "push": ask.may_write and not settings["installation"], "pull": True}
    return written({"id": 1, "full_name": ask.repository, "permissions": rights, "default_branch": "main"})


def _list(state: State, ask: Ask, _: str, __: Settings) -> Answer:
    shown = [one for one in state.releases.values() if ask.may_write or not one.draft]
    return pages(ask, [release_json(ask, state, one) for one in sorted(shown, key=lambda one: -one.id)])


def _create(state: State, ask: Ask, _: str, settings: Settings) -> Answer:
    content = ask.content
    tag = str(content.get("tag_name") or "")
    if not tag:
        raise invalid("Release", "missing_field", "tag_name")
    release = Release(id=state.next_id(), tag=tag, target="main", draft=True, created=state.now())
    _describe(release, content)
    if not content.get("draft"):
        _publish(state, release, content, settings)
    state.releases[release.id] = release
    return written(release_json(ask, state, release), 201)


def _tagged(state: State, ask: Ask, tag: str, _: Settings) -> Answer:
    return written(release_json(ask, state, _there(state.published(tag))))


def _latest(state: State, ask: Ask, _: str, __: Settings) -> Answer:
    return written(release_json(ask, state, _there(state.newest())))


def _release(state: State, ask: Ask, number: str, _: Settings) -> Answer:
    return written(release_json(ask, state, _visible(state, ask, number)))


def _update(state: State, ask: Ask, number: str, settings: Settings) -> Answer:
    release, content = _visible(state, ask, number), ask.content
    if release.immutable and {"tag_name", "target_commitish", "draft"} & content.keys():
        raise Refused(422, "Cannot change the tag of an immutable release")
    _describe(release, content)
    if release.draft and content.get("draft") is False:
        _publish(state, release, content, settings)
    elif "make_latest" in content:
        state.mark(release, str(content["make_latest"]))
    return written(release_json(ask, state, release))


def _delete(state: State, ask: Ask, number: str, _: Settings) -> Answer:
    release = _visible(state, ask, number)
    if release.immutable:
        state.burned.add(release.tag)
    for asset in state.of(release):
        del state.assets[asset.id]
    del state.releases[release.id]
    return 204, {}, b""


def _assets(state: State, ask: Ask, number: str, _: Settings) -> Answer:
    release = _visible(state, ask, number)
    return pages(ask, [asset_json(ask, one, release.tag) for one in state.of(release)])


def _upload(state: State, ask: Ask, number: str, _: Settings) -> Answer:
    release = _visible(state, ask, number)
    # Spaces and other characters become dots.
    name = re.sub(r"[^A-Za-z0-9._+@-]+", ".", ask.query.get("name", "")).strip(".")
    if release.immutable:
        raise Refused(422, f"Cannot upload assets {_FROZEN}.")
    if not name:
        raise invalid("ReleaseAsset", "missing_field", "name")
    if not ask.body:
        raise invalid("ReleaseAsset", "custom", "size", "size must be greater than or equal to 1")
    if name in {one.name for one in state.of(release)}:
        raise invalid("ReleaseAsset", "already_exists", "name")
    kind = ask.headers.get("content-type", "application/octet-stream")
    asset = Asset(state.next_id(), release.id, name, ask.body, kind, ask.query.get("label", ""), created=state.now())
    state.assets[asset.id] = asset
    return written(asset_json(ask, asset, release.tag), 201)


def _asset(state: State, ask: Ask, number: str, _: Settings) -> Answer:
    asset, release = _of_release(state, ask, number)
    if ask.headers.get("accept") != "application/octet-stream":
        return written(asset_json(ask, asset, release.tag))
    return 302, {"Location": f"{ask.base}/blobs/{asset.id}"}, b""


def _remove(state: State, ask: Ask, number: str, _: Settings) -> Answer:
    asset, release = _of_release(state, ask, number)
    if release.immutable:
        raise Refused(422, f"Cannot delete asset from {_FROZEN.removeprefix('to ')}")
    del state.assets[asset.id]
    return 204, {}, b""


def _ref(state: State, ask: Ask, name: str, _: Settings) -> Answer:
    sha = _there(state.refs.get(f"refs/{name}"))
    return written(_ref_json(state, ask, f"refs/{name}", sha))


def _create_ref(state: State, ask: Ask, _: str, __: Settings) -> Answer:
    name, sha = str(ask.content.get("ref")), str(ask.content.get("sha"))
    if not re.fullmatch(r"refs/[^/]+/.+", name):
        raise Refused(422, "Reference name must start with 'refs/' and have at least two slashes")
    if name in state.refs:
        raise Refused(422, "Reference already exists")
    if sha not in state.objects:
        raise Refused(422, "Object does not exist")
    state.refs[name] = sha
    return written(_ref_json(state, ask, name, sha), 201)


def _move_ref(state: State, ask: Ask, name: str, _: Settings) -> Answer:
    before, sha = state.refs.get(f"refs/{name}"), str(ask.content.get("sha"))
    if before is None:
        raise Refused(422, "Reference does not exist")
    if sha not in state.objects:
        raise Refused(422, "Object does not exist")
    if not (ask.content.get("force") or state.descends(sha, before)):
        raise Refused(422, "Update is not a fast forward")
    state.refs[f"refs/{name}"] = sha
    return written(_ref_json(state, ask, f"refs/{name}", sha))


def _delete_ref(state: State, _: Ask, name: str, __: Settings) -> Answer:
    if f"refs/{name}" not in state.refs:
        raise Refused(422, "Reference does not exist")
    del state.refs[f"refs/{name}"]
    return 204, {}, b""


def _object(kind: str) -> Route:
    def read(state: State, _: Ask, sha: str, __: Settings) -> Answer:
        found = state.objects.get(sha)
        if not found or found["type"] != kind:
            raise Refused(404, "Not Found")
        shown = found | {"sha": sha}
        if kind == "commit":
            shown |= {"tree": {"sha": found["tree"]}, "parents": [{"sha": one} for one in found["parents"]]}
        return written(shown)

    return read


def _create_commit(state: State, ask: Ask, _: str, settings: Settings) -> Answer:
    parents = [str(one) for one in ask.content.get("parents") or []]
    if missing := [one for one in parents if one not in state.objects]:
        raise Refused(422, f"The commit {missing[0]} does not exist")
    sha = state.commit(str(ask.content.get("message")), parents, str(ask.content.get("tree")))
    status, headers, body = _object("commit")(state, ask, sha, settings)
    return status + 1, headers, body


ROUTES: Final[Sequence[tuple[str, str, Route]]] = (
    ("GET", r"", _repository),
    ("GET", r"/releases", _list),
    ("POST", r"/releases", _create),
    ("GET", r"/releases/latest", _latest),
    ("GET", r"/releases/tags/(.+)", _tagged),
    ("GET", r"/releases/([0-9]+)", _release),
    ("PATCH", r"/releases/([0-9]+)", _update),
    ("DELETE", r"/releases/([0-9]+)", _delete),
    ("GET", r"/releases/([0-9]+)/assets", _assets),
    ("GET", r"/releases/assets/([0-9]+)", _asset),
    ("DELETE", r"/releases/assets/([0-9]+)", _remove),
    ("GET", r"/git/ref/(.+)", _ref),
    ("POST", r"/git/refs", _create_ref),
    ("PATCH", r"/git/refs/(.+)", _move_ref),
    ("DELETE", r"/git/refs/(.+)", _delete_ref),
    ("GET", r"/git/tags/([0-9a-f]{40})", _object("tag")),
    ("GET", r"/git/commits/([0-9a-f]{40})", _object("commit")),
    ("POST", r"/git/commits", _create_commit),
)
"""Methods and paths within a repository, and what is done there."""

UPLOAD: Final = (("POST", r"/releases/([0-9]+)/assets", _upload),)
"""The same, where assets are taken."""


def _there(found: Any) -> Any:  # noqa: ANN401 - whatever was looked for
    if found is None:
        raise Refused(404, "Not Found")
    return found


def _visible(state: State, ask: Ask, number: str) -> Release:
    found = state.releases.get(int(number))
    if not found or (found.draft and not ask.may_write):
        raise Refused(404, "Not Found")
    return found


def _of_release(state: State, ask: Ask, number: str) -> tuple[Asset, Release]:
    found: Asset = _there(state.assets.get(int(number)))
    return found, _visible(state, ask, str(found.release))


def _describe(release: Release, content: Json) -> None:
    release.tag = str(content.get("tag_name") or release.tag)
    release.target = str(content.get("target_commitish") or release.target)
    release.name = str(content.get("name", release.name) or "")
    release.body = str(content.get("body", release.body) or "")
    release.prerelease = bool(content.get("prerelease", release.prerelease))


def _publish(state: State, release: Release, content: Json, settings: Settings) -> None:
    if state.published(release.tag):
        raise invalid("Release", "already_exists", "tag_name")
    if release.tag in state.burned:
        raise invalid("Release", "custom", "tag_name", "tag_name was used by an immutable release")
    state.publish(release, str(content.get("make_latest", "true")))
    release.immutable = settings["immutable"]


def _ref_json(state: State, ask: Ask, name: str, sha: str) -> Json:
    kind = state.objects.get(sha, {}).get("type", "commit")
    url = f"{ask.base}/repos/{ask.repository}/git/{name}"
    return {"ref": name, "url": url, "object": {"type": kind, "sha": sha}}
