"""What fails an image: size budgets."""

import dataclasses
from collections.abc import Sequence
from typing import Final

from pipeline.policy.sizes import Layer

MB: Final = 1_000_000
"""Sizes are decimal, as registries and `docker images` print them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Budget:
    """The most that an image may weigh unpacked, in MB (10^6 bytes). None: no limit.

    `total` counts every layer, `added` those that the application adds to its base.
    """

    total: int | None = None
    added: int | None = None

    def __post_init__(self) -> None:
        """Refuse what can only be a mistake."""
        for name, limit in (("total", self.total), ("added", self.added)):
            if limit is not None and limit < 1:
                raise ValueError(
                    f"a budget of {limit} MB ({name}) allows no image at all; give 1 or more, or leave it out"
                )


def over_budget(layers: Sequence[Layer], budget: Budget) -> str:
    """Say in a sentence what broke the budget, with the layer that weighs most; "" when nothing did."""
    own = [layer for layer in layers if not layer.base]
    for limit, counted, what in (
        (budget.added, own, "adds"),
        (budget.total, list(layers), "holds"),
    ):
        size = sum(layer.unpacked for layer in counted)
        if limit is not None and size > limit * MB:
            largest = max(own or counted, key=lambda layer: layer.unpacked)
            return (
                f"the image {what} {size / MB:.1f} MB unpacked and its budget is {limit} MB; the largest layer "
                f"{'that it adds' if own else 'of its base'} is {largest.content or largest.digest} "
                f"with {largest.unpacked / MB:.1f} MB"
            )
    return ""
