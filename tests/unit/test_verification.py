"""What has to be true of a published image."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from pipeline.policy import verification
from pipeline.policy.documents import INDEX, MANIFEST, Document
from pipeline.policy.provenance import PREDICATE, UNSIGNED
from pipeline.policy.verification import Finding, Part

DIGEST, OTHER = f"sha256:{1:064}", f"sha256:{2:064}"
OCI = "org.opencontainers.image."
SAID = {f"{OCI}title": "Shop", f"{OCI}version": "1.2.3", f"{OCI}created": "2026-01-01T00:00:00Z"}
TOP = Document.write(INDEX, {"schemaVersion": 2})


def part(platform: str = "linux/amd64", **changed: Any) -> Part:  # noqa: ANN401 - whatever a part has
    """A platform that is in order."""
    _, arch, *variant = platform.split("/")
    config = {"os": "linux", "architecture": arch, "config": {"Labels": SAID}}
    config |= {"variant": variant[0]} if variant else {}
    return Part(**({"platform": platform, "digest": DIGEST, "config": config} | changed))


def wrong(*findings: Finding) -> list[tuple[str, str]]:
    """What is not as it has to be."""
    return [(one.check, one.seen) for one in findings if not one.passed]


def statement(*digests: str, builder: str = UNSIGNED, kind: str = PREDICATE) -> bytes:
    """Provenance that speaks of these digests."""
    subject = [{"name": "shop", "digest": {"sha256": digest.removeprefix("sha256:")}} for digest in digests]
    return json.dumps(
        {"subject": subject, "predicateType": kind, "predicate": {"runDetails": {"builder": {"id": builder}}}}
    ).encode()


def test_an_image_in_order_has_nothing_wrong() -> None:
    """Two platforms, labels as the annotations say."""
    parts = [part(), part("linux/arm64")]
    found = [*verification.of_platforms(TOP, parts), *verification.of_labels(SAID, parts)]
    assert wrong(*found) == []
    assert [one.seen for one in found] == [
        INDEX,
        "linux/amd64, linux/arm64",
        "all there",
        "version 1.2.3, revision none",
        "as the annotations",
    ]


@pytest.mark.parametrize(
    ("changed", "seen"),
    [
        ({"config": {"os": "linux", "architecture": "arm64"}}, "linux/amd64 holds linux/arm64"),
        ({"platform": "unknown/unknown", "config": {"os": "unknown", "architecture": "unknown"}}, "unknown/unknown"),
        ({"config": {}}, "linux/amd64 holds "),
    ],
)
def test_a_platform_that_is_another_one_is_seen(changed: Mapping[str, Any], seen: str) -> None:
    """By its config, whatever the index calls it."""
    assert wrong(*verification.of_platforms(TOP, [part(**changed)])) == [("platforms", seen)]


def test_what_is_no_index_and_what_lost_a_layer_is_seen() -> None:
    """A registry that was cleaned may have an index whose parts are gone."""
    found = verification.of_platforms(Document.write(MANIFEST, {}), [part(lost=[OTHER])])
    assert wrong(*found) == [("image index", MANIFEST), ("layers", f"linux/amd64 lacks {OTHER}")]
    assert wrong(*verification.of_platforms(TOP, [])) == [("platforms", "none")]


def test_labels_that_say_another_thing_are_seen() -> None:
    """People read labels with docker and annotations on GitHub: both have to be right."""
    other = part(config={"os": "linux", "architecture": "amd64", "config": {"Labels": SAID | {f"{OCI}version": "1"}}})
    assert wrong(*verification.of_labels(SAID, [other])) == [
        ("labels", f"{OCI}version is '1.2.3' in the index and '1' in linux/amd64")
    ]
    assert wrong(*verification.of_labels({}, [part()])) == [
        ("annotations", "the index does not say its title, version, created")
    ]


def test_an_sbom_has_to_speak_of_its_platform() -> None:
    """One of another image is none, nor is what nobody can read."""

    def of(digest: str) -> bytes:
        return json.dumps({"metadata": {"component": {"version": digest}}}).encode()

    assert verification.of_sbom(part(), [of(DIGEST)]).passed
    assert wrong(verification.of_sbom(part(), [])) == [("sbom linux/amd64", "none")]
    assert wrong(verification.of_sbom(part(), [of(OTHER)])) == [
        ("sbom linux/amd64", f"it speaks of {OTHER}, and not of {DIGEST}")
    ]
    assert not verification.of_sbom(part(), [of(DIGEST), b"{"]).passed


def test_provenance_has_to_speak_of_the_index_and_says_who_built() -> None:
    """Unsigned is said to be so."""
    assert verification.of_provenance(DIGEST, [statement(DIGEST)]).seen == "unsigned"
    signed = verification.of_provenance(
        DIGEST, [statement(DIGEST, builder="https://github.com/a/b/.github/workflows/x.yml")]
    )
    assert signed.seen == "https://github.com/a/b/.github/workflows/x.yml"
    assert wrong(verification.of_provenance(DIGEST, [])) == [("provenance", "none")]
    assert verification.of_provenance(DIGEST, [statement(OTHER, DIGEST)]).passed
    assert not verification.of_provenance(DIGEST, [statement(DIGEST), statement(OTHER)]).passed
    assert not verification.of_provenance(DIGEST, [statement(DIGEST, builder="")]).passed
    assert not verification.of_provenance(DIGEST, [statement(DIGEST, kind="https://example.com/other")]).passed


def test_a_signature_has_to_speak_of_the_index() -> None:
    """None is no fault; one of another image is, and so is one that nobody can read."""

    def bundle(*digests: str) -> bytes:
        payload = base64.b64encode(statement(*digests)).decode()
        return json.dumps({"dsseEnvelope": {"payload": payload}}).encode()

    none = Finding("signatures", passed=True, seen="none: no Sigstore bundle hangs on it")
    assert verification.of_signatures(DIGEST, []) == none
    assert verification.of_signatures(DIGEST, [bundle(DIGEST)]).passed
    assert verification.of_signatures(DIGEST, [bundle(OTHER, DIGEST)]).passed
    assert wrong(verification.of_signatures(DIGEST, [bundle(DIGEST), bundle()])) == [
        ("signatures", f"it speaks of nothing, and not of {DIGEST}")
    ]
    assert not verification.of_signatures(DIGEST, [bundle(OTHER)]).passed
    assert not verification.of_signatures(DIGEST, [b'{"dsseEnvelope": {"payload": "!"}}']).passed
