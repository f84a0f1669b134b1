"""What the stand-in for GitHub holds: releases, assets, and a little of git."""

import dataclasses
import datetime as dt
import hashlib
import itertools
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Final

Json = dict[str, Any]

_STARTED: Final = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@dataclasses.dataclass
class Asset:
    """A file of a release, whole (`uploaded`) or half (`starter`)."""

    id: int
    release: int
    name: str
    content: bytes = dataclasses.field(repr=False)
    media_type: str = "application/octet-stream"
    label: str = ""
    state: str = "uploaded"
    created: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of what is there."""
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"


@dataclasses.dataclass
class Release:
    """A release: a draft, or published, and then perhaps frozen."""

    id: int
    tag: str
    target: str
    name: str = ""
    body: str = ""
    draft: bool = False
    prerelease: bool = False
    immutable: bool = False
    created: str = ""
    published: str = ""


@dataclasses.dataclass
class State:
    """Everything that is remembered. `objects` are git's, by their names; `burned` tags were those of frozen releases.

    `latest` holds the ids of releases that were made the latest, the newest last.
    """

    releases: dict[int, Release] = dataclasses.field(default_factory=dict)
    assets: dict[int, Asset] = dataclasses.field(default_factory=dict)
    refs: dict[str, str] = dataclasses.field(default_factory=dict)
    objects: dict[str, Json] = dataclasses.field(default_factory=dict)
    latest: list[int] = dataclasses.field(default_factory=list)
    burned: set[str] = dataclasses.field(default_factory=set)
    lock: threading.RLock = dataclasses.field(default_factory=threading.RLock, repr=False)
    _ids: Iterator[int] = dataclasses.field(default_factory=lambda: itertools.count(1), repr=False)
    _ticks: Iterator[int] = dataclasses.field(default_factory=itertools.count, repr=False)

    def next_id(self) -> int:
        """A number that nothing has yet."""
        return next(self._ids)

    def now(self) -> str:
        """A time a second later than the one before: the same requests always give the same state."""
        return (_STARTED + dt.timedelta(seconds=next(self._ticks))).strftime("%Y-%m-%dT%H:%M:%SZ")

    def commit(self, message: str = "a commit", parents: list[str] | None = None, tree: str = "") -> str:
        """Make a commit; gives its name."""
        content = {"message": message, "tree": tree or _name("tree", {}), "parents": parents or []}
        return self.put("commit", content | {"committer": {"name": "a person", "date": self.now()}})

    def tag(self, name: str, sha: str, *, annotated: bool = False) -> str:
        """Make a tag on a commit, which is made too where there is none of that name; gives what the ref points at."""
        self.objects.setdefault(
            sha, {"type": "commit", "message": "a commit", "tree": _name("tree", {}), "parents": []}
        )
        kind = self.objects[sha]["type"]
        content = {"tag": name, "message": name, "object": {"type": kind, "sha": sha}}
        self.refs[f"refs/tags/{name}"] = self.put("tag", content) if annotated else sha
        return self.refs[f"refs/tags/{name}"]

    def put(self, kind: str, content: Json) -> str:
        """Remember an object of git; the same content has the same name."""
        name = _name(kind, content)
        self.objects[name] = {"type": kind} | content
        return name

    def descends(self, sha: str, ancestor: str) -> bool:
        """Whether a commit is another one, or has it among its ancestors."""
        parents = self.objects.get(sha, {}).get("parents", [])
        return sha == ancestor or any(self.descends(parent, ancestor) for parent in parents)

    def of(self, release: Release) -> list[Asset]:
        """The assets of a release, half uploaded ones too."""
        return [asset for asset in self.assets.values() if asset.release == release.id]

    def published(self, tag: str) -> Release | None:
        """The published release of a tag."""
        found = (one for one in self.releases.values() if one.tag == tag and not one.draft)
        return next(found, None)

    def newest(self) -> Release | None:
        """The release that is the latest: the one made so last that still can be, else the newest one."""
        fit = [one for one in self.releases.values() if not (one.draft or one.prerelease)]
        made = [one for number in self.latest for one in fit if one.id == number]
        return made[-1] if made else max(fit, key=lambda one: (one.created, one.id), default=None)

    def publish(self, release: Release, latest: str) -> None:
        """Publish a draft: its tag is made where there is none. `latest` is `true`, `false` or `legacy`."""
        if f"refs/tags/{release.tag}" not in self.refs:
            target = self.refs.get(f"refs/heads/{release.target}", release.target)
            self.tag(release.tag, target or self.commit())
        release.draft = False
        release.published = self.now()
        self.mark(release, latest)

    def mark(self, release: Release, latest: str) -> None:
        """Make a published release the latest, or not; drafts and pre-releases never are."""
        others = [number for number in self.latest if number != release.id]
        can = not (release.draft or release.prerelease)
        self.latest[:] = [*others, release.id] if latest == "true" and can else others
        if latest == "legacy" and can:
            self.latest.clear()


def _name(kind: str, content: Mapping[str, Any]) -> str:
    return hashlib.sha1(f"{kind} {json.dumps(content, sort_keys=True)}".encode(), usedforsecurity=False).hexdigest()
