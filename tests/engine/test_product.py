"""The whole product: both images and a PostgreSQL, used in a real browser."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.engine.checkout import Checkout

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("product")]

API = "http://localhost:8082"
FRONTEND = "http://localhost:3000"
PATIENCE = 180
"""Seconds until both answer, on a machine that has nothing built."""


@pytest.fixture(scope="module")
def product(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """`dagger up`, until both ports answer."""
    for port in (3000, 8082):
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                pytest.fail(f"port {port} is taken: the product needs it")
    log = tmp_path_factory.mktemp("up") / "log"
    with log.open("w") as output:
        up = subprocess.Popen(
            ["dagger", "--progress=plain", "up"], cwd=checkout.path, stdout=output, stderr=output, env=os.environ
        )
    try:
        _wait(up, log)
        yield
    finally:
        up.send_signal(signal.SIGINT)
        try:
            up.wait(timeout=60)
        except subprocess.TimeoutExpired:
            up.kill()
            up.wait()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test when the browser logs an error, a broken security policy among them."""
    context = browser.new_context()
    opened = context.new_page()
    errors: list[str] = []
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert errors == []


def test_the_status_page_shows_both_versions_and_a_database_that_is_up(page: Page) -> None:
    """Versions and commit are those of the images, and the browser reached the API itself."""
    versions = {httpx.get(f"{address}").json()["version"] for address in (f"{API}/health", f"{FRONTEND}/healthz")}
    page.goto(f"{FRONTEND}/status")
    for version in versions:
        expect(page.get_by_text(version).first).to_be_visible()
    expect(page.get_by_text("up", exact=False).first).to_be_visible()


def test_a_document_that_is_added_can_be_found_and_deleted(page: Page) -> None:
    """From the form through the API into PostgreSQL's full-text search, and out again."""
    page.goto(f"{FRONTEND}/documents")
    page.get_by_label("Title").fill("Release notes")
    page.get_by_label("Text").fill("The quick brown fox jumps over reproducible layers.")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Release notes").first).to_be_visible()

    page.goto(f"{FRONTEND}/?q=reproducible")
    page.get_by_role("searchbox").fill("reproducible")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_text("Release notes").first).to_be_visible()
    expect(page.locator("mark").first).to_have_text("reproducible")

    page.goto(f"{FRONTEND}/documents")
    page.get_by_role("button", name="Delete").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="Release notes")).to_have_count(0)
    assert httpx.get(f"{API}/api/v1/documents").json()["total"] == 0


def _wait(up: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if up.poll() is not None:
            break
        try:
            httpx.get(f"{FRONTEND}/healthz").raise_for_status()
            httpx.get(f"{API}/ready").raise_for_status()
        except httpx.HTTPError:
            time.sleep(1)
        else:
            return
    pytest.fail(f"the product did not come up within {PATIENCE} s:\n{log.read_text()[-3000:]}")
