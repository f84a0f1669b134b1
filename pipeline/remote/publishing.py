"""Publishing: an image goes into a registry in an order in which no name ever points at something incomplete."""

import dataclasses
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from functools import partial

from pipeline.policy.documents import Descriptor, Document
from pipeline.policy.images import EMPTY_BLOB, VERSION, Proof, Referrer
from pipeline.policy.keys import ANNOTATION
from pipeline.policy.proofs import proofs, signatures
from pipeline.policy.provenance import IN_TOTO
from pipeline.policy.tags import Change, Decision, Held, decide, settle
from pipeline.remote.copying import Copied, Copy
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
    """What publishing did: every tag with its reason, the blobs that were missing, and what was hung on the image.

    `signatures` are the digests of those that hang on it; None where nobody looked.
    """

    decisions: Sequence[Decision]
    uploaded: Sequence[Descriptor] = ()
    mounted: Sequence[Descriptor] = ()
    attached: Sequence[Referrer] = ()
    signatures: Sequence[str] | None = None


async def publish(
    registry: Registry, repository: str, artifact: Artifact, change: Change, *, whole: bool = False
) -> Published:
    """Push an image, hang on it what speaks of it, then name it: by its key, for good, and by what floats.

    A name is put when everything that it leads to is there. Stopped anywhere and begun again, it ends the same; the key
    comes first, so that even an image that no second build makes again is found and finished. Where every name leads to
    the image already nothing else is asked for, unless it is to be `whole`: a registry may have lost a part since.

    Raises:
        RegistryError: the registry did not take it, or gives back something else.
        ValueError: the change makes no tag, or one that never moves points at another image.
    """
    tags = await registry.tags(repository)
    decided = await decisions(registry, repository, change, artifact.index.digest, tags)
    whole = whole or any(one.moved for one in decided)
    held = not whole and any(one.present for one in decided)
    missing = [] if held else await push(registry, repository, artifact, whole=whole)
    hung = await registry.referrers(repository, artifact.index.digest, tags)
    attached = await attach(registry, repository, artifact, hung, whole=whole)
    decided = await tag(registry, repository, artifact.index, change, decided)
    return Published(decisions=decided, uploaded=missing, attached=attached, signatures=signatures(hung))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Known:
    """An image that lies in a registry: its repository, whose tags may have been read, and its proofs.

    `key` is the content key that it was found by; "" where it was not. `signatures` are the digests of those that hang
    on it; None where nobody looked.
    """

    repository: str
    index: Document
    key: str = ""
    tags: Sequence[str] | None = None
    proofs: Sequence[Proof] = ()
    signatures: Sequence[str] | None = None


async def known(registry: Registry, repository: str, key: str, platforms: Collection[str]) -> Known | None:
    """Look for an image of the same inputs by its content key; None where there is none that can be relied on.

    It has to hold these platforms and no other, and its provenance has to speak of the key. Whether all of it is there
    is asked when it gets another name.

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
    known = Known(repository=repository, index=index, key=key, tags=tags)
    return dataclasses.replace(known, proofs=proofs(index.digest, spoken[:1]), signatures=signatures(hung))


async def promote(copy: Copy, top: Document, change: Change, tags: Sequence[str] | None = None) -> Published:
    """Give an image that lies somewhere other tags, there or in another repository, which gets the same bytes.

    `tags` are those of the target's repository, where they are known. What was found by its key, and has all its tags
    in that repository, is not looked at again: they are put when all else is there.

    Raises:
        LostError: where it lies, a part of the image is gone.
        RegistryError: a registry failed or refused, or gives back something else.
        ValueError: the change makes no tag, or one that never moves points at another image.
    """
    target, repository = copy.target, copy.repository
    held = await target.tags(repository) if tags is None else tags
    there = {change.key: top} if change.key and copy.origin == repository else {}
    decided = await decisions(target, repository, change, top.digest, held, there)
    moved = any(one.moved for one in decided)
    copied = await copy.run(top, whole=moved) if moved or not change.key else Copied(top=top)
    decided = await tag(target, repository, top, change, decided)
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
    # A version that leads to this image is not a newer one, whatever the image calls itself.
    others = dataclasses.replace(held, tags=[name for name in held.tags if held.digests.get(name) != digest])
    return settle(decide(change, others), digest, held)


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


async def attach(
    registry: Registry, repository: str, artifact: Artifact, hung: Sequence[Descriptor], *, whole: bool = False
) -> list[Referrer]:
    """Hang on an image that lies there what speaks of it; gives what was put. `hung` is what hangs on its index.

    Where the last of it is there all else was; it is `whole` when every part was put again.

    Raises:
        RegistryError: the registry did not take it.
    """
    last = [one.manifest.digest for one in artifact.referrers[-1:]]
    if not last or (not whole and last[0] in {one.digest for one in hung}):
        return []
    for referrer in artifact.referrers:
        for blob in (EMPTY_BLOB, referrer.blob):
            if not await registry.has_blob(repository, blob.digest):
                await registry.upload(repository, blob.digest, len(blob.raw), partial(once, blob.raw))
        await registry.attach(repository, referrer.manifest)
    return list(artifact.referrers)


async def tag(
    registry: Registry, repository: str, index: Document, change: Change, decided: Sequence[Decision]
) -> list[Decision]:
    """Put the tags that were decided on, in their order, and read each back; gives what became of each.

    While an image was pushed others were, too. So one that never moves is looked up right before it is put; and when
    those stand, floating ones are decided on again: of two releases at once at least one sees the other.

    Raises:
        RegistryError: the registry did not take one, or gives back something else under it.
        TagConflict: one that never moves points at another image since.
    """
    lasting = [one for one in decided if one.tag == change.key or not one.floating]
    floating = [one for one in decided if one not in lasting]
    done = [await _put(registry, repository, index, one) for one in lasting]
    if any(one.moved for one in floating):
        names = {one.tag for one in floating}
        again = await decisions(registry, repository, change, index.digest, await registry.tags(repository))
        floating = [await _put(registry, repository, index, one) for one in again if one.tag in names]
    return [*done, *floating]


async def _put(registry: Registry, repository: str, index: Document, decision: Decision) -> Decision:
    reference = f"{repository}:{decision.tag}"
    if decision.moved and not decision.floating and (there := await registry.find(reference)):
        held = Held(tags=[decision.tag], digests={decision.tag: there.digest})
        (decision,) = settle([decision], index.digest, held)
    if not decision.moved:
        return decision
    await registry.put(reference, index)
    found = await registry.find(reference)
    if not found or found.raw != index.raw:
        said = f"{found.digest} of {len(found.raw)} bytes" if found else "nothing"
        raise RegistryError(
            f"{reference} was put as {index.digest} of {len(index.raw)} bytes, and the registry gives back {said}; "
            "do not use it, and look who else pushes there"
        )
    return decision
