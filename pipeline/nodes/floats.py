"""Floats: tags that people follow move when a release is published, and go back where it does not hold."""

from collections.abc import Mapping, Sequence

from pipeline.nodes import publication, verify
from pipeline.nodes.errors import Failed
from pipeline.nodes.publication import Publication
from pipeline.nodes.registries import Registries
from pipeline.policy.documents import Document
from pipeline.policy.tags import Change, Held, decide
from pipeline.remote.asking import PUSH
from pipeline.remote.floating import Before, remember, restore
from pipeline.remote.publishing import Known


async def move(
    made: Sequence[Publication], indexes: Mapping[str, Document], change: Change, registries: Registries
) -> None:
    """Move the floating tags of a release, and look at every image as anybody sees it.

    Raises:
        Failed: a tag could not be moved.
        ValueError: an image is not as it has to be, and the tags are where they were.
    """
    names = [one.tag for one in decide(change, Held()) if one.floating]
    before = []
    for one in made:
        async with registries.open(one.repository) as registry:
            before.append(await remember(registry, one.repository, names))
    for one in made:
        known = Known(repository=one.repository, index=indexes[one.app])
        await publication.promote(one.app, known, one.repository, registries, change)
    problems = [problem for one in made for problem in await _problems(one, change, registries)]
    if problems:
        said = [line for one in before for line in await _back(one, registries)]
        raise ValueError(f"after it was published: {'; '.join(problems)}\n\n" + "\n".join(said))


async def _problems(one: Publication, change: Change, registries: Registries) -> list[str]:
    """What is not as it has to be of an image under its version."""
    reference = f"{one.repository}:{change.version}"
    try:
        found = await verify.looked(reference, registries)
    except Failed as error:
        return [str(error)]
    if found.index.digest != one.digest:
        return [f"{reference} is {found.index.digest}, and {one.digest} was published"]
    return [f"{reference}: {check.check}: {check.seen}" for check in found.findings if not check.passed]


async def _back(before: Before, registries: Registries) -> list[str]:
    async with registries.open(before.repository, actions=PUSH) as registry:
        return [line for line in await restore(registry, before) if line]
