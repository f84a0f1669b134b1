"""Fixtures of the engine tests."""

from pathlib import Path

import pytest

from tests.engine.checkout import Called, Checkout, new_checkout
from tests.engine.images import Index, read_index


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A copy of this checkout that no test changes."""
    return new_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture
def changing(tmp_path: Path) -> Checkout:
    """A copy of this checkout for one test to change."""
    return new_checkout(tmp_path / "changing")


@pytest.fixture(scope="session")
def api(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Index:
    """The API's image, as a tarball holds it."""
    return exported(checkout, "api", tmp_path_factory.mktemp("images") / "api.tar")[0]


@pytest.fixture(scope="session")
def frontend(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Index:
    """The front end's image, as a tarball holds it."""
    return exported(checkout, "frontend", tmp_path_factory.mktemp("images") / "frontend.tar")[0]


def exported(checkout: Checkout, app: str, path: Path) -> tuple[Index, Called]:
    """Build an application and read its tarball."""
    called = checkout.call(app, "build", "tarball", "--output", path)
    return read_index(path), called
