"""An SBOM of the same image has the same bytes, whatever Trivy drew by lot."""

import copy
import json
import uuid
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.sboms import stable
from pipeline.policy.versions import Stamp

SAMPLE = (Path(__file__).parent / "reports" / "sbom.json").read_text("utf-8")
"""Written by Trivy 0.74 of an image, with two lock files of a tree that hold the same package; shortened."""

DIGEST = f"sha256:{'d' * 64}"
seeds = st.integers(min_value=0, max_value=2**32).map(Random)
STAMP = Stamp("1.2.3", "abc1234", 1_700_000_000)


def written(content: object, digest: str = DIGEST, platform: str = "linux/amd64", image: str = "shop") -> bytes:
    """The stable form of a document."""
    text = content if isinstance(content, str) else json.dumps(content)
    return stable(text, image=image, digest=digest, platform=platform, stamp=STAMP)


def sample() -> dict[str, Any]:
    """The sample, to be changed."""
    found: dict[str, Any] = json.loads(SAMPLE)
    return found


def drawn_again(content: dict[str, Any], random: Random) -> dict[str, Any]:
    """The same document, with other random names and everything without an order in another one."""
    old = [content["metadata"]["component"]["bom-ref"], *(raw["bom-ref"] for raw in content["components"])]
    text = json.dumps(content)
    for ref in old:
        if not ref.startswith("pkg:"):
            text = text.replace(ref, str(uuid.UUID(int=random.getrandbits(128))))
    found: dict[str, Any] = json.loads(text)
    for raw in [found["metadata"]["component"], *found["components"]]:
        random.shuffle(raw.get("properties", []))
    for raw in found["dependencies"]:
        random.shuffle(raw["dependsOn"])
    random.shuffle(found["components"])
    random.shuffle(found["dependencies"])
    return found | {"serialNumber": f"urn:uuid:{uuid.UUID(int=random.getrandbits(128))}"}


def graph(size: int, edges: list[tuple[int, int]], names: list[str]) -> dict[str, Any]:
    """A document of components that often say the same."""
    refs = [str(uuid.UUID(int=number + 1)) for number in range(size)]
    content = sample()
    content["components"] = [
        {"bom-ref": ref, "type": "library", "name": name} for ref, name in zip(refs, names, strict=True)
    ]
    content["dependencies"] = [
        {"ref": ref, "dependsOn": [refs[below] for above, below in edges if above == number]}
        for number, ref in enumerate(refs)
    ]
    return content


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Any]:
    """Graphs with few names, so that many components are alike."""
    size = draw(st.integers(min_value=1, max_value=5))
    places = st.integers(min_value=0, max_value=size - 1)
    edges = draw(st.lists(st.tuples(places, places), max_size=8, unique=True))
    return graph(size, edges, draw(st.lists(st.sampled_from("ab"), min_size=size, max_size=size)))


@given(seeds)
def test_what_trivy_draws_by_lot_changes_no_byte(random: Random) -> None:
    """Names, order and serial number are other ones at every run."""
    assert written(drawn_again(sample(), random)) == written(SAMPLE)


@given(graphs(), seeds)
def test_components_that_say_the_same_are_told_apart_by_their_place(content: dict[str, Any], random: Random) -> None:
    """Every graph keeps its bytes under any order and any names, and every component keeps a name of its own."""
    found = written(content)
    assert written(drawn_again(copy.deepcopy(content), random)) == found
    refs = [raw["bom-ref"] for raw in json.loads(found)["components"]]
    assert len(set(refs)) == len(content["components"])


def test_a_ring_of_equals_has_one_form() -> None:
    """Nothing tells its members apart, so one of them has to be chosen to be first."""
    content = graph(6, [(number, (number + 1) % 6) for number in range(6)], ["a"] * 6)
    assert len({written(drawn_again(copy.deepcopy(content), Random(seed))) for seed in range(20)}) == 1  # noqa: S311


def test_rings_of_equals_of_other_lengths_are_told_apart() -> None:
    """Each member of both has one above and one below that look like itself."""
    edges = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 3), (5, 5)]
    content = graph(6, edges, ["a"] * 6)
    assert len({written(drawn_again(copy.deepcopy(content), Random(seed))) for seed in range(20)}) == 1  # noqa: S311


def test_equal_packages_stay_below_their_own_lock_file() -> None:
    """Each lock file depends on one of the two, and no name is lost."""
    found = json.loads(written(SAMPLE))
    names = {raw["bom-ref"]: raw["name"] for raw in found["components"]}
    below = {names.get(raw["ref"], "root"): raw["dependsOn"] for raw in found["dependencies"]}
    first, second = below["a/package-lock.json"], below["b/package-lock.json"]
    assert [names[ref] for ref in [*first, *second]] == ["ms", "ms"]
    assert first != second
    assert len(names) == len(sample()["components"])


def test_the_image_is_named_by_its_digest() -> None:
    """And the time is the commit's; the archive that was scanned is not spoken of."""
    found = json.loads(written(SAMPLE))
    about = found["metadata"]["component"]
    assert found["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    assert (about["name"], about["version"]) == ("shop", DIGEST)
    assert about["purl"] == f"pkg:oci/shop@{DIGEST}?arch=amd64"
    assert {raw["name"].rpartition(":")[2] for raw in about["properties"]} == {"DiffID", "SchemaVersion"}
    assert about["bom-ref"] in [raw["ref"] for raw in found["dependencies"]]
    assert "127.0.0.1:5000" not in json.dumps(found)


def test_an_image_of_a_registry_says_where_it_is() -> None:
    """The package URL takes the last part of the name alone."""
    about = json.loads(written(SAMPLE, platform="linux/arm/v7", image="ghcr.io/acme/Shop"))["metadata"]["component"]
    assert about["purl"] == f"pkg:oci/shop@{DIGEST}?arch=arm&repository_url=ghcr.io/acme/Shop"


def test_the_serial_number_is_the_digests() -> None:
    """Another image has another one, and so have its own two platforms."""
    one, other = (json.loads(written(SAMPLE, f"sha256:{letter * 64}"))["serialNumber"] for letter in "ab")
    assert uuid.UUID(one.removeprefix("urn:uuid:")).version == 5
    assert one != other


def test_vulnerabilities_are_left_to_the_scan() -> None:
    """They are of their day."""
    found = written(sample() | {"vulnerabilities": [{"id": "CVE-2026-1"}]})
    assert found == written(SAMPLE)
    assert b"vulnerabilities" not in found


def test_another_package_is_another_document() -> None:
    """What the image holds is kept as Trivy found it."""
    content = sample()
    content["components"][1]["version"] = "0"
    assert written(content) != written(SAMPLE)


def test_what_is_stable_stays_as_it_is() -> None:
    """Written again it has the same bytes."""
    once = written(SAMPLE).decode()
    assert set(json.loads(once)) == set(sample()) - {"vulnerabilities"}
    assert written(once).decode() == once


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"spdxVersion":"SPDX-2.3"}',
        '{"bomFormat":"CycloneDX"}',
        '{"bomFormat":"CycloneDX","version":NaN}',
        '{"bomFormat":"CycloneDX","metadata":{}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_cyclonedx_is_refused(text: str) -> None:
    """A broken document must not be hung on an image."""
    with pytest.raises(ValueError, match="the SBOM of shop is no CycloneDX document that can be read: "):
        written(text)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"components": {}}, "components is no list"),
        ({"components": ["x"]}, "an entry of components is no object"),
        ({"components": [{"bom-ref": 7}]}, "the bom-ref 7 is no text, or stands twice"),
        ({"components": [{"bom-ref": "a"}, {"bom-ref": "a"}]}, "the bom-ref 'a' is no text, or stands twice"),
        ({"components": [{"properties": 7}]}, "properties is no list"),
        ({"components": [{"name": "\ud800"}], "dependencies": []}, "surrogates not allowed"),
        ({"dependencies": [{"dependsOn": []}]}, "a dependency without ref"),
        ({"dependencies": [{"ref": "a", "dependsOn": "b"}]}, "a dependency without ref"),
        ({"components": []}, "which is no component"),
    ],
)
def test_a_document_that_does_not_fit_together_is_refused(changed: dict[str, object], reason: str) -> None:
    """A name that nobody bears could not be made stable."""
    with pytest.raises(ValueError, match=f"the SBOM of shop is no CycloneDX document that can be read: .*{reason}"):
        written(sample() | changed)


def test_components_may_be_without_a_name() -> None:
    """CycloneDX asks for none."""
    content = sample() | {"components": [{"type": "library", "name": "a"}], "dependencies": []}
    content["metadata"]["component"].pop("bom-ref")
    assert json.loads(written(content))["components"] == [{"type": "library", "name": "a"}]


@pytest.mark.parametrize("digest", ["", "d" * 64, "sha256:abc"])
def test_an_sbom_needs_a_digest(digest: str) -> None:
    """It would be about nothing."""
    with pytest.raises(ValueError, match="which the SBOM of shop is to speak of, is no SHA-256"):
        written(SAMPLE, digest)
