"""Tags of a publication: where each points, and why; and what hangs on the image."""

import json
from collections.abc import Sequence
from typing import Final

from pipeline.policy.documents import Descriptor
from pipeline.policy.images import Proof
from pipeline.policy.provenance import IN_TOTO
from pipeline.policy.sboms import CYCLONEDX
from pipeline.policy.tags import Decision
from pipeline.report.table import megabytes, table
from pipeline.report.text import plural

_KINDS: Final = {CYCLONEDX: "SBOM", IN_TOTO: "provenance"}
_UNSIGNED: Final = "signatures: none: no Sigstore bundle hangs on it\n"


def tag_table(decisions: Sequence[Decision]) -> str:
    """A line a tag."""
    return table(["TAG", "RESULT", "REASON"], [[found.tag, result(found), found.reason] for found in decisions])


def proof_table(proofs: Sequence[Proof], signatures: Sequence[str] | None = None) -> str:
    """A line a referrer: what it is, what it speaks of, and its own digest; then how many sign, where that is known."""
    cells = [[_KINDS.get(one.kind, one.kind), one.subject, one.digest] for one in proofs]
    return (table(["PROOF", "OF", "DIGEST"], cells) if cells else "") + _signed(signatures)


def tag_json(
    reference: str,
    digest: str,
    decisions: Sequence[Decision],
    proofs: Sequence[Proof],
    signatures: Sequence[str] | None = None,
) -> str:
    """The same for machines, with what was published; without signatures where nobody looked for them."""
    tags = [
        {"tag": found.tag, "result": result(found), "floating": found.floating, "reason": found.reason}
        for found in decisions
    ]
    known = [{"kind": one.kind, "subject": one.subject, "digest": one.digest} for one in proofs]
    found = {"reference": reference, "digest": digest, "tags": tags, "proofs": known}
    found |= {} if signatures is None else {"signatures": list(signatures)}
    return json.dumps(found, indent=2) + "\n"


def moved(uploaded: Sequence[Descriptor], mounted: Sequence[Descriptor]) -> str:
    """What had to be uploaded, in a line."""
    said = [
        f"{word} {plural(len(blobs), 'blob')}, {megabytes(sum(blob.size for blob in blobs))}"
        for word, blobs in (("uploaded", uploaded), ("mounted", mounted))
        if blobs
    ]
    return "; ".join(said) or "nothing had to be uploaded"


def result(decision: Decision) -> str:
    """What became of it, in a word."""
    if decision.present:
        return "unchanged"
    return "put" if decision.moved else "left"


def _signed(signatures: Sequence[str] | None) -> str:
    # Nobody signs here: the identity of a workflow stays outside the engine.
    if signatures is None:
        return ""
    count = plural(len(signatures), "Sigstore bundle")
    return f"signatures: {count}; check who signed with gh attestation verify\n" if signatures else _UNSIGNED
