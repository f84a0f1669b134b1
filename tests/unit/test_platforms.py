"""Platforms, and what compilers and package managers call them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.platforms import DEFAULT, Target, normal, targets

KNOWN = ["linux/amd64", "linux/arm64", "linux/arm/v6", "linux/arm/v7", "linux/386", "linux/ppc64le", "linux/s390x"]


def test_both_platforms_are_built_when_none_is_named() -> None:
    """linux/amd64 and linux/arm64, in that order."""
    assert [target.platform for target in targets([])] == list(DEFAULT) == ["linux/amd64", "linux/arm64"]


@given(st.lists(st.sampled_from(KNOWN), unique=True, min_size=1))
def test_platforms_come_out_in_the_order_asked_for(asked: list[str]) -> None:
    """Variants and platforms are paired by position later on."""
    assert [target.platform for target in targets(asked)] == asked


@given(st.text().filter(lambda text: text not in [*KNOWN, "linux/riscv64", "linux/arm64/v8"]))
def test_what_is_no_image_platform_is_refused_by_name(asked: str) -> None:
    """Whatever the text, the error is a sentence that lists what there is."""
    with pytest.raises(ValueError, match="is not a platform that images are built for; it is one of linux/386"):
        targets([asked])


def test_the_name_in_the_error_is_the_one_that_was_asked_for() -> None:
    """One bad platform among good ones is the one named."""
    with pytest.raises(ValueError, match=r"^'windows/amd64' is not"):
        targets(["linux/amd64", "windows/amd64"])


@pytest.mark.parametrize("twice", [["linux/amd64", "linux/amd64"], ["linux/arm64", "linux/arm64/v8"]])
def test_a_platform_that_stands_twice_is_refused(twice: list[str]) -> None:
    """Also when it is written in two ways."""
    with pytest.raises(ValueError, match="the same platform stands twice"):
        targets(twice)


def test_arm64_and_its_only_variant_are_the_same() -> None:
    """Containerd writes linux/arm64/v8 where the image index says linux/arm64."""
    assert targets(["linux/arm64/v8"]) == targets(["linux/arm64"])


@pytest.mark.parametrize(
    ("said", "short"),
    [
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm64", "linux/arm64"),
        ("linux/arm64/v9", "linux/arm64/v9"),
        ("linux/arm/v8", "linux/arm/v8"),
        ("linux/amd64", "linux/amd64"),
    ],
)
def test_a_platform_has_one_short_form(said: str, short: str) -> None:
    """Whatever an engine calls its own; a variant that says something stays."""
    assert normal(said) == short


@pytest.mark.parametrize(
    ("platform", "environment", "cpu"),
    [
        ("linux/amd64", {"GOOS": "linux", "GOARCH": "amd64"}, "x64"),
        ("linux/arm64", {"GOOS": "linux", "GOARCH": "arm64"}, "arm64"),
        ("linux/arm/v6", {"GOOS": "linux", "GOARCH": "arm", "GOARM": "6"}, "arm"),
        ("linux/arm/v7", {"GOOS": "linux", "GOARCH": "arm", "GOARM": "7"}, "arm"),
        ("linux/386", {"GOOS": "linux", "GOARCH": "386"}, "ia32"),
        ("linux/ppc64le", {"GOOS": "linux", "GOARCH": "ppc64le"}, "ppc64"),
    ],
)
def test_compilers_and_package_managers_have_their_own_names(
    platform: str, environment: dict[str, str], cpu: str
) -> None:
    """`go env` and `process.arch` as they are on that platform."""
    target = Target(platform)
    assert (target.go, target.node_cpu) == (environment, cpu)
