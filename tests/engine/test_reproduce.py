"""What is built twice, and comes out the same or not."""

import re

import pytest

from tests.engine.checkout import Checkout

pytestmark = pytest.mark.engine


def test_the_front_end_is_the_same_twice(checkout: Checkout) -> None:
    """On both platforms, although the second build shares neither caches nor commands with the first."""
    called = checkout.dagger("-c", "without-apps | with-app $(frontend) | reproduce")
    rows = [re.split(r"\s{2,}", line) for line in called.out.splitlines()[1:]]
    platforms = ("linux/amd64", "linux/arm64", "all")
    assert [(row[0], row[1], row[3]) for row in rows] == [("frontend", platform, "same") for platform in platforms]
    assert "Creating an optimized production build" in called.log, "nothing was built"
