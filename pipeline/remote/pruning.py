"""Pruning: a repository is read and judged, and then loses what nobody keeps. Only the second half deletes."""

import dataclasses
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Final, TypeVar

import anyio

from pipeline.policy.documents import INDEX, INDEXES, Descriptor, Document
from pipeline.policy.holdings import JOURNAL, Kind, State, Thing
from pipeline.policy.images import CREATED
from pipeline.policy.retention import Plan, Policy, plan
from pipeline.remote.errors import RegistryError
from pipeline.remote.manifests import MEDIA_TYPES
from pipeline.remote.registry import Registry

T = TypeVar("T")

_JOURNAL: Final = "application/vnd.neurondb.neuronip.pruning"
"""Type of the list of what a prune is about to delete."""

_AT_ONCE: Final = 8
"""Questions that a registry is asked at the same time."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pruning:
    """A plan, the documents that it is of by their digests, and the tags that it knows, with their digests."""

    plan: Plan
    documents: Mapping[str, Document]
    tags: Mapping[str, str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Found:
    """What was read of a repository so far."""

    documents: dict[str, Document] = dataclasses.field(default_factory=dict)
    referrers: dict[str, list[Descriptor]] = dataclasses.field(default_factory=dict)

    def behind(self, digests: Iterable[str]) -> set[str]:
        """What documents lead to, as far as it can be read."""
        found = {
            one.digest
            for digest in digests
            for one in (*self.documents[digest].children, *self.referrers[digest])
            if one.media_type in MEDIA_TYPES
        }
        return found - self.referrers.keys()


async def planned(registry: Registry, repository: str, policy: Policy) -> Pruning:
    """Read the repository `registry/name` and decide what is to be deleted; nothing is written.

    Raises:
        RegistryError: the registry did not say what it has, or has something that nobody here can read.
    """
    tags = sorted(await registry.tags(repository))
    heads = await _each(tags, lambda tag: registry.head(f"{repository}:{tag}"))
    digests = {tag: head.digest if head else "" for tag, head in heads.items()}
    try:
        found = await _read(registry, repository, filter(None, digests.values()))
        things = {digest: _thing(document) for digest, document in found.documents.items()}
    except ValueError as error:
        raise RegistryError(f"{repository} has what cannot be read, so nothing is deleted: {error}") from None
    referrers = {digest: [one.digest for one in listed] for digest, listed in found.referrers.items()}
    decided = plan(State(tags=digests, things=things, referrers=referrers), policy)
    return Pruning(plan=decided, documents=found.documents, tags=digests)


async def carry_out(registry: Registry, repository: str, pruning: Pruning) -> None:
    """Delete what was planned.

    What is about to go is noted in the registry before: what is deleted first leads to the rest. Stopped anywhere,
    planned and carried out again, nothing of it is left.

    Raises:
        RegistryError: the registry refused, or somebody pushed or moved a tag, of which the plan knows nothing.
    """
    decided = pruning.plan
    journal, replaced = await _note(registry, repository, pruning)
    await _unmoved(registry, repository, pruning)
    for digest in (*replaced, *decided.digests):
        await _unchanged(registry, repository, pruning)
        await registry.delete(f"{repository}@{digest}")
    if journal:
        await registry.delete(f"{repository}@{journal}")


async def _read(registry: Registry, repository: str, digests: Iterable[str]) -> _Found:
    """Everything that digests lead to, and what refers to any of it."""
    found = _Found()
    waiting = set(digests)
    while waiting:
        asked = sorted(waiting)
        documents = await _each(asked, lambda digest: registry.find(f"{repository}@{digest}"))
        there = {digest: document for digest, document in documents.items() if document}
        found.documents.update(there)
        found.referrers.update({digest: [] for digest in asked})
        found.referrers.update(await _each(there, partial(registry.referrers, repository)))
        waiting = found.behind(there)
    return found


async def _each(keys: Iterable[str], ask: Callable[[str], Awaitable[T]]) -> dict[str, T]:
    """Ask several things at once; the first that goes wrong ends it."""
    found: dict[str, T] = {}
    failed: list[Exception] = []
    limit = anyio.CapacityLimiter(_AT_ONCE)
    async with anyio.create_task_group() as group:

        async def one(key: str) -> None:
            try:
                async with limit:
                    found[key] = await ask(key)
            except (RegistryError, ValueError) as error:
                failed.append(error)
                group.cancel_scope.cancel()

        for key in keys:
            group.start_soon(one, key)
    if failed:
        raise failed[0]
    return found


def _thing(document: Document) -> Thing:
    kind = Kind.INDEX if document.media_type in INDEXES else Kind.MANIFEST
    if document.content.get("artifactType") == _JOURNAL:
        kind = Kind.JOURNAL
    # An index of a build cache holds layers.
    layers = [child for child in document.children if child.media_type not in MEDIA_TYPES]
    return Thing(
        kind=kind,
        created=str(document.annotations.get(CREATED, "")),
        children=[child.digest for child in document.children],
        size=len(document.raw),
        blobs={blob.digest: blob.size for blob in (*document.blobs, *layers)},
    )


async def _note(registry: Registry, repository: str, pruning: Pruning) -> tuple[str, list[str]]:
    """Note in the registry what goes; gives the list's digest, and that of the list which it takes the place of.

    A list that a prune has left does as well, if everything is in it.
    """
    decided = pruning.plan
    old = pruning.documents.get(decided.journal)
    if {*decided.digests} <= {child.digest for child in old.children} if old else not decided.digests:
        return decided.journal, []
    if JOURNAL in pruning.tags and not old:
        raise RegistryError(f"{repository}:{JOURNAL} is no list of a prune, and takes its place; give it another tag")
    replaced = [old.digest] if old else []
    manifests = [pruning.documents[digest].described().json for digest in (*replaced, *decided.digests)]
    journal = Document.write(
        INDEX, {"schemaVersion": 2, "mediaType": INDEX, "artifactType": _JOURNAL, "manifests": manifests}
    )
    # It is not there yet: a registry that allows no deletes says so before it is.
    await registry.delete(f"{repository}@{journal.digest}")
    await registry.put(f"{repository}:{JOURNAL}", journal)
    return journal.digest, replaced


async def _unmoved(registry: Registry, repository: str, pruning: Pruning) -> None:
    """Stop where a tag moved onto what is to go since it was planned."""
    doomed = {*pruning.plan.digests}
    staying = [tag for tag, digest in pruning.tags.items() if digest not in doomed and tag != JOURNAL]
    heads = await _each(staying, lambda tag: registry.head(f"{repository}:{tag}"))
    if moved := sorted(tag for tag, head in heads.items() if head and head.digest in doomed):
        raise RegistryError(f"{repository}:{moved[0]} was moved while it was pruned; run it again for what is left")


async def _unchanged(registry: Registry, repository: str, pruning: Pruning) -> None:
    """Stop where there is a tag that the plan does not know: it may need what was to go."""
    fresh = sorted({*await registry.tags(repository)} - pruning.tags.keys() - {JOURNAL})
    if fresh:
        raise RegistryError(f"{repository} got the tag {fresh[0]} while it was pruned; run it again for what is left")
