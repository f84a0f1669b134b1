"""The sizes that the page shows: a bar a platform, the one before under it, and the layers."""

import dataclasses
from collections.abc import Sequence

from pipeline.policy.results import Report
from pipeline.policy.sizes import Layer, Measured
from pipeline.report.charts import Segment, stacked
from pipeline.report.table import megabytes
from pipeline.report.text import change, percent, plural


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    """An image: its layers as a bar, and what it weighs."""

    segments: Sequence[Segment]
    unpacked: str
    compressed: str
    base: str


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A layer; `since` says whether the image before had it."""

    layer: Layer
    unpacked: str
    compressed: str
    share: str
    since: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """A platform of an application, and the same of the image before."""

    name: str
    now: Bar
    before: Bar | None
    change: str
    update: str
    layers: Sequence[Row]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Sized:
    """The sizes of an application."""

    app: str
    against: str
    platforms: Sequence[Platform]


def sizes(report: Report) -> list[Sized]:
    """The sizes of every application that was measured. Each has a scale of its own."""
    return [
        Sized(app=app, against=report.against.get(app, ""), platforms=_platforms(now, report.before.get(app, ())))
        for app, now in report.sizes.items()
    ]


def _platforms(now: Sequence[Measured], before: Sequence[Measured]) -> list[Platform]:
    most = max((variant.unpacked for variant in [*now, *before]), default=0)
    old = {variant.platform: variant for variant in before}
    return [_platform(variant, old.get(variant.platform), most) for variant in now]


def _platform(now: Measured, before: Measured | None, most: int) -> Platform:
    known = {layer.digest for layer in before.layers} if before else set()
    return Platform(
        name=now.platform,
        now=_bar(now, most),
        before=_bar(before, most) if before else None,
        change=change(before.unpacked, now.unpacked) if before else "",
        update=_update(now, known) if before else "",
        layers=[_row(layer, now, known if before else None) for layer in now.layers],
    )


def _bar(image: Measured, most: int) -> Bar:
    base = sum(layer.unpacked for layer in image.layers if layer.base)
    return Bar(stacked(image.layers, most), megabytes(image.unpacked), megabytes(image.compressed), megabytes(base))


def _update(now: Measured, known: set[str]) -> str:
    new = [layer for layer in now.layers if layer.digest not in known]
    if not new:
        return "an update downloads nothing: no layer is new"
    size = megabytes(sum(layer.compressed for layer in new))
    return f"an update downloads {size}: {len(new)} of {plural(len(now.layers), 'layer')} new"


def _row(layer: Layer, image: Measured, known: set[str] | None) -> Row:
    return Row(
        layer=layer,
        unpacked=megabytes(layer.unpacked),
        compressed=megabytes(layer.compressed),
        share=percent(layer.unpacked / image.unpacked) if image.unpacked else "-",
        since="" if known is None else "same" if layer.digest in known else "new",
    )
