"""Which files a release has, by its applications."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy import assets, bundle
from pipeline.policy.platforms import DEFAULT
from pipeline.policy.releases import Asset, check
from pipeline.policy.shipment import MOMENTARY, NEURONIP, PRODUCT, Packed, deployed, names

SHOP = Packed(app="shop", platforms=["linux/amd64"])
DIGEST = f"sha256:{1:064}"

words = st.from_regex(r"[a-z][a-z0-9-]{0,9}[a-z0-9]", fullmatch=True)
versions = st.sampled_from(["1.2.3", "v1.2.3", "v10.0.0-rc.1"])
packed = st.lists(
    st.builds(Packed, app=words, platforms=st.sampled_from([DEFAULT, DEFAULT[:1]]), binary=st.just("")),
    unique_by=lambda one: one.app,
    max_size=4,
).map(lambda apps: [dataclasses.replace(one, binary=f"{one.app}d") if len(one.app) % 2 else one for one in apps])


def test_the_files_of_the_product() -> None:
    """Binaries of the API alone, SBOMs by platform, provenance, what to deploy with, reports, the checksums last."""
    assert names("v1.2.3", NEURONIP) == [
        "neuronip-api_1.2.3_linux_amd64.tar.gz",
        "neuronip-api_1.2.3_linux_arm64.tar.gz",
        "neuronip-api_1.2.3_darwin_amd64.tar.gz",
        "neuronip-api_1.2.3_darwin_arm64.tar.gz",
        "neuronip-api_1.2.3_windows_amd64.zip",
        "neuronip-api_1.2.3_windows_arm64.zip",
        "neuronip-api-v1.2.3",
        "api_1.2.3_linux_amd64.cdx.json",
        "api_1.2.3_linux_arm64.cdx.json",
        "api_1.2.3.intoto.jsonl",
        "frontend_1.2.3_linux_amd64.cdx.json",
        "frontend_1.2.3_linux_arm64.cdx.json",
        "frontend_1.2.3.intoto.jsonl",
        "compose.yaml",
        "kubernetes.yaml",
        "values.yaml",
        "scan.json",
        "report.html",
        "checksums.txt",
    ]


@pytest.mark.parametrize("apps", [PRODUCT[:1], PRODUCT[1:], ("shop",), ()])
def test_files_to_deploy_with_are_of_the_whole_product_alone(apps: tuple[str, ...]) -> None:
    """They name the images of both; other applications beside it change nothing of that."""
    some = [dataclasses.replace(SHOP, app=app) for app in apps]
    both = [dataclasses.replace(SHOP, app=app) for app in PRODUCT]
    assert not deployed(apps)
    assert not set(bundle.FILES) & set(names("1.2.3", some))
    assert deployed([*PRODUCT, *apps])
    assert set(bundle.FILES) < set(names("1.2.3", [*both, SHOP]))


def test_files_of_their_day_are_those_whose_bytes_follow_from_no_commit() -> None:
    """What was found and how it came out: the rest is the same whenever it is made."""
    assert MOMENTARY == ("scan.json", "report.html")
    assert [name for name in names("1.2.3", [SHOP]) if "1.2.3" not in name] == [*MOMENTARY, assets.CHECKSUMS]


@given(version=versions, apps=packed)
def test_names_are_told_apart_and_kept(version: str, apps: list[Packed]) -> None:
    """GitHub takes each as it is, and so do the checksums, which are last; with or without a v they are the same."""
    found = names(version, apps)
    check([Asset(name=name, size=1, digest=DIGEST) for name in found])
    assert assets.parse_checksums(assets.checksums((name, DIGEST) for name in found)).keys() == set(found)
    assert found[-1] == assets.CHECKSUMS
    assert found == names(version.removeprefix("v"), apps)


@pytest.mark.parametrize("version", ["", "latest", "1.2"])
def test_what_is_no_version_has_no_files(version: str) -> None:
    """Their names have it."""
    with pytest.raises(ValueError, match="is no version"):
        names(version, [SHOP])
