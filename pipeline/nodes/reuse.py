"""Reuse: images that a registry has already, of the same inputs, so that nothing is built twice."""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Final

import anyio
import dagger

from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed, stage
from pipeline.nodes.image import Image
from pipeline.nodes.registries import Kept, Registries
from pipeline.nodes.stamping import stamps
from pipeline.nodes.together import settled, together
from pipeline.policy.destinations import addresses, repository_of
from pipeline.policy.versions import Stamp
from pipeline.remote import publishing
from pipeline.remote.asking import PUSH
from pipeline.remote.errors import RegistryError
from pipeline.remote.publishing import Known

_PULL: Final = 300
"""Seconds in which an image has to be here: most are built in not much more."""


@dataclasses.dataclass(frozen=True)
class Origin:
    """Where an image of the same inputs lies already, and who asks for it."""

    known: Known
    registries: Registries

    def covers(self, image: Image) -> bool:
        """Whether it is for every platform that the image is for."""
        held = {child.platform for child in self.known.index.children}
        return {str(platform) for platform in image.platforms} <= held


async def found(apps: Sequence[App], to: Sequence[str], registries: Kept) -> dict[str, Known]:
    """The images by application that one of the addresses has by their content key.

    What cannot be told counts as not there: building and publishing meet the reason again, and say it.
    """
    known, _ = await looked(apps, await stamps(apps), to, registries, PUSH)
    return known


async def looked(
    apps: Sequence[App], at: Sequence[Stamp | Failed], to: Sequence[str], registries: Kept, actions: str
) -> tuple[dict[str, Known], list[str]]:
    """The same for applications whose stamps are known, and notes on who could not be asked.

    Whoever gives an image tags asks a registry with other `actions` than one that only reads.
    """
    tasks = [
        partial(_look, app, stamp, addresses(to, app.name), registries, actions)
        for app, stamp in zip(apps, at, strict=True)
    ]
    known: dict[str, Known] = {}
    notes: list[str] = []
    for app, one in zip(apps, await settled(tasks), strict=True):
        if isinstance(one, Exception):
            if not isinstance(one, (Failed, dagger.QueryError)):
                raise one
            continue
        image, unasked = one
        known |= {app.name: image} if image else {}
        notes += unasked
    return known, notes


async def pulled(image: Image, origin: Origin) -> Image:
    """The image with its variants as a registry has them.

    Raises:
        Failed: they cannot be had, or not in time.
    """
    reference = f"{origin.known.repository}@{origin.known.index.digest}"
    variants = [origin.registries.image(reference, platform) for platform in image.platforms]
    with stage(image.app, f"pull {reference}"):
        try:
            with anyio.fail_after(_PULL):
                await together([variant.sync for variant in variants])
        except TimeoutError:
            raise ValueError(f"it was not here within {_PULL} s") from None
    return dataclasses.replace(image, variants=variants)


async def _look(
    app: App, at: Stamp | Failed, places: Sequence[str], registries: Kept, actions: str
) -> tuple[Known | None, list[str]]:
    if isinstance(at, Failed):
        return None, []
    image = await app.image(at, [])
    key = await image.key()
    notes: list[str] = []
    for address in places if key else []:
        try:
            repository = repository_of(address)
            async with registries.open(repository, actions=actions) as registry:
                platforms = {str(platform) for platform in image.platforms}
                if one := await publishing.known(registry, repository, key, platforms):
                    return one, notes
        except (RegistryError, ValueError) as error:
            notes.append(f"{app.name}: {address} does not say whether it has this image: {error}")
    return None, notes
