"""Looking at a release on GitHub: what is there, and how far it is from what it has to be. Nothing is written here."""

import dataclasses
from collections.abc import Collection, Sequence

from pipeline.policy import releases
from pipeline.policy.releases import Asset, Drafts, Release
from pipeline.policy.versions import parse_tag
from pipeline.remote.github import GitHub, GitHubError
from pipeline.remote.turns import holder
from pipeline.remote.wanted import Wanted


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where a release stands: the commit of its tag ("" for no tag), the release, its assets, who is at it.

    `differences` are from what was asked about, `superfluous` empty drafts that the next release of the tag deletes.
    """

    tag: str
    commit: str
    release: Release | None
    assets: Sequence[Asset] = ()
    differences: Sequence[str] = ()
    superfluous: Sequence[Release] = ()
    holder: str = ""


async def status(github: GitHub, tag: str, assets: Sequence[Asset] = ()) -> Standing:
    """Say where the release of a tag stands; where assets are given, what differs from them. Nothing is written.

    Raises:
        GitHubError: GitHub did not say.
    """
    found = await find(github, tag)
    there = found.published or found.draft
    held = await known(github, assets, there) if there else []
    return Standing(
        tag=tag,
        commit=await github.commit_of(tag),
        release=there,
        assets=held,
        differences=releases.differences(assets, held) if assets else [],
        superfluous=found.superfluous,
        holder=await holder(github, tag),
    )


async def find(github: GitHub, tag: str) -> Drafts:
    """The release of a tag: drafts are only in the list, and what was published just now may not be there yet."""
    there = {one.id: one for one in await github.releases()}
    if published := await github.tagged(tag):
        there[published.id] = published
    return releases.choose(there.values(), tag)


async def listed(github: GitHub, made: Release) -> Drafts:
    """What there is of a tag when a list has a draft that was made: then it has those that were made before, too."""
    subject = f"the draft {made.id} of {made.tag} was made"

    async def attempt() -> Drafts:
        found = await github.releases()
        if made.id not in {one.id for one in found}:
            raise GitHubError(f"{subject}, and GitHub does not list it; run it again later", retry_after=0)
        return releases.choose(found, made.tag)

    return await github.retries.persist(GitHubError, subject, attempt)


async def known(github: GitHub, wanted: Sequence[Asset], there: Release) -> list[Asset]:
    """The assets of a release, each with its digest: of those that GitHub does not say, what it has is read."""
    found = await github.assets(there)
    read = {asset.id: await github.digest(asset) for asset in releases.unread(wanted, found)}
    return [dataclasses.replace(asset, digest=read.get(asset.id, asset.digest)) for asset in found]


async def kept(github: GitHub, tag: str, commit: str, names: Collection[str]) -> list[Asset]:
    """The assets of these names that the release of a tag has, whole and with their digests: all of them, or none.

    A draft of another commit has none: its tag was moved since.

    Raises:
        GitHubError: GitHub did not say.
    """
    found = await find(github, tag)
    there = found.published or found.draft
    if not there or (there.draft and there.commit != commit):
        return []
    held = [asset for asset in await github.assets(there) if asset.name in names and asset.whole]
    if len(held) < len(names):
        return []
    return [dataclasses.replace(asset, digest=asset.digest or await github.digest(asset)) for asset in held]


async def verify(github: GitHub, wanted: Wanted, there: Release) -> list[Asset]:
    """Hold a release against what it has to be, and change nothing."""
    found = await known(github, wanted.assets, there)
    left = releases.differences(wanted.assets, found)
    if there.prerelease != wanted.prerelease:
        left.append(f"it is {'' if there.prerelease else 'not '}marked as a pre-release")
    if left:
        kind = "a draft" if there.draft else "published, and never changed"
        frozen = " (GitHub holds it immutable)" if there.immutable else ""
        advice = "run it again" if there.draft else "release what was built under another version"
        raise GitHubError(f"the release {wanted.tag} is {kind}{frozen}, but: {'; '.join(left)}; {advice}")
    return found


async def tagged(github: GitHub, wanted: Wanted) -> None:
    """See that the tag is there and at its commit: else publishing would make one, or publish another source."""
    found = await github.commit_of(wanted.tag)
    if found != wanted.commit:
        said = f"is at {found}" if found else "is not there"
        raise GitHubError(
            f"the tag {wanted.tag} of {github.repository} {said}, and {wanted.commit} is to be released; "
            + ("release the commit that is tagged" if found else "push the tag first")
        )


async def seen(github: GitHub, wanted: Wanted) -> Release:
    """The release as its tag finds it, which may take a moment."""
    subject = f"the release {wanted.tag} was published"

    async def attempt() -> Release:
        found = await github.tagged(wanted.tag)
        if not found:
            raise GitHubError(f"{subject}, and its tag does not find it; look at it later", retry_after=0)
        return found

    return await github.retries.persist(GitHubError, subject, attempt)


async def is_latest(github: GitHub, wanted: Wanted) -> None:
    """See that it, or one that is higher and came meanwhile, is called the latest."""
    subject = f"the release {wanted.tag} is the highest"

    async def attempt() -> None:
        found = await github.latest()
        version = parse_tag(found.tag) if found else None
        if not version or version.compare(releases.version_of(wanted.tag)) < 0:
            said = found.tag if found else "none"
            raise GitHubError(f"{subject}, and GitHub calls {said} the latest; mark it so on its page", retry_after=0)

    await github.retries.persist(GitHubError, subject, attempt)
