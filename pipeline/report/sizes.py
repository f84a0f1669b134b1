"""Sizes of images, for people."""

from collections.abc import Sequence

from pipeline.policy.sizes import Measured
from pipeline.report.table import megabytes, table


def size_table(variants: Sequence[Measured]) -> str:
    """Sizes by platform."""
    rows = [[v.platform, megabytes(v.compressed), megabytes(v.unpacked), str(len(v.layers))] for v in variants]
    return table(["PLATFORM", "COMPRESSED", "UNPACKED", "LAYERS"], rows, right=[1, 2, 3])


def layer_table(variant: Measured) -> str:
    """The layers of one variant, lowest first."""
    rows = [
        [
            layer.digest,
            megabytes(layer.compressed),
            megabytes(layer.unpacked),
            "base" if layer.base else "app",
            layer.content,
        ]
        for layer in variant.layers
    ]
    return table(["LAYER", "COMPRESSED", "UNPACKED", "FROM", "LARGEST FILE"], rows, right=[1, 2])
