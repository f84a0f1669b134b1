"""Releasing on GitHub: a draft, its assets, a look at every one of them, and publishing as the last step.

All state is read from GitHub, none is kept: stopped after any request and begun again, a release ends the same. `begin`
takes the turn (see `turns`) for what is done inside: `prepare` makes the draft what it has to be, `publish` publishes
it, and other steps may stand between. A published release is only looked at: whatever differs is an error.
"""

import dataclasses
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from pipeline.policy import releases
from pipeline.policy.releases import Action, Asset, Release, Step
from pipeline.policy.versions import parse_tag
from pipeline.remote import standing as look
from pipeline.remote.github import GitHub, GitHubError
from pipeline.remote.turns import Turn, taken
from pipeline.remote.wanted import Wanted


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A release whose assets are all there and in order, draft or published; and what was done for it."""

    release: Release
    assets: Sequence[Asset]
    steps: Sequence[Step] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Released:
    """A published release, looked at; whether it is the latest, and whether it was `changed`: published by this run.

    Of two versions at once the lower one is not the `latest`, also where it was for a moment.
    """

    release: Release
    assets: Sequence[Asset]
    latest: bool
    changed: bool


async def release(github: GitHub, wanted: Wanted) -> Released:
    """Make a release, or finish it, or see that it is there.

    Raises:
        GitHubError: GitHub did not do so, or has something else; as `Superseded`, another run of it goes on.
    """
    async with begin(github, wanted) as turn:
        return await publish(github, wanted, turn, await prepare(github, wanted, turn))


@asynccontextmanager
async def begin(github: GitHub, wanted: Wanted) -> AsyncIterator[Turn]:
    """Take the turn at a release whose tag is at its commit, for the steps inside.

    Raises:
        GitHubError: the tag is not there or elsewhere, or another run began at the same moment (`Superseded`).
    """
    await look.tagged(github, wanted)
    async with taken(github, wanted.tag, wanted.commit, wanted.holder) as turn:
        yield turn


async def prepare(github: GitHub, wanted: Wanted, turn: Turn) -> Prepared:
    """Make the draft what it has to be, with every asset; one that is published already is looked at.

    Raises:
        GitHubError: GitHub did not do so, or has something else; or it is another's turn (`Superseded`).
    """
    found, made = await look.find(github, wanted.tag), wanted.draft
    if not (found.published or found.draft):
        await turn.hold()
        made = await github.create(wanted.draft)
        found = await look.listed(github, made)
    for spare in found.superfluous:
        # What this run has just made for nothing is its own, whoever's turn it is by now.
        if spare.id != made.id:
            await turn.hold()
        await _discard(github, spare)
    if found.published:
        return Prepared(release=found.published, assets=await look.verify(github, wanted, found.published))
    if not found.draft:
        raise GitHubError(f"the draft of {wanted.tag} has vanished while it was made; run it again")
    draft = await _described(github, wanted, turn, found.draft)
    return await _filled(github, wanted, turn, draft)


async def publish(github: GitHub, wanted: Wanted, turn: Turn, prepared: Prepared) -> Released:
    """Publish what was prepared, if it still is what it has to be, and look at it as others see it.

    It becomes the latest if no higher release is published, and then only. Where a higher one was published at the same
    moment, that one is made the latest.

    Raises:
        GitHubError: GitHub did not do so, or has something else; or it is another's turn (`Superseded`).
    """
    fresh = await _fresh(github, prepared.release)
    await look.verify(github, wanted, fresh)
    latest = not wanted.prerelease and not await _above(github, wanted)
    if fresh.draft:
        await look.tagged(github, wanted)
        await turn.hold()
        await github.publish(wanted.draft_of(fresh), "true" if latest else "false")
    done = await look.seen(github, wanted)
    assets = await look.verify(github, wanted, done)
    if above := await _above(github, wanted):
        await _led(github, turn, done, above)
    elif latest:
        await look.is_latest(github, wanted)
    return Released(release=done, assets=assets, latest=latest and not above, changed=fresh.draft)


async def _above(github: GitHub, wanted: Wanted) -> Release | None:
    """The highest published release, if it is higher than this one; pre-releases do not count."""
    own = releases.version_of(wanted.tag)
    known = [(parse_tag(one.tag), one) for one in await github.releases() if not (one.draft or one.prerelease)]
    higher = [(found, one) for found, one in known if found and not found.prerelease and found.compare(own) > 0]
    return max(higher, key=lambda pair: pair[0])[1] if higher else None


async def _led(github: GitHub, turn: Turn, done: Release, above: Release) -> None:
    """Give back what a release has taken that did not see the higher one yet."""
    latest = await github.latest()
    if latest and latest.id == done.id:
        await turn.hold()
        await github.lead(above)


async def _discard(github: GitHub, spare: Release) -> None:
    """Delete a draft that nobody needs, if it still is one and holds nothing, neither files nor a person's words."""
    fresh = await github.release(spare.id)
    if not (fresh and fresh.draft) or releases.words(fresh.body):
        return
    if not [one for one in await github.assets(fresh) if one.whole]:
        await github.discard(fresh)


async def _described(github: GitHub, wanted: Wanted, turn: Turn, draft: Release) -> Release:
    """A draft that says what it has to."""
    fresh = await _draft(github, turn, draft)
    own = wanted.draft_of(fresh)
    told = (fresh.name, fresh.commit, fresh.prerelease) == (own.name, own.commit, own.prerelease)
    if told and releases.same_text(fresh.body, own.body):
        return fresh
    if len(own.body) > releases.LONGEST:
        raise GitHubError(
            f"the draft of {own.tag} has {len(releases.words(fresh.body))} characters that a person wrote, and with "
            f"the notes {len(own.body)}, of which GitHub takes {releases.LONGEST}; shorten it there, and run it again"
        )
    return await github.describe(own)


async def _filled(github: GitHub, wanted: Wanted, turn: Turn, draft: Release) -> Prepared:
    """A draft with every asset, each of them looked at; a list that lags behind is asked for again."""
    subject = f"the assets of {wanted.tag}"
    done: list[Step] = []

    async def attempt() -> Prepared:
        found = await look.known(github, wanted.assets, draft)
        steps = [one for one in releases.decide(wanted.assets, found) if one.action is not Action.KEEP]
        for step in steps:
            await _carry_out(github, wanted, turn, draft, step)
            done.append(step)
        found = await look.known(github, wanted.assets, draft) if steps else found
        if left := releases.differences(wanted.assets, found):
            raise GitHubError(f"{subject} are not what was uploaded: {'; '.join(left)}; run it again", retry_after=0)
        return Prepared(release=draft, assets=found, steps=done)

    return await github.retries.persist(GitHubError, subject, attempt, stream=True)


async def _carry_out(github: GitHub, wanted: Wanted, turn: Turn, draft: Release, step: Step) -> None:
    if step.found:
        await _draft(github, turn, draft)
        await github.delete(step.found)
    if step.wanted:
        file = wanted.file(step.wanted.name)
        await _draft(github, turn, draft)
        try:
            await github.upload(draft, file.asset, file.content, file.media_type)
        except GitHubError as error:
            # The answer to an earlier attempt was lost, or the list lags behind: the next look decides.
            if "already_exists" not in error.codes:
                raise


async def _draft(github: GitHub, turn: Turn, draft: Release) -> Release:
    """See before each change that it may be made: it is a draft, whatever a list said, and it is this run's turn."""
    fresh = await _fresh(github, draft)
    if not fresh.draft:
        raise GitHubError(f"the release {draft.tag} was published meanwhile, and is not changed; run it again")
    await turn.hold()
    return fresh


async def _fresh(github: GitHub, known: Release) -> Release:
    fresh = await github.release(known.id)
    if not fresh or fresh.tag != known.tag:
        raise GitHubError(f"the release {known.tag} was deleted or renamed meanwhile; run it again")
    return fresh
