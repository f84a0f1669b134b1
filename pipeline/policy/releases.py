"""Releases: what of one is there already, what has to be done, and whether a published one is what was built."""

import dataclasses
import enum
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import semver

from pipeline.policy.documents import is_digest
from pipeline.policy.versions import parse_tag

UPLOADED: Final = "uploaded"
"""State of an asset that is whole; one that is half uploaded is a `starter`."""

NOTES: Final = "<!-- Until this is published each run writes anew what stands below; what stands above stays. -->"
"""The first line of the notes of a release: what tells them from what people write."""

LONGEST: Final = 125_000
"""Characters that the text of a release may have."""

# The service writes dots for other characters, and takes leading and trailing dots away.
_NAME: Final = re.compile(r"[A-Za-z0-9_-](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9_-])?")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """A file of a release: its size in bytes, and its digest (`sha256:...`), "" where nobody has said it.

    `state` and `id` are what the service says of one that it has.
    """

    name: str
    size: int
    digest: str = ""
    state: str = UPLOADED
    id: int = 0

    @property
    def whole(self) -> bool:
        """Whether all of it is there."""
        return self.state == UPLOADED


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """A release as the service has it; `commit` is where its tag would be made if there were none.

    `assets` are those that are whole: a half uploaded one is only in the list of assets. `upload_url` is where an asset
    is sent to, and `page` what a person looks at.
    """

    id: int
    tag: str
    draft: bool
    prerelease: bool = False
    immutable: bool = False
    name: str = ""
    body: str = ""
    commit: str = ""
    upload_url: str = ""
    page: str = ""
    assets: Sequence[Asset] = ()


class Action(enum.Enum):
    """What an asset needs."""

    KEEP = "keep"
    UPLOAD = "upload"
    REPLACE = "replace"
    DELETE = "delete"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What one asset needs: which one it has to be, None for one to delete; and which is there, None for none."""

    action: Action
    wanted: Asset | None = None
    found: Asset | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Drafts:
    """Of all releases: the one of a tag that is published, the draft that is used, and those that nobody needs."""

    published: Release | None = None
    draft: Release | None = None
    superfluous: Sequence[Release] = ()


def version_of(tag: str) -> semver.Version:
    """The version that the tag of a release names.

    Raises:
        ValueError: it names none.
    """
    found = parse_tag(tag)
    if not found:
        raise ValueError(f"the tag {tag} is no version; tags of releases are v1.2.3 or v1.2.3-rc.1 (semver.org)")
    return found


def check(assets: Sequence[Asset]) -> None:
    """Refuse assets that could not be told apart, or that the service would give another name.

    Raises:
        ValueError: a name occurs twice, or would be changed, or a file is empty, or a digest is none.
    """
    names = [asset.name for asset in assets]
    for asset in assets:
        if not _NAME.fullmatch(asset.name):
            raise ValueError(
                f"the asset {asset.name!r} would get another name: use letters, digits, '.', '_' and '-', "
                "and no '.' at either end"
            )
        if names.count(asset.name) > 1:
            raise ValueError(f"two assets are called {asset.name}; give one of them another name")
        if asset.size < 1 or not is_digest(asset.digest):
            raise ValueError(f"the asset {asset.name} has {asset.size} bytes and the digest {asset.digest!r}: no file")


def decide(wanted: Sequence[Asset], found: Sequence[Asset]) -> list[Step]:
    """What each asset of a draft needs: first those that have to be, then what is half uploaded and nobody wants.

    What has no digest is not in order: those that `unread` names are read before.

    Raises:
        ValueError: there is a whole asset that nobody here made; it is not deleted, and not published with the rest.
    """
    there = {asset.name: asset for asset in found}
    steps = [_step(asset, there.get(asset.name)) for asset in wanted]
    others = [asset for name, asset in there.items() if name not in {one.name for one in wanted}]
    if strange := [asset.name for asset in others if asset.whole]:
        raise ValueError(
            f"the draft holds {', '.join(strange)}, which is not of this release; delete it there, and run it again"
        )
    return [*steps, *(Step(action=Action.DELETE, found=asset) for asset in others)]


def unread(wanted: Sequence[Asset], found: Sequence[Asset]) -> list[Asset]:
    """The assets whose digest the service does not say, so that somebody has to read what it has."""
    names = {asset.name for asset in wanted}
    return [asset for asset in found if asset.name in names and asset.whole and not asset.digest]


def differences(wanted: Sequence[Asset], found: Sequence[Asset]) -> list[str]:
    """What is not as it has to be, a sentence each; of what nobody has said the digest, the size alone counts."""
    there = {asset.name: asset for asset in found}
    names = {asset.name for asset in wanted}
    said = [_difference(asset, there.get(asset.name)) for asset in wanted]
    strange = [f"{name} is there, and is not of this release" for name in there if name not in names]
    return [*filter(None, said), *strange]


def choose(releases: Iterable[Release], tag: str) -> Drafts:
    """Find the release of a tag among all: the published one, else the oldest draft, one that a person wrote in first.

    Two that began at once, or one that did not see its own draft yet, leave another one, which nobody needs if it is
    empty and no person wrote in it.
    """
    of_tag = sorted((one for one in releases if one.tag == tag), key=lambda one: (not words(one.body), one.id))
    published = next((one for one in of_tag if not one.draft), None)
    drafts = [one for one in of_tag if one.draft]
    draft = drafts[0] if drafts and not published else None
    spare = [one for one in drafts if one is not draft and not one.assets and not words(one.body)]
    return Drafts(published=published, draft=draft, superfluous=spare)


def latest(version: semver.Version, published: Collection[str]) -> str:
    """Whether a release is the latest, as the service takes it: `true` for the highest release alone, else `false`.

    `published` are the tags of releases that are published.
    """
    if version.prerelease:
        return "false"
    higher = (known for tag in published if (known := parse_tag(tag)) and not known.prerelease)
    return "true" if all(version.compare(known) >= 0 for known in higher) else "false"


def words(body: str) -> str:
    """What a person wrote in a release, above the notes that a run writes."""
    return body.partition(NOTES)[0].strip()


def described(found: str, notes: str) -> str:
    """What a draft has to say: what a person wrote in it, then the notes."""
    return "\n\n".join(filter(None, (words(found), NOTES, notes)))


def same_text(one: str, other: str) -> bool:
    """Whether two texts are the same but for line ends and the space around them, which the service may change."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


def _step(wanted: Asset, found: Asset | None) -> Step:
    if not found:
        return Step(action=Action.UPLOAD, wanted=wanted)
    same = found.whole and (found.size, found.digest) == (wanted.size, wanted.digest)
    return Step(action=Action.KEEP if same else Action.REPLACE, wanted=wanted, found=found)


def _difference(wanted: Asset, found: Asset | None) -> str:
    if not found:
        return f"{wanted.name} is missing"
    if not found.whole:
        return f"{wanted.name} is only half uploaded"
    if (found.digest, found.size) == (wanted.digest, wanted.size):
        return ""
    said = found.digest or "a digest that nobody says"
    return f"{wanted.name} has {said} of {found.size} bytes, and {wanted.digest} of {wanted.size} bytes was built"
