"""Signatures that hang on an image in a real registry are looked at: of what do they speak."""

import base64
import dataclasses
import json

import pytest

from pipeline.policy.documents import Document
from pipeline.policy.images import Referrer, referrer
from pipeline.policy.verification import Finding
from pipeline.remote import publishing
from pipeline.remote.registry import Registry
from pipeline.remote.verifying import examine
from tests.http.shop import image

pytestmark = pytest.mark.anyio

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
ARTIFACT = image("1.2.3", b"application")
OTHER = f"sha256:{2:064}"


def signature(digest: str) -> Referrer:
    """A bundle as `gh attestation` and `cosign` hang it on the index; its statement speaks of a digest."""
    statement = {"subject": [{"name": "shop", "digest": {"sha256": digest.removeprefix("sha256:")}}]}
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    bundle = Document(BUNDLE, json.dumps({"dsseEnvelope": {"payload": payload}}).encode())
    return referrer(ARTIFACT.index.described(), BUNDLE, bundle, {})


@pytest.mark.parametrize(
    ("digests", "passed", "seen"),
    [
        ([], True, "none: no Sigstore bundle hangs on it"),
        ([ARTIFACT.index.digest], True, "1; check who signed with gh attestation verify"),
        ([ARTIFACT.index.digest, OTHER], False, f"it speaks of {OTHER}, and not of {ARTIFACT.index.digest}"),
    ],
)
async def test_a_signature_has_to_speak_of_the_index_that_it_hangs_on(
    empty_registry: str, digests: list[str], passed: bool, seen: str
) -> None:
    """Whoever hung it there may have meant another image."""
    signed = dataclasses.replace(ARTIFACT, referrers=[signature(digest) for digest in digests])
    repository = f"{empty_registry}/acme/shop"
    async with Registry(empty_registry, actions="pull,push") as registry:
        await publishing.push(registry, repository, signed)
        await publishing.attach(registry, repository, signed, [])
        found = await examine(registry, repository, f"{repository}@{signed.index.digest}")
    assert Finding("signatures", passed, seen) in found.findings
