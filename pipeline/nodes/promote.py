"""Promote: an image that lies in a registry gets other tags, there or in other registries, without being built."""

import dataclasses
from collections.abc import Sequence
from functools import partial

from pipeline.nodes import publication
from pipeline.nodes.done import problem
from pipeline.nodes.errors import Failed, stage
from pipeline.nodes.publication import Publication
from pipeline.nodes.registries import Registries
from pipeline.nodes.together import settled
from pipeline.policy import references
from pipeline.policy.tags import Change
from pipeline.remote.publishing import VERSION, Known
from pipeline.report.text import plural


async def promote(reference: str, to: Sequence[str], asked: Change, registries: Registries) -> str:
    """Give an image the tags that a change makes, in these repositories, or in its own where none is named.

    Raises:
        Failed: the image is not there, or could not be promoted; what could stands in the text.
    """
    with stage(reference, "promote"):
        async with registries.open(reference) as registry:
            image = await registry.manifest(reference)
        repository = references.address(reference).full
    known = Known(repository=repository, index=image)
    change = dataclasses.replace(asked, version=image.annotations.get(VERSION, ""))
    places = to or [repository]
    found = await settled([partial(publication.promote, reference, known, at, registries, change) for at in places])
    text = "\n".join(one.text for one in found if isinstance(one, Publication))
    failed = [
        problem(f"publish to {at}", reference, one)
        for at, one in zip(places, found, strict=True)
        if isinstance(one, Exception)
    ]
    if failed:
        count = f"promote: {len(failed)} of {plural(len(places), 'publication')} failed"
        raise Failed("\n\n".join([count, *failed, text]).rstrip())
    return text
