"""Evidence: what is hung on an image so that others can tell what is in it and where it comes from."""

import json
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import dagger
from dagger import dag

from pipeline.nodes.errors import stage
from pipeline.nodes.together import together
from pipeline.policy import sboms
from pipeline.policy.documents import Document
from pipeline.policy.images import CREATED, Referrer, Variant, referrer
from pipeline.policy.keys import ANNOTATION, SBOMS, module_digest
from pipeline.policy.provenance import IN_TOTO, PREDICATE, Build, statement
from pipeline.policy.sboms import CYCLONEDX

if TYPE_CHECKING:
    from pipeline.nodes.image import Image

_PREDICATE: Final = "in-toto.io/predicate-type"


async def evidence(image: "Image", variants: Sequence[Variant], index: Document, key: str) -> list[Referrer]:
    """An SBOM for each platform, then the provenance of the index. `variants` are in the order of the platforms.

    Raises:
        Failed: Trivy did not run to its end, or printed something else.
    """
    found = await together(
        [partial(_sbom, image, held, variant) for held, variant in zip(image.variants, variants, strict=True)]
    )
    return [*found, await _provenance(image, index, key, found)]


async def _sbom(image: "Image", container: dagger.Container, variant: Variant) -> Referrer:
    at = image.facts.stamp
    with stage(image.app, f"sbom {variant.platform}"):
        text = await image.scanner.packages(f"{image.app}:{image.version}", container).contents()
        subject = variant.manifest.described()
        raw = sboms.stable(text, image=image.app, digest=subject.digest, platform=variant.platform, stamp=at)
        return referrer(subject, CYCLONEDX, Document(CYCLONEDX, raw), {CREATED: at.created})


async def _provenance(image: "Image", index: Document, key: str, hung: Sequence[Referrer]) -> Referrer:
    inputs = image.inputs
    with stage(image.app, "provenance"):
        build = Build(
            app=image.app,
            digest=index.digest,
            url=image.facts.url,
            path=inputs.path,
            stamp=inputs.stamp,
            platforms=inputs.platforms,
            parameters=json.loads(inputs.parameters),
            secrets=inputs.secrets,
            pins=inputs.pins,
            key=key,
            module=module_digest(),
            images=[inputs.base, *inputs.used],
            builder_version={"dagger": await dag.version()},
        )
        said = {CREATED: inputs.stamp.created, _PREDICATE: PREDICATE, ANNOTATION: key}
        said[SBOMS] = " ".join(f"{one.proof.subject}={one.proof.digest}" for one in hung)
        known = {name: text for name, text in said.items() if text}
        return referrer(index.described(), IN_TOTO, Document(IN_TOTO, statement(build)), known)
