"""Promote: an image that lies in a registry gets other tags, there or in other registries, without being built."""

import dataclasses
from collections.abc import Sequence
from functools import partial

from pipeline.nodes import publication
from pipeline.nodes.errors import stage
from pipeline.nodes.publication import Publication
from pipeline.nodes.registries import Registries
from pipeline.policy import references
from pipeline.policy.images import REVISION, VERSION
from pipeline.policy.proofs import proofs, signatures
from pipeline.policy.tags import Change
from pipeline.remote.publishing import Known


async def promote(
    reference: str, to: Sequence[str], asked: Change, registries: Registries
) -> tuple[str, list[Publication]]:
    """Give an image the tags that a change makes, in these repositories, or in its own where none is named.

    Gives a text for people, and what was made. The version is the image's, and so is the commit where there is none:
    nobody else knows which one it was built from.

    Raises:
        Failed: the image is not there, or could not be promoted; what could stands in the text.
    """
    with stage(reference, "promote"):
        async with registries.open(reference) as registry:
            image = await registry.manifest(reference)
            repository = references.address(reference).full
            hung = await registry.referrers(repository, image.digest)
    known = Known(repository=repository, index=image, proofs=proofs(image.digest, hung), signatures=signatures(hung))
    commit = asked.commit or image.annotations.get(REVISION, "")
    change = dataclasses.replace(asked, version=image.annotations.get(VERSION, ""), commit=commit)
    tasks = {
        (reference, at): partial(publication.promote, reference, known, at, registries, change)
        for at in to or [repository]
    }
    return await publication.several("promote", tasks)
