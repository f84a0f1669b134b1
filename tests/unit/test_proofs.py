"""What hangs on an image is told from the list of its referrers, signatures apart."""

import json

import pytest

from pipeline.policy.documents import MANIFEST, Descriptor
from pipeline.policy.images import Proof
from pipeline.policy.keys import SBOMS
from pipeline.policy.proofs import proofs, signatures
from pipeline.policy.provenance import IN_TOTO
from pipeline.policy.sboms import CYCLONEDX
from pipeline.report.tags import proof_table, tag_json

INDEX, AMD64, ARM64 = (f"sha256:{number:064}" for number in (1, 2, 3))


def hung(number: int, kind: str, **annotations: str) -> Descriptor:
    """One entry of the list."""
    found = Descriptor(media_type=MANIFEST, digest=f"sha256:{number:064}", size=2)
    return Descriptor(**vars(found) | {"artifact_type": kind, "annotations": annotations})


SIGNED = [hung(number, "application/vnd.dev.sigstore.bundle.v0.3+json") for number in (8, 9)]
SAID = hung(4, IN_TOTO, **{SBOMS: f"{AMD64}=sha256:5 {ARM64}=sha256:6"})


def test_provenance_says_what_hangs_on_the_platforms() -> None:
    """Nobody has to ask for it; a signature is no proof of what is in the image."""
    assert proofs(INDEX, [SIGNED[0], SAID, hung(7, "text/plain")]) == [
        Proof(kind=CYCLONEDX, subject=AMD64, digest="sha256:5"),
        Proof(kind=CYCLONEDX, subject=ARM64, digest="sha256:6"),
        Proof(kind=IN_TOTO, subject=INDEX, digest=SAID.digest),
        Proof(kind="text/plain", subject=INDEX, digest=f"sha256:{7:064}"),
    ]


def test_signatures_are_known_by_their_kind() -> None:
    """Whatever version of it."""
    assert signatures([*SIGNED, SAID]) == [one.digest for one in SIGNED]


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (None, ""),
        ([], "signatures: none: no Sigstore bundle hangs on it\n"),
        (["sha256:8"], "signatures: 1 Sigstore bundle; check who signed with gh attestation verify\n"),
        (["sha256:8", "sha256:9"], "signatures: 2 Sigstore bundles; check who signed with gh attestation verify\n"),
    ],
)
def test_what_was_looked_for_is_said(found: list[str] | None, line: str) -> None:
    """A signed image is not called unsigned, and where nobody looked nothing is said."""
    shown = proof_table(proofs(INDEX, [SAID]), found)
    assert [row.split()[0] for row in shown.splitlines()[:4]] == ["PROOF", "SBOM", "SBOM", "provenance"]
    assert shown.partition(f"{SAID.digest}\n")[2] == line
    assert json.loads(tag_json("reg/x@sha256:a", "sha256:a", [], [], found)).get("signatures") == found
