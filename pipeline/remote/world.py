"""The world that a release is planned for: what registries and GitHub have."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from pipeline.policy.plan import Hosted, Place, Wanted
from pipeline.remote.github import GitHub
from pipeline.remote.publishing import asked
from pipeline.remote.registry import Registry
from pipeline.remote.standing import find

Opener = Callable[[str], AbstractAsyncContextManager[Registry]]
"""Gives a client for the registry of a reference."""


async def places(wanted: Wanted, where: Sequence[tuple[str, str]], opened: Opener) -> list[Place]:
    """What repositories have of a release's tags. `where` has applications and a repository of each.

    Raises:
        RegistryError: a registry did not say what it has.
    """
    found = []
    for app, repository in where:
        async with opened(repository) as registry:
            held = await asked(registry, repository, wanted.change, await registry.tags(repository))
        found.append(Place(app=app, repository=repository, held=held))
    return found


async def hosted(wanted: Wanted, github: GitHub) -> Hosted:
    """What GitHub has of a release.

    Raises:
        GitHubError: it did not say.
    """
    known = await github.releases()
    found = await find(github, wanted.tag)
    there = found.published or found.draft
    return Hosted(
        tagged=await github.commit_of(wanted.tag),
        draft=bool(found.draft),
        published=bool(found.published),
        assets=[asset.name for asset in await github.assets(there) if asset.whole] if there else [],
        versions=[one.tag for one in known if not one.draft and not one.prerelease and one.tag != wanted.tag],
    )
