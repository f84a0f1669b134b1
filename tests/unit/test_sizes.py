"""What an image weighs and says of itself, and how that is printed."""

import pytest

from pipeline.policy.sizes import Layer, Measured
from pipeline.report.sizes import layer_table, size_table

IMAGE = Measured(
    platform="linux/amd64",
    config={"config": {"User": "65532:65532"}},
    layers=[
        Layer("sha256:aaa", 1_000_000, 2_500_000, "usr/share/zoneinfo/UTC", base=True),
        Layer("sha256:bbb", 4_040_000, 11_000_000, "usr/local/bin/api"),
        Layer("sha256:ccc", 32, 1024),
    ],
)


def test_an_image_weighs_what_its_layers_weigh() -> None:
    """Compressed as in a registry, and unpacked."""
    assert (IMAGE.compressed, IMAGE.unpacked) == (5_040_032, 13_501_024)


@pytest.mark.parametrize(("config", "user"), [({"User": "65532:65532"}, "65532:65532"), ({"User": ""}, ""), ({}, "")])
def test_the_user_is_what_the_config_says(config: dict[str, str], user: str) -> None:
    """No user at all is root, written as an empty string."""
    assert Measured(platform="linux/amd64", config={"config": config}, layers=[]).user == user


def test_an_image_without_a_config_runs_as_root() -> None:
    """The image specification lets `config` be left out."""
    assert Measured(platform="linux/amd64", config={}, layers=[]).user == ""


def test_sizes_are_a_line_a_platform() -> None:
    """Figures stand under each other, right-aligned."""
    other = Measured(platform="linux/arm64", config={}, layers=[Layer("sha256:ddd", 110_000_000, 0)])
    assert size_table([IMAGE, other]) == (
        "PLATFORM     COMPRESSED  UNPACKED  LAYERS\n"
        "linux/amd64      5.0 MB   13.5 MB       3\n"
        "linux/arm64    110.0 MB    0.0 MB       1\n"
    )


def test_layers_are_told_apart_by_where_they_come_from() -> None:
    """Lowest first: digest, sizes, base or application, and the largest file."""
    assert layer_table(IMAGE) == (
        "LAYER       COMPRESSED  UNPACKED  FROM  LARGEST FILE\n"
        "sha256:aaa      1.0 MB    2.5 MB  base  usr/share/zoneinfo/UTC\n"
        "sha256:bbb      4.0 MB   11.0 MB  app   usr/local/bin/api\n"
        "sha256:ccc      0.0 MB    0.0 MB  app   -\n"
    )
