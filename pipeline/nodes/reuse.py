"""Reuse: images that a registry has already, of the same inputs, so that nothing is built twice."""

import contextlib
from collections.abc import Sequence
from functools import partial

import dagger

from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed
from pipeline.nodes.registries import Kept
from pipeline.nodes.stamping import stamps
from pipeline.nodes.together import settled
from pipeline.policy.destinations import addresses, repository_of
from pipeline.policy.versions import Stamp
from pipeline.remote import publishing
from pipeline.remote.asking import PUSH
from pipeline.remote.errors import RegistryError
from pipeline.remote.publishing import Known


async def found(apps: Sequence[App], to: Sequence[str], registries: Kept) -> dict[str, Known]:
    """The images by application that one of the addresses has by their content key.

    What cannot be told counts as not there: building and publishing meet the reason again, and say it.
    """
    tasks = [
        partial(_look, app, at, addresses(to, app.name), registries)
        for app, at in zip(apps, await stamps(apps), strict=True)
    ]
    looked = zip(apps, await settled(tasks), strict=True)
    known = {}
    for app, one in looked:
        if isinstance(one, Exception) and not isinstance(one, (Failed, dagger.QueryError)):
            raise one
        if isinstance(one, Known):
            known[app.name] = one
    return known


async def _look(app: App, at: Stamp | Failed, places: Sequence[str], registries: Kept) -> Known | None:
    if isinstance(at, Failed):
        return None
    image = await app.image(at, [])
    key = await image.key()
    for address in places if key else []:
        with contextlib.suppress(RegistryError, ValueError):
            repository = repository_of(address)
            # Whoever finds it gives it tags.
            async with registries.open(repository, actions=PUSH) as registry:
                platforms = {str(platform) for platform in image.platforms}
                if one := await publishing.known(registry, repository, key, platforms):
                    return one
    return None
