"""Reuse: images that a registry has already, of the same inputs, so that nothing is built twice."""

import contextlib
import dataclasses
from collections.abc import Sequence
from functools import partial

import dagger
from dagger import dag

from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed
from pipeline.nodes.image import Image
from pipeline.nodes.registries import Kept, Registries
from pipeline.nodes.stamping import stamps
from pipeline.nodes.together import settled
from pipeline.policy.destinations import addresses, repository_of
from pipeline.policy.versions import Stamp
from pipeline.remote import publishing
from pipeline.remote.asking import PUSH
from pipeline.remote.errors import RegistryError
from pipeline.remote.publishing import Known


async def found(apps: Sequence[App], to: Sequence[str], registries: Kept, actions: str = PUSH) -> dict[str, Known]:
    """The images by application that one of the addresses has by their content key.

    Whoever finds one gives it tags, or says with `actions` that it only reads. What cannot be told counts as not there:
    building and publishing meet the reason again, and say it.
    """
    tasks = [
        partial(_look, app, at, addresses(to, app.name), registries, actions)
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


async def taken(image: Image, known: Known, registries: Registries) -> Image | None:
    """The image with its variants as a registry has them, of what it was to be built for; None where they are not."""
    reference = f"{known.repository}@{known.index.digest}"
    service = registries.at(reference)
    variants = [
        registries.authenticated(dag.container(platform=platform)).from_(reference, registry_service=service)
        for platform in image.platforms
    ]
    pulled = await settled([variant.sync for variant in variants])
    if any(isinstance(one, Exception) for one in pulled):
        return None
    return dataclasses.replace(image, variants=variants)


async def _look(app: App, at: Stamp | Failed, places: Sequence[str], registries: Kept, actions: str) -> Known | None:
    if isinstance(at, Failed):
        return None
    image = await app.image(at, [])
    key = await image.key()
    for address in places if key else []:
        with contextlib.suppress(RegistryError, ValueError):
            repository = repository_of(address)
            async with registries.open(repository, actions=actions) as registry:
                platforms = {str(platform) for platform in image.platforms}
                if one := await publishing.known(registry, repository, key, platforms):
                    return one
    return None
