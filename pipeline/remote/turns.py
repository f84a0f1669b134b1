"""Turns: of several releases of one version that run at once, one goes on, and the others notice and stop.

Whose turn it is stands in the ref `refs/pipeline/release-TAG`. It points at a commit that says who took the turn. A run
begins with a commit of its own on top of the one that is there, else of the one that is released (so that it changes no
file, and needs no right to change one), and makes or moves the ref to it without force. Git
does that as one step: of several runs that saw the same, one succeeds, and the others are told. From then on the turn
is its own until another run takes it in the same way. Each run looks again before each step that changes something, and
stops where the turn is another's. So the run that began last goes on.

Why so: a mark in a draft's notes is found by listing, which lags behind, and of two who write it the first does not
hear of the second. A lock that others wait for has to be given up when its holder was killed, by a clock or by hand.
Here nobody waits for anybody: to run it again is to take the turn, and a run that was taken for dead, and is not,
stops. What it had begun when the turn was taken gets a few seconds to end. Whoever has the turn verifies every digest
before it publishes, and once more after. The ref lies outside of branches and tags: clones do not fetch it.
"""

import contextlib
import dataclasses
import uuid
from collections.abc import AsyncIterator
from typing import Final

import anyio

from pipeline.remote.github_errors import GitHubError
from pipeline.remote.github_git import Git

_GRACE: Final = 10.0
"""Seconds that a step which another run had begun may take to end, and that a run which failed takes to leave."""

_LOOKS: Final = 3
"""Looks at whose turn it is before this run stops: an answer may come from a server that lags behind."""


class Superseded(GitHubError):
    """Another release of the same version has taken the turn."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """The turn of one run at the release of a tag: the commit that it left there."""

    git: Git
    tag: str
    sha: str

    async def hold(self) -> None:
        """Look whether it is still this run's turn; to be asked before each step that changes something.

        Raises:
            Superseded: it is another's, or that one has ended.
            GitHubError: GitHub did not say.
        """
        for look in range(_LOOKS):
            if await self.git.ref(_name(self.tag)) == self.sha:
                return
            await self.git.retries.sleep(self.git.retries.pause(look))
        who = await holder(self.git, self.tag)
        said = f"{who} has taken it over" if who else "another run has taken it over, and has ended"
        raise Superseded(
            f"the release of {self.tag} runs twice at once: {said}, so this run stops; nothing is lost, "
            "the other one goes on with what is there, and run again this one verifies it"
        )

    async def end(self) -> None:
        """Give the turn back, if it is still this run's.

        Raises:
            GitHubError: GitHub did not do so.
        """
        if await self.git.ref(_name(self.tag)) == self.sha:
            await self.git.delete_ref(_name(self.tag))

    async def leave(self) -> None:
        """Give the turn back after something went wrong, as far as it goes in a few seconds.

        Raises:
            Superseded: it is another's, which may be why it went wrong.
        """
        try:
            with anyio.move_on_after(_GRACE):
                await self.hold()
                await self.git.delete_ref(_name(self.tag))
        except Superseded:
            raise
        except GitHubError:
            # What went wrong before says more.
            return


@contextlib.asynccontextmanager
async def taken(git: Git, tag: str, commit: str, who: str) -> AsyncIterator[Turn]:
    """Take the turn for what is done inside, and give it back, also where something goes wrong.

    Raises:
        Superseded: another run has taken it, which is also why something went wrong inside.
        GitHubError: GitHub did not say who has it, or did not take this.
    """
    turn = await take(git, tag, commit, who)
    try:
        yield turn
    except Superseded:
        raise
    except Exception:
        await turn.leave()
        raise
    # All is done, and the next run takes the turn from whoever has it.
    with contextlib.suppress(GitHubError):
        await turn.end()


async def take(git: Git, tag: str, commit: str, who: str) -> Turn:
    """Take the turn at the release of a tag, from whoever has it; `who` is this run, for people to read.

    Raises:
        Superseded: another run that began at the same moment has taken it.
        GitHubError: GitHub did not say who has it, or did not take this.
    """
    name = _name(tag)
    before = await git.ref(name)
    tree = (await git.commit(commit)).tree
    # Two runs of one person in one second would be one commit.
    message = f"{who}\n\nThe release of {tag} is this run's turn: {uuid.uuid4()}\n"
    turn = Turn(git=git, tag=tag, sha=await git.write_commit(message, tree, [before or commit]))
    try:
        await (git.advance_ref if before else git.create_ref)(name, turn.sha)
    except GitHubError as error:
        if not error.refused:
            raise
        # Another run was faster; or this one was, and the answer was lost.
        await turn.hold()
    if before:
        await git.retries.sleep(_GRACE)
    return turn


async def holder(git: Git, tag: str) -> str:
    """Who has the turn at the release of a tag, and since when; "" where nobody has.

    Raises:
        GitHubError: GitHub did not say.
    """
    found = await git.ref(_name(tag))
    if not found:
        return ""
    commit = await git.commit(found)
    return f"{commit.title} ({commit.time})" if commit.time else commit.title


def _name(tag: str) -> str:
    return f"pipeline/release-{tag}"
