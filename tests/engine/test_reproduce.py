"""What is built twice, and comes out the same or not."""

import re
from pathlib import Path

import pytest

from tests.engine.checkout import Called, Checkout

pytestmark = pytest.mark.engine

BASE = "FROM debian:trixie-slim\n"


def reproduced(checkout: Checkout, kind: str, source: Checkout, *, succeeds: bool) -> Called:
    """Build an application called hello twice, for this platform."""
    app = f"{kind} --name=hello --source=$(host | directory {source.path})"
    shell = f"without-apps | with-app $({app}) | reproduce --platform=linux/amd64"
    return checkout.dagger("-c", shell, succeeds=succeeds)


@pytest.fixture
def source(tmp_path: Path) -> Checkout:
    """A source tree to fill."""
    return Checkout(tmp_path / "source")


def test_the_front_end_is_the_same_twice(checkout: Checkout) -> None:
    """On both platforms, although the second build shares neither caches nor commands with the first."""
    called = checkout.dagger("-c", "without-apps | with-app $(frontend) | reproduce")
    rows = [re.split(r"\s{2,}", line) for line in called.out.splitlines()[1:]]
    platforms = ("linux/amd64", "linux/arm64", "all")
    assert [(row[0], row[1], row[3]) for row in rows] == [("frontend", platform, "same") for platform in platforms]
    assert any("next.mjs" in command for command in called.executed)


def test_a_command_that_reads_the_clock_is_found_out(checkout: Checkout, source: Checkout) -> None:
    """By the file that it wrote; what differs only in its time is not taken for it."""
    source.write({"Dockerfile": f"{BASE}RUN mkdir /aaa && touch /aaa/b\nRUN date +%N > /stamp\n", "main.go": ""})
    error = reproduced(checkout, "dockerfile-app", source, succeeds=False).error
    assert error.startswith("Failed: reproduce: 1 of 1 application could not be reproduced\n\nhello: reproduce linux/")
    assert re.search(r": /stamp has (the same size and another content|\d+ bytes the first time)", error)
    assert re.search(r"^hello +linux/amd64 +sha256:\w{64} +(content|size) \(/stamp\)$", error, re.MULTILINE)
