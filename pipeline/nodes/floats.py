"""Floats: tags that people follow move when a release is published, and go back where it does not hold."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence

from pipeline.nodes import publication, verify
from pipeline.nodes.errors import Failed
from pipeline.nodes.publication import Publication
from pipeline.nodes.registries import Registries
from pipeline.policy.documents import Document
from pipeline.policy.tags import Change, Held, decide, is_floating
from pipeline.remote.asking import PUSH
from pipeline.remote.errors import RemoteError
from pipeline.remote.floating import Before, remember, restore
from pipeline.remote.publishing import Known
from pipeline.remote.turns import Superseded

Hold = Callable[[], Awaitable[None]]
"""Sees that it still is this run's turn, and raises where it is not."""


async def _free() -> None:
    """Of a turn that nobody else takes."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Moved:
    """Floating tags that moved: each image's digest, with where the tags of its repository were before."""

    before: Sequence[tuple[str, Before]]
    registries: Registries
    hold: Hold

    async def back(self, why: str) -> ValueError:
        """Put all back to where they were; gives the error that says why, and of each tag where it is now.

        Raises:
            Superseded: it is another's turn, who moves the same tags: they stay where they are.
        """
        await _held(self.hold)
        said = [line for put, one in self.before for line in await _back(one, put, self.registries)]
        return ValueError("\n\n".join(filter(None, [f"after it was published: {why}", "\n".join(said)])))


async def move(
    made: Sequence[Publication],
    indexes: Mapping[str, Document],
    change: Change,
    registries: Registries,
    *,
    hold: Hold = _free,
) -> Moved:
    """Move the floating tags of a release, once every image was looked at as anybody sees it; then look at the tags.

    Gives what puts them back, should something else turn out to be wrong.

    Raises:
        Superseded: it is another's turn, who moves the same tags: they stay where they are.
        RemoteError: a registry did not say what tags point at, and nothing was moved.
        ValueError: an image is not as it has to be, and nothing was moved; or a tag is not, and all went back.
    """
    if problems := [problem for one in made for problem in await _problems(one, change, registries)]:
        raise ValueError(f"no floating tag was moved: {'; '.join(problems)}")
    names = [one.tag for one in decide(change, Held()) if one.floating]
    before = []
    for one in made:
        async with registries.open(one.repository) as registry:
            before.append((one.digest, await remember(registry, one.repository, names)))
    moved = Moved(before=before, registries=registries, hold=hold)
    try:
        await _moved(made, indexes, change, registries, hold)
    except Superseded:
        raise
    except (Failed, RemoteError, ValueError) as error:
        raise await moved.back(str(error)) from None
    return moved


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


async def _moved(
    made: Sequence[Publication], indexes: Mapping[str, Document], change: Change, registries: Registries, hold: Hold
) -> None:
    """Move the tags of every image, then look at each tag."""
    done = []
    for one in made:
        await hold()
        known = Known(repository=one.repository, index=indexes[one.app])
        done.append(await publication.promote(one.app, known, one.repository, registries, change))
    if astray := [said for one in done for said in await _astray(one, registries)]:
        raise ValueError("; ".join(astray))


async def _astray(one: Publication, registries: Registries) -> list[str]:
    """The floating tags that were put, or were there, and do not lead to the image."""
    wrong = []
    async with registries.open(one.repository) as registry:
        for tag in filter(is_floating, one.tags):
            found = await registry.find(f"{one.repository}:{tag}")
            if not found or found.digest != one.digest:
                said = f"leads to {found.digest}" if found else "is not there"
                wrong.append(f"{one.repository}:{tag} {said}, and was put to {one.digest}")
    return wrong


async def _held(hold: Hold) -> None:
    """See before tags go back that nobody else moves them; where GitHub does not say, they go back."""
    try:
        await hold()
    except Superseded:
        raise
    except RemoteError:
        return


async def _back(before: Before, put: str, registries: Registries) -> list[str]:
    async with registries.open(before.repository, actions=PUSH) as registry:
        return [line for line in await restore(registry, before, put) if line]
