"""GitHub: a client of its releases."""

import contextlib
import dataclasses
import hashlib
import itertools
from collections.abc import AsyncGenerator
from functools import partial
from typing import Final

import httpx

from pipeline.policy.releases import Asset, Release
from pipeline.remote.errors import about
from pipeline.remote.github_errors import GitHubError
from pipeline.remote.github_git import Git, nothing
from pipeline.remote.github_http import Call
from pipeline.remote.github_json import read_asset, read_push, read_release, write
from pipeline.remote.transport import Body, exactly

__all__ = ["GitHub", "GitHubError"]

_BYTES: Final = "application/octet-stream"


@dataclasses.dataclass(frozen=True, slots=True)
class GitHub(Git):
    """A repository of GitHub whose releases are read and written."""

    async def may_push(self) -> bool | None:
        """Whether the token may write; None where it does not say: it never does of an installation's token.

        GITHUB_TOKEN of a workflow is one.

        Raises:
            GitHubError: the token may not even read, or is none.
        """
        if await self._persist(self._call("what the token may do", ""), read_push):
            return True
        url = self._url("/installation/repositories").copy_merge_params({"per_page": "1"})
        call = dataclasses.replace(self._call("whose token it is", ""), url=url)
        try:
            await self._persist(call, nothing)
        except GitHubError as error:
            if error.status in {401, 403, 404}:
                return False
            raise
        return None

    async def releases(self) -> list[Release]:
        """All releases; drafts are among them where the token may write.

        Raises:
            GitHubError: it did not say.
        """
        return await self._pages(self._call("the list of releases", "/releases"), read_release)

    async def release(self, number: int) -> Release | None:
        """A release by its id, draft or not; None where there is none.

        Raises:
            GitHubError: it did not say.
        """
        return await self._find(self._call(f"the release {number}", f"/releases/{number}"), read_release)

    async def tagged(self, tag: str) -> Release | None:
        """The published release of a tag; None where there is none. Drafts are not found by their tag.

        Raises:
            GitHubError: it did not say.
        """
        return await self._find(self._call(f"the release of {tag}", f"/releases/tags/{tag}"), read_release)

    async def latest(self) -> Release | None:
        """The release that it calls the latest; None where there is none.

        Raises:
            GitHubError: it did not say.
        """
        return await self._find(self._call("the latest release", "/releases/latest"), read_release)

    async def create(self, draft: Release) -> Release:
        """Make a draft; asked for again after an answer that was lost, there may be two of them.

        Raises:
            GitHubError: it did not take it.
        """
        content = {"tag_name": draft.tag, "draft": True} | write(draft)
        return await self._persist(
            self._call(f"to make a draft of {draft.tag}", "/releases", "POST", content), read_release
        )

    async def describe(self, draft: Release) -> Release:
        """Write name, notes, commit and kind of a draft anew.

        Raises:
            GitHubError: it did not take it.
        """
        call = self._call(f"to change the draft of {draft.tag}", f"/releases/{draft.id}", "PATCH", write(draft))
        return await self._persist(call, read_release)

    async def publish(self, draft: Release, latest: str) -> Release:
        """Publish a draft; `latest` is `true` or `false`. What else is left out it decides by itself: nothing is.

        Raises:
            GitHubError: it did not take it.
        """
        content = {"draft": False, "prerelease": draft.prerelease, "make_latest": latest}
        call = self._call(f"to publish {draft.tag}", f"/releases/{draft.id}", "PATCH", content)
        return await self._persist(call, read_release)

    async def lead(self, release: Release) -> Release:
        """Make a published release the latest; nothing else of it changes.

        Raises:
            GitHubError: it did not do so.
        """
        call = self._call(
            f"to call {release.tag} the latest", f"/releases/{release.id}", "PATCH", {"make_latest": "true"}
        )
        return await self._persist(call, read_release)

    async def discard(self, draft: Release) -> None:
        """Delete a draft; where there is none, that is well too.

        Raises:
            GitHubError: it did not do so.
        """
        await self._find(self._call(f"to delete a draft of {draft.tag}", f"/releases/{draft.id}", "DELETE"), nothing)

    async def assets(self, release: Release) -> list[Asset]:
        """All assets of a release, half uploaded ones too.

        Raises:
            GitHubError: it did not say.
        """
        call = self._call(f"the list of assets of {release.tag}", f"/releases/{release.id}/assets")
        return await self._pages(call, read_asset)

    async def upload(self, release: Release, asset: Asset, content: Body, media_type: str = _BYTES) -> Asset:
        """Upload an asset as a stream. What fails begins again, when what it left behind is deleted.

        Each wait for bytes is limited, the whole is not.

        Raises:
            GitHubError: it did not take it, or has one of that name (`refused`), or the file has another size.
        """
        call = self._call(f"to take the asset {asset.name} of {release.tag}", "", "POST")
        url = httpx.URL(release.upload_url.partition("{")[0]).copy_merge_params({"name": asset.name})
        if not self._own(url):
            raise GitHubError(f"{call.subject}: it would have it at {url.host}, which gets no token")
        body = partial(exactly, content, asset.size)
        call = dataclasses.replace(call, url=url, body=body, size=asset.size, media_type=media_type)
        attempts = itertools.count()

        async def attempt() -> Asset:
            if next(attempts):
                await self._clear(release, asset.name)
            raw, _ = await self._read(call)
            return read_asset(raw)

        return await self.retries.persist(GitHubError, call.subject, attempt, stream=True)

    async def delete(self, asset: Asset) -> None:
        """Delete an asset; where there is none, that is well too.

        Raises:
            GitHubError: it did not do so.
        """
        call = self._call(f"to delete the asset {asset.name}", f"/releases/assets/{asset.id}", "DELETE")
        await self._find(call, nothing)

    async def download(self, asset: Asset) -> AsyncGenerator[bytes, None]:
        """The bytes of an asset. They are checked at the end: only then use what came.

        Whoever leaves early closes the iterator (`contextlib.aclosing`).

        Raises:
            GitHubError: it did not give it, or gave other bytes than size and digest say.
        """
        call = self._bytes(asset)
        response = await self.retries.persist(GitHubError, call.subject, partial(self._open, call))
        hashed, count = hashlib.sha256(), 0
        try:
            with about(GitHubError, call.subject):
                async for chunk in response.aiter_raw():
                    hashed.update(chunk)
                    count += len(chunk)
                    yield chunk
        finally:
            await response.aclose()
        if count != asset.size:
            raise GitHubError(f"{call.subject}: {count} bytes came and not {asset.size}; do not use it", retry_after=0)
        found = f"sha256:{hashed.hexdigest()}"
        if asset.digest not in {"", found}:
            raise GitHubError(f"{call.subject}: what came has {found} and not {asset.digest}; do not use it")

    async def digest(self, asset: Asset) -> str:
        """The digest of an asset, of the bytes that it gives; what breaks off begins again.

        Raises:
            GitHubError: it did not give it.
        """

        async def attempt() -> str:
            hashed = hashlib.sha256()
            async with contextlib.aclosing(self.download(asset)) as chunks:
                async for chunk in chunks:
                    hashed.update(chunk)
            return f"sha256:{hashed.hexdigest()}"

        return await self.retries.persist(GitHubError, self._bytes(asset).subject, attempt, stream=True)

    def _bytes(self, asset: Asset) -> Call:
        call = self._call(f"the asset {asset.name}", f"/releases/assets/{asset.id}")
        return dataclasses.replace(call, accept=_BYTES)

    async def _clear(self, release: Release, name: str) -> None:
        """Delete what an upload that failed has left behind (REST API, Upload a release asset)."""
        for asset in await self.assets(release):
            if asset.name == name and not asset.whole:
                await self.delete(asset)
