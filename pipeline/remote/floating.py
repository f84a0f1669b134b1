"""Floating tags as they were, so that a release that does not hold can put them back."""

import dataclasses
from collections.abc import Iterable, Mapping

from pipeline.policy.documents import Document
from pipeline.remote.errors import RegistryError
from pipeline.remote.registry import Registry


@dataclasses.dataclass(frozen=True, kw_only=True)
class Before:
    """What tags of a repository pointed at; None where there was no such tag."""

    repository: str
    tags: Mapping[str, Document | None]


async def remember(registry: Registry, repository: str, tags: Iterable[str]) -> Before:
    """Read what tags point at.

    Raises:
        RegistryError: the registry did not say.
    """
    return Before(repository=repository, tags={tag: await registry.find(f"{repository}:{tag}") for tag in tags})


async def restore(registry: Registry, before: Before, put: str) -> list[str]:
    """Put tags back to where they were, from the digest that was put; a tag that another has moved on stays there.

    Gives a sentence for each, "" for none. One that fails stops no other.
    """
    return [await _restored(registry, f"{before.repository}:{tag}", was, put) for tag, was in before.tags.items()]


async def _restored(registry: Registry, reference: str, was: Document | None, put: str) -> str:
    try:
        now = await registry.find(reference)
        if was and now and was.digest == now.digest:
            return f"{reference} is where it was, at {was.digest}"
        if (was or now) and (not now or now.digest != put):
            return f"{reference} was moved on by another, and stays {f'at {now.digest}' if now else 'taken away'}"
        if was:
            await registry.put(reference, was)
            return f"{reference} is back at {was.digest}"
        # A registry that deletes nothing refuses, also where there is nothing to delete.
        return f"{reference} is taken away: there was none" if now and await registry.delete(reference) else ""
    except RegistryError as error:
        said = f"at {was.digest}" if was else "not there"
        return f"{reference} could not be put back, and was {said}: {error}"
