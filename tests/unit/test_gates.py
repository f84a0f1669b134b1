"""Budgets: what fails an image for its size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.gates import MB, Budget, over_budget
from pipeline.policy.sizes import Layer

BASE = Layer("sha256:base", 1 * MB, 30 * MB, "lib/libc.so", base=True)
SMALL = Layer("sha256:small", 1, 1 * MB, "app/config")
BINARY = Layer("sha256:binary", 5 * MB, 12 * MB, "usr/local/bin/api")

weights = st.lists(st.integers(min_value=0, max_value=50 * MB), min_size=1, max_size=6)


def test_without_a_budget_everything_passes() -> None:
    """None is no limit, for the whole and for the part."""
    assert over_budget([BASE, BINARY], Budget()) == ""


@pytest.mark.parametrize(
    ("budget", "sentence"),
    [
        (Budget(added=12), "the image adds 13.0 MB unpacked and its budget is 12 MB"),
        (Budget(total=42), "the image holds 43.0 MB unpacked and its budget is 42 MB"),
        (Budget(total=42, added=12), "the image adds 13.0 MB unpacked and its budget is 12 MB"),
    ],
)
def test_what_broke_the_budget_is_said_with_the_layer_that_grew(budget: Budget, sentence: str) -> None:
    """The layer named is the application's: nobody can make the base smaller."""
    largest = "; the largest layer that it adds is usr/local/bin/api with 12.0 MB"
    assert over_budget([BASE, SMALL, BINARY], budget) == sentence + largest


def test_a_layer_without_a_file_is_named_by_its_digest() -> None:
    """A layer may hold nothing but links."""
    assert "the largest layer that it adds is sha256:odd with" in over_budget(
        [Layer("sha256:odd", 1, 2 * MB)], Budget(total=1)
    )


def test_a_base_alone_can_break_the_budget() -> None:
    """Where the application adds nothing, the base's largest layer is named."""
    assert "the largest layer of its base is lib/libc.so with 30.0 MB" in over_budget([BASE], Budget(total=29))


@given(weights, st.integers(min_value=1, max_value=300))
def test_a_budget_is_broken_by_more_than_it_allows_and_by_nothing_else(sizes: list[int], limit: int) -> None:
    """Exactly the limit is allowed, one byte more is not."""
    layers = [Layer(f"sha256:{n}", 0, size, base=n % 2 == 0) for n, size in enumerate(sizes)]
    own = sum(layer.unpacked for layer in layers if not layer.base)
    assert bool(over_budget(layers, Budget(total=limit))) == (sum(sizes) > limit * MB)
    assert bool(over_budget(layers, Budget(added=limit))) == (own > limit * MB)


def test_exactly_the_budget_passes() -> None:
    """The limit itself is the most that is allowed."""
    assert over_budget([BASE, BINARY], Budget(total=42, added=12)) == ""


@pytest.mark.parametrize("limit", [0, -1])
@pytest.mark.parametrize("name", ["total", "added"])
def test_a_budget_that_no_image_can_meet_is_refused(name: str, limit: int) -> None:
    """A budget of 0 is a slip of the pen, not a wish."""
    with pytest.raises(ValueError, match=rf"a budget of {limit} MB \({name}\) allows no image at all; give 1 or more"):
        Budget(**{name: limit})
