"""Publishing: an image goes into a registry in an order in which no name ever points at something incomplete."""

import dataclasses
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from functools import partial

from pipeline.policy.documents import Descriptor, Document
from pipeline.policy.images import EMPTY_BLOB, VERSION, Proof, Referrer
from pipeline.policy.keys import ANNOTATION, SBOMS
from pipeline.policy.provenance import IN_TOTO
from pipeline.policy.sboms import CYCLONEDX
from pipeline.policy.tags import Change, Decision, Held, decide, settle
from pipeline.remote.copying import Copy
from pipeline.remote.errors import RegistryError
from pipeline.remote.registry import Registry
from pipeline.remote.transport import once

Opener = Callable[[Descriptor], AsyncIterator[bytes]]
"""Gives the bytes of a layer from its beginning, each time that it is called."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Artifact:
    """An image as it is pushed: its index, the manifests and configs under it, and who has the layers' bytes.

    `referrers` hang on it in their order. The last one is on the index: where it is, all others are.
    """

    index: Document
    manifests: Sequence[Document]
    configs: Sequence[Document]
    layers: Opener
    referrers: Sequence[Referrer] = ()

    @property
    def blobs(self) -> dict[str, Descriptor]:
        """Every blob once, by its digest."""
        return {blob.digest: blob for manifest in self.manifests for blob in manifest.blobs}

    def content(self, blob: Descriptor) -> AsyncIterator[bytes]:
        """The bytes of a blob from its beginning."""
        held = next((config.raw for config in self.configs if config.digest == blob.digest), None)
        return self.layers(blob) if held is None else once(held)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Published:
    """What publishing did: every tag with its reason, the blobs that were missing, and what was hung on the image."""

    decisions: Sequence[Decision]
    uploaded: Sequence[Descriptor] = ()
    mounted: Sequence[Descriptor] = ()
    attached: Sequence[Referrer] = ()


async def publish(registry: Registry, repository: str, artifact: Artifact, change: Change) -> Published:
    """Push an image, hang on it what speaks of it, then name it: by its key, for good, and by what floats.

    A name is put when everything that it leads to is there. Stopped anywhere and begun again, it ends the same; the key
    comes first, so that even an image that no second build makes again is found and finished.

    Raises:
        RegistryError: the registry did not take it, or gives back something else.
        ValueError: the change makes no tag, or one that never moves points at another image.
    """
    tags = await registry.tags(repository)
    decided = await decisions(registry, repository, change, artifact.index.digest, tags)
    missing = await push(registry, repository, artifact, whole=any(one.moved for one in decided))
    attached = await attach(registry, repository, artifact, tags)
    await tag(registry, repository, artifact.index, decided)
    return Published(decisions=decided, uploaded=missing, attached=attached)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Known:
    """An image that lies in a registry: its repository, whose tags may have been read, and its proofs.

    `key` is the content key that it was found by; "" where it was not.
    """

    repository: str
    index: Document
    key: str = ""
    tags: Sequence[str] | None = None
    proofs: Sequence[Proof] = ()


async def known(registry: Registry, repository: str, key: str, platforms: Collection[str]) -> Known | None:
    """Look for an image of the same inputs by its content key; None where there is none that can be relied on.

    It has to hold these platforms and no other, each has to be there, and its provenance has to speak of the key.

    Raises:
        RegistryError: the registry did not say what it has.
    """
    tags = await registry.tags(repository)
    index = await registry.find(f"{repository}:{key}") if key in tags else None
    if not index or {child.platform for child in index.children} != set(platforms):
        return None
    hung = await registry.referrers(repository, index.digest, tags)
    spoken = [one for one in hung if one.artifact_type == IN_TOTO and one.annotations.get(ANNOTATION) == key]
    if not spoken:
        return None
    for child in index.children:
        if not await registry.head(f"{repository}@{child.digest}"):
            return None
    return Known(repository=repository, index=index, key=key, tags=tags, proofs=_proofs(spoken[0], index))


def _proofs(provenance: Descriptor, index: Document) -> list[Proof]:
    """What hangs on an image, as its provenance says: nobody has to be asked for it."""
    said = [pair.partition("=") for pair in provenance.annotations.get(SBOMS, "").split()]
    found = [Proof(kind=CYCLONEDX, subject=subject, digest=digest) for subject, _, digest in said]
    return [*found, Proof(kind=IN_TOTO, subject=index.digest, digest=provenance.digest)]


async def promote(copy: Copy, top: Document, change: Change, tags: Sequence[str] | None = None) -> Published:
    """Give an image that lies somewhere other tags, there or in another repository, which gets the same bytes.

    `tags` are those of the target's repository, where they are known.

    Raises:
        RegistryError: a registry failed or refused, or gives back something else.
        ValueError: the change makes no tag, or one that never moves points at another image.
    """
    target, repository = copy.target, copy.repository
    held = await target.tags(repository) if tags is None else tags
    there = {change.key: top} if change.key and copy.origin == repository else {}
    decided = await decisions(target, repository, change, top.digest, held, there)
    copied = await copy.run(top, whole=any(one.moved for one in decided))
    await tag(target, repository, top, decided)
    return Published(decisions=decided, uploaded=copied.sent, mounted=copied.mounted)


async def decisions(
    registry: Registry,
    repository: str,
    change: Change,
    digest: str,
    tags: Sequence[str],
    known: Mapping[str, Document] | None = None,
) -> list[Decision]:
    """Decide on the tags of a change by those that the repository `registry/name` has, for the index of this digest.

    `known` are tags that were read already.

    Raises:
        RegistryError: the registry did not say what it has.
        ValueError: the change makes no tag, or one that never moves points at another image.
    """
    held = await asked(registry, repository, change, tags, known)
    return settle(decide(change, held), digest, held)


async def asked(
    registry: Registry,
    repository: str,
    change: Change,
    tags: Sequence[str],
    known: Mapping[str, Document] | None = None,
) -> Held:
    """What a repository has of the tags of a change: `tags` are all that there are, `known` were read already.

    Raises:
        RegistryError: the registry did not say what it has.
        ValueError: the change makes no tag.
    """
    read = known or {}
    # A list may lag behind: a tag that never moves is looked up by its name.
    named = decide(change, Held(tags=tags))
    wanted = [one.tag for one in named if not one.floating or one.tag in {*tags, *read}]
    found = {tag: read.get(tag) or await registry.find(f"{repository}:{tag}") for tag in wanted}
    there = {tag: document for tag, document in found.items() if document}
    return Held(
        tags=[*tags, *(name for name in there if name not in tags)],
        digests={tag: document.digest for tag, document in there.items()},
        versions={tag: document.annotations.get(VERSION, "") for tag, document in there.items()},
    )


async def push(registry: Registry, repository: str, artifact: Artifact, *, whole: bool = True) -> list[Descriptor]:
    """Push an image by its digest alone; gives the blobs that were missing.

    A registry that has an index may have lost what it points at since: it is `whole` when every part was asked for,
    which costs a request each. Stopped anywhere and begun again, it goes on with what is missing.

    Raises:
        RegistryError: the registry did not take it, or gives back something else.
    """
    if not whole and await registry.find(f"{repository}@{artifact.index.digest}"):
        return []
    missing = [blob for blob in artifact.blobs.values() if not await registry.has_blob(repository, blob.digest)]
    for blob in missing:
        await registry.upload(repository, blob.digest, blob.size, partial(artifact.content, blob))
    for document in (*artifact.manifests, artifact.index):
        await registry.put(f"{repository}@{document.digest}", document)
    return missing


async def attach(registry: Registry, repository: str, artifact: Artifact, tags: Collection[str]) -> list[Referrer]:
    """Hang on an image that lies there what speaks of it; gives what was not there. `tags` are those that there are.

    Raises:
        RegistryError: the registry did not take it.
    """
    if not artifact.referrers or await is_hung(registry, repository, artifact, tags):
        return []
    for referrer in artifact.referrers:
        for blob in (EMPTY_BLOB, referrer.blob):
            if not await registry.has_blob(repository, blob.digest):
                await registry.upload(repository, blob.digest, len(blob.raw), partial(once, blob.raw))
        await registry.attach(repository, referrer.manifest)
    return list(artifact.referrers)


async def is_hung(registry: Registry, repository: str, artifact: Artifact, tags: Collection[str]) -> bool:
    """Whether the last of what speaks of an image is there, which is hung on it when all else is."""
    last = artifact.referrers[-1].manifest.digest
    return last in {found.digest for found in await registry.referrers(repository, artifact.index.digest, tags)}


async def tag(registry: Registry, repository: str, index: Document, decisions: Sequence[Decision]) -> None:
    """Put the tags that were decided on, in their order, and read each back.

    Raises:
        RegistryError: the registry did not take one, or gives back something else under it.
    """
    for decision in decisions:
        if not decision.moved:
            continue
        reference = f"{repository}:{decision.tag}"
        await registry.put(reference, index)
        found = await registry.find(reference)
        if not found or found.raw != index.raw:
            said = f"{found.digest} of {len(found.raw)} bytes" if found else "nothing"
            raise RegistryError(
                f"{reference} was put as {index.digest} of {len(index.raw)} bytes, and the registry gives back {said}; "
                "do not use it, and look who else pushes there"
            )
