"""Proofs: what hangs on an image, as the list of its referrers says."""

from collections.abc import Sequence

from pipeline.policy.documents import Descriptor
from pipeline.policy.images import Proof
from pipeline.policy.keys import SBOMS
from pipeline.policy.sboms import CYCLONEDX
from pipeline.policy.verification import BUNDLE


def proofs(digest: str, hung: Sequence[Descriptor]) -> list[Proof]:
    """What hangs on the index of this digest, besides signatures; provenance says what hangs on its platforms."""
    found = []
    for one in hung:
        said = [pair.partition("=") for pair in one.annotations.get(SBOMS, "").split()]
        found += [Proof(kind=CYCLONEDX, subject=subject, digest=sbom) for subject, _, sbom in said]
        if not _is_signature(one):
            found.append(Proof(kind=one.artifact_type, subject=digest, digest=one.digest))
    return found


def signatures(hung: Sequence[Descriptor]) -> list[str]:
    """The digests of the Sigstore bundles that hang on an index. Whether they hold, others have to say."""
    return [one.digest for one in hung if _is_signature(one)]


def _is_signature(one: Descriptor) -> bool:
    return one.artifact_type.startswith(BUNDLE)
