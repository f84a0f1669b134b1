"""What a release has to be: its tag and commit, its words, and its files."""

import dataclasses
import hashlib
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Self

import anyio

from pipeline.policy.releases import Asset, Release, check, described, version_of
from pipeline.remote.transport import Body

_CHUNK: Final = 2**18


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """A file of a release: what it has to be, and who gives its bytes from the beginning, each time anew."""

    asset: Asset
    content: Body = dataclasses.field(repr=False)
    media_type: str = "application/octet-stream"

    @classmethod
    async def of(cls, path: Path, *, name: str = "", media_type: str = "application/octet-stream") -> Self:
        """A file of this machine, under its own name or another one; it is read once for its digest.

        Raises:
            OSError: it cannot be read.
        """
        hashed, size = hashlib.sha256(), 0
        async for chunk in _chunks(path):
            hashed.update(chunk)
            size += len(chunk)
        asset = Asset(name=name or path.name, size=size, digest=f"sha256:{hashed.hexdigest()}")
        return cls(asset=asset, content=partial(_chunks, path), media_type=media_type)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A release as it has to be: the tag and its commit, title and notes in Markdown, and the files.

    `holder` is who makes it, for people to read where two do so at once.

    Raises:
        ValueError: the tag is no version, or two files could not be told apart.
    """

    tag: str
    commit: str
    title: str
    notes: str
    files: Sequence[File]
    holder: str = "a release"

    def __post_init__(self) -> None:
        """Refuse what no release can be before anything is asked."""
        _ = self.prerelease
        check(self.assets)

    @property
    def prerelease(self) -> bool:
        """Whether the tag names one that comes before a release.

        Raises:
            ValueError: it names no version.
        """
        return bool(version_of(self.tag).prerelease)

    @property
    def assets(self) -> list[Asset]:
        """What its files have to be."""
        return [file.asset for file in self.files]

    @property
    def draft(self) -> Release:
        """What its draft says, before it has an id."""
        return Release(
            id=0,
            tag=self.tag,
            draft=True,
            prerelease=self.prerelease,
            name=self.title,
            body=described("", self.notes),
            commit=self.commit,
        )

    def draft_of(self, known: Release) -> Release:
        """What a draft that is there has to say; title and words that a person gave it stay."""
        body = described(known.body, self.notes)
        return dataclasses.replace(self.draft, id=known.id, name=known.name or self.title, body=body)

    def file(self, name: str) -> File:
        """The file of a name."""
        return next(file for file in self.files if file.asset.name == name)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    async with await anyio.open_file(path, "rb") as opened:
        while chunk := await opened.read(_CHUNK):
            yield chunk
