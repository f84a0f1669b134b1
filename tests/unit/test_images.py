"""An image's documents say the same at every build, and another thing as soon as the image is another."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.documents import CONFIG, EMPTY, INDEX, MANIFEST, Document, digest_of
from pipeline.policy.images import EMPTY_BLOB, Facts, Variant, index, layout_index, referrer, variant
from pipeline.policy.sizes import Layer, Measured
from pipeline.policy.versions import Stamp

PREFIX = "org.opencontainers.image"
BASE, OWN, MORE = (digest_of(text) for text in (b"base", b"own", b"more"))
FACTS = Facts(
    app="shop",
    title="Shop",
    url="https://github.com/acme/shop",
    stamp=Stamp("1.2.3", "abc1234", 1_700_000_000),
    base_name="gcr.io/distroless/static:nonroot",
    base_digest=BASE,
)
LAYERS = [Layer(BASE, 100, 200, base=True), Layer(OWN, 10, 20), Layer(MORE, 1, 2, media_type="application/x-zstd")]

times = st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")
entries = st.fixed_dictionaries({"created": times, "created_by": st.text(), "comment": st.text()})


def config(**changed: object) -> dict[str, Any]:
    """A config as the engine writes it, with changes by name."""
    return {
        "architecture": "amd64",
        "os": "linux",
        "config": {"User": "65532:65532", "Env": ["PATH=/bin"], "Labels": {"a": "b"}},
        "created": "2026-11-25T08:00:00.123Z",
        "history": [{"created_by": "Directory.withDirectory", "comment": "buildkit.exporter.image.v0"}],
        "rootfs": {"type": "layers", "diff_ids": ["sha256:1", "sha256:2", "sha256:3"]},
        **changed,
    }


def made(content: Mapping[str, Any], platform: str = "linux/amd64", facts: Facts = FACTS) -> Variant:
    """The documents of one platform."""
    return variant(Measured(platform=platform, config=content, layers=LAYERS), facts)


@given(times, st.lists(entries, max_size=4), st.randoms(use_true_random=False))
def test_what_the_engine_says_of_the_moment_changes_nothing(moment: str, history: object, random: Any) -> None:  # noqa: ANN401
    """Whatever its times, its words and the order of its keys are, the digests stay."""
    content = list(config(created=moment, history=history, author="somebody").items())
    random.shuffle(content)
    assert made(dict(content)) == made(config())


@pytest.mark.parametrize(
    "changed",
    [
        {"architecture": "arm64"},
        {"variant": "v8"},
        {"os.version": "10"},
        {"config": {"User": "0", "Env": ["PATH=/bin"], "Labels": {"a": "b"}}},
        {"config": {"User": "65532:65532", "Env": ["PATH=/sbin"], "Labels": {"a": "b"}}},
        {"config": {"User": "65532:65532", "Env": ["PATH=/bin"], "Labels": {"a": "c"}}},
        {"config": {"User": "65532:65532", "Env": ["PATH=/bin"], "Labels": {"a": "b"}, "Healthcheck": {}}},
        {"rootfs": {"type": "layers", "diff_ids": ["sha256:1", "sha256:2", "sha256:4"]}},
    ],
)
def test_what_the_image_is_changes_its_digests(changed: dict[str, object]) -> None:
    """Platform, settings and layers are kept exactly."""
    found = made(config(**changed))
    assert found.manifest.digest != made(config()).manifest.digest
    assert {name: found.config.content[name] for name in changed} == changed


@pytest.mark.parametrize("changed", [{"digest": MORE}, {"compressed": 11}, {"media_type": "application/x-tar"}])
def test_another_layer_is_another_manifest(changed: dict[str, Any]) -> None:
    """Its digest, its size and its media type stand in it."""
    layers = [LAYERS[0], dataclasses.replace(LAYERS[1], **changed), LAYERS[2]]
    found = variant(Measured(platform="linux/amd64", config=config(), layers=layers), FACTS)
    assert found.config == made(config()).config
    assert found.manifest.digest != made(config()).manifest.digest


def test_the_history_is_of_the_commit_alone() -> None:
    """One entry a layer: the base's have no time, since nobody here knows it."""
    created = "2023-11-14T22:13:20Z"
    content = made(config()).config.content
    assert content["created"] == created
    assert content["history"] == [
        {"created_by": f"layer of gcr.io/distroless/static:nonroot@{BASE}"},
        {"created": created, "created_by": "pipeline: files of shop, layer 1 of 2"},
        {"created": created, "created_by": "pipeline: files of shop, layer 2 of 2"},
    ]


def test_the_manifest_points_at_config_and_layers() -> None:
    """Each with its own media type and its size in the registry."""
    found = made(config())
    assert found.manifest.content["mediaType"] == found.manifest.media_type == MANIFEST
    assert found.manifest.blobs[0] == found.config.described()
    assert found.config.media_type == CONFIG
    assert [(blob.digest, blob.size, blob.media_type) for blob in found.manifest.blobs[1:]] == [
        (layer.digest, layer.compressed, layer.media_type) for layer in LAYERS
    ]


@pytest.mark.parametrize("rootfs", [{"diff_ids": ["sha256:1"]}, {}, None])
def test_a_config_of_other_layers_is_refused(rootfs: object) -> None:
    """No runtime could unpack such an image."""
    with pytest.raises(ValueError, match=r"the config of linux/amd64 names [01] layers of 3"):
        made(config(rootfs=rootfs))


def test_an_index_lists_its_platforms_in_order() -> None:
    """Whatever order they were built in; arm64 is v8 without saying so, and no platform is unknown."""
    arm, amd = made(config(architecture="arm64", variant="v8"), "linux/arm64/v8"), made(config())
    found = index([arm, amd], FACTS)
    assert found == index([amd, arm], FACTS)
    assert [child.platform for child in found.children] == ["linux/amd64", "linux/arm64"]
    assert [child.digest for child in found.children] == [amd.manifest.digest, arm.manifest.digest]
    assert found.content["mediaType"] == found.media_type == INDEX


def test_an_index_is_annotated_with_what_there_is_to_say() -> None:
    """No description and no licence were given, so none is there."""
    assert index([made(config())], FACTS).annotations == {
        f"{PREFIX}.title": "Shop",
        f"{PREFIX}.source": "https://github.com/acme/shop",
        f"{PREFIX}.version": "1.2.3",
        f"{PREFIX}.revision": "abc1234",
        f"{PREFIX}.created": "2023-11-14T22:13:20Z",
        f"{PREFIX}.base.name": "gcr.io/distroless/static:nonroot",
        f"{PREFIX}.base.digest": BASE,
    }


def test_a_layout_names_the_index_by_its_version() -> None:
    """`ref.name` is what tools look an image up by."""
    image = index([made(config())], FACTS)
    (found,) = layout_index(image, "1.2.3").children
    assert (found.digest, found.media_type) == (image.digest, INDEX)
    assert found.annotations == {f"{PREFIX}.ref.name": "1.2.3"}


def test_a_referrer_hangs_a_blob_on_an_image() -> None:
    """Its config is empty, and of the subject it says what identifies it and no more."""
    subject = dataclasses.replace(made(config()).manifest.described(platform="linux/amd64"), annotations={"a": "b"})
    blob = Document("application/vnd.cyclonedx+json", b'{"bomFormat":"CycloneDX"}')
    found = referrer(subject, "application/vnd.cyclonedx+json", blob, {"c": "d"})
    assert found.blob == blob
    assert found.manifest.content == {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": "application/vnd.cyclonedx+json",
        "config": {"mediaType": EMPTY, "digest": EMPTY_BLOB.digest, "size": 2},
        "layers": [{"mediaType": blob.media_type, "digest": blob.digest, "size": len(blob.raw)}],
        "subject": {"mediaType": MANIFEST, "digest": subject.digest, "size": subject.size},
        "annotations": {"c": "d"},
    }
    assert "annotations" not in referrer(subject, "x/y", blob, {}).manifest.content
