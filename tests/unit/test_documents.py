"""Documents of a registry are read strictly, and the same content has the same bytes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.documents import EMPTY, INDEX, MANIFEST, Descriptor, Document, digest_of

DIGEST = f"sha256:{'a' * 64}"
POINTER = {"mediaType": MANIFEST, "digest": DIGEST, "size": 7}

texts = st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)
descriptors = st.builds(
    Descriptor,
    media_type=st.just(MANIFEST),
    digest=st.binary(max_size=4).map(digest_of),
    size=st.integers(min_value=0, max_value=2**40),
    platform=st.sampled_from(["", "linux/amd64", "linux/arm/v7"]),
    artifact_type=st.sampled_from(["", "application/vnd.cyclonedx+json"]),
    annotations=st.dictionaries(texts, texts, max_size=2),
)


def reordered(content: Any) -> Any:  # noqa: ANN401 - JSON
    """The same JSON with the keys of every object the other way round."""
    if isinstance(content, dict):
        return {name: reordered(content[name]) for name in reversed(content)}
    return [reordered(one) for one in content] if isinstance(content, list) else content


@given(st.dictionaries(texts, values, max_size=4))
def test_the_order_of_keys_changes_no_digest(content: dict[str, Any]) -> None:
    """Two machines that say the same write the same bytes."""
    written = Document.write(MANIFEST, content)
    assert written.digest == Document.write(MANIFEST, reordered(content)).digest
    assert written.content == content


@given(descriptors)
def test_a_descriptor_is_read_as_it_was_written(descriptor: Descriptor) -> None:
    """Nothing is lost between two documents."""
    assert Descriptor.parse(descriptor.json) == descriptor


def test_a_descriptor_leaves_out_what_it_does_not_say() -> None:
    """No empty platform, artifact type or annotations."""
    assert Descriptor.parse(POINTER).json == POINTER


@pytest.mark.parametrize(
    "changed",
    [
        {"digest": "sha256:abc"},
        {"digest": f"sha512:{'a' * 64}"},
        {"digest": 7},
        {"size": -1},
        {"size": "7"},
        {"size": True},
        {"platform": "linux/amd64"},
        {"annotations": ["x"]},
    ],
)
def test_a_descriptor_that_is_wrong_is_refused(changed: dict[str, object]) -> None:
    """A wrong digest or size would be found out only by whoever pulls."""
    with pytest.raises(ValueError, match=r"a descriptor (whose digest|without)"):
        Descriptor.parse(POINTER | changed)


@pytest.mark.parametrize("name", ["mediaType", "digest", "size"])
def test_a_descriptor_has_all_its_parts(name: str) -> None:
    """The specification requires the three."""
    with pytest.raises(ValueError, match="without media type, digest or size"):
        Descriptor.parse({key: value for key, value in POINTER.items() if key != name})


@pytest.mark.parametrize("raw", [b"", b"[]", b"7", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_no_document(raw: bytes) -> None:
    """The error names the digest, by which one finds it in the registry."""
    with pytest.raises(ValueError, match=f"{digest_of(raw)} is no JSON object"):
        _ = Document(MANIFEST, raw).content


def test_an_index_has_children_and_a_manifest_has_blobs() -> None:
    """The config comes before the layers."""
    index = Document.write(INDEX, {"manifests": [POINTER], "annotations": {"a": "b"}})
    manifest = Document.write(MANIFEST, {"config": POINTER | {"size": 1}, "layers": [POINTER], "subject": POINTER})
    assert ([child.digest for child in index.children], index.blobs, index.subject) == ([DIGEST], [], None)
    assert ([blob.size for blob in manifest.blobs], manifest.children) == ([1, 7], [])
    assert (manifest.subject, index.annotations, manifest.annotations) == (Descriptor.parse(POINTER), {"a": "b"}, {})


def test_a_document_is_described_by_its_bytes() -> None:
    """The digest of `{}` is the one that the specification prints."""
    found = Document(EMPTY, b"{}").described(platform="linux/amd64")
    assert found.digest == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert (found.size, found.platform) == (2, "linux/amd64")
    assert json.loads(json.dumps(found.json))["mediaType"] == EMPTY
