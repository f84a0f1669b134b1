"""The git side of GitHub's API: what tags point at, and the little that a release writes there itself."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

from pipeline.policy.text import clean
from pipeline.remote.github_errors import GitHubError
from pipeline.remote.github_http import Api

_PEELS: Final = 10
"""Annotated tags that may stand between a tag's name and its commit."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Commit:
    """A commit: its tree, the first line of what it says, and when it was made, as its server says it."""

    sha: str
    tree: str
    title: str = ""
    time: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Git(Api):
    """A repository of GitHub, its commits, tags and refs. Names of refs are without `refs/` in front."""

    async def commit_of(self, tag: str) -> str:
        """The commit that a tag leads to, through annotated tags where there are any; "" where there is no such tag.

        Raises:
            GitHubError: it did not say, or the tag leads to something else.
        """
        kind, sha = await self._find(self._call(f"the tag {tag}", f"/git/ref/tags/{tag}"), _target) or ("", "")
        for _ in range(_PEELS):
            if kind in {"", "commit"}:
                return sha
            if kind != "tag":
                break
            kind, sha = await self._persist(self._call(f"the tag {tag}", f"/git/tags/{sha}"), _target)
        raise GitHubError(f"the tag {tag} of {self.repository} leads to no commit; tag a commit")

    async def ref(self, name: str) -> str:
        """What a ref points at; "" where there is none.

        Raises:
            GitHubError: it did not say.
        """
        _, sha = await self._find(self._call(f"the ref {name}", f"/git/ref/{name}"), _target) or ("", "")
        return sha

    async def commit(self, sha: str) -> Commit:
        """A commit.

        Raises:
            GitHubError: it did not give it.
        """
        return await self._persist(self._call(f"the commit {sha}", f"/git/commits/{sha}"), _commit)

    async def write_commit(self, message: str, tree: str, parents: Sequence[str]) -> str:
        """Make a commit that no ref leads to; again makes no harm. Author and time are the token's owner's and now.

        Raises:
            GitHubError: it did not take it.
        """
        content = {"message": message, "tree": tree, "parents": list(parents)}
        return (await self._persist(self._call("to make a commit", "/git/commits", "POST", content), _commit)).sha

    async def create_ref(self, name: str, sha: str) -> None:
        """Make a ref that is not there yet: of several that try, one succeeds.

        Raises:
            GitHubError: it is there (`refused`), or it was not taken.
        """
        content = {"ref": f"refs/{name}", "sha": sha}
        await self._persist(self._call(f"to make the ref {name}", "/git/refs", "POST", content), _target)

    async def advance_ref(self, name: str, sha: str) -> None:
        """Move a ref to a commit that descends from the one it points at: of several that try, one succeeds.

        Raises:
            GitHubError: it points at no ancestor of the commit (`refused`), or it was not taken.
        """
        call = self._call(f"to move the ref {name}", f"/git/refs/{name}", "PATCH", {"sha": sha, "force": False})
        await self._persist(call, _target)

    async def delete_ref(self, name: str) -> None:
        """Delete a ref; where there is none, that is well too.

        Raises:
            GitHubError: it did not do so.
        """
        try:
            await self._persist(self._call(f"to delete the ref {name}", f"/git/refs/{name}", "DELETE"), nothing)
        except GitHubError as error:
            # Of a ref that is not there it says that the request cannot be, as of one that it does not delete.
            if not error.not_found and not (error.refused and not await self.ref(name)):
                raise


def nothing(_: Any) -> None:  # noqa: ANN401 - whatever comes
    """Of an answer whose status says all."""


def _target(raw: Any) -> tuple[str, str]:  # noqa: ANN401 - it is what it checks
    """Type and SHA of the object that a ref or an annotated tag points at."""
    try:
        return str(raw["object"]["type"]), str(raw["object"]["sha"])
    except (KeyError, TypeError):
        raise ValueError("what came is no ref; check the address of its API") from None


def _commit(raw: Any) -> Commit:  # noqa: ANN401 - same
    try:
        title = clean(str(raw["message"])).partition("\n")[0]
        time = str((raw.get("committer") or {}).get("date") or "")
        return Commit(sha=str(raw["sha"]), tree=str(raw["tree"]["sha"]), title=title, time=clean(time))
    except (AttributeError, KeyError, TypeError):
        raise ValueError("what came is no commit; check the address of its API") from None
