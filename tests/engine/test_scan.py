"""Scans with the scanner and the database of the lab: exactly what is there, and errors that are clear."""

import json
import re
import tarfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.engine import bad
from tests.engine.checkout import LAB_REGISTRY, Called, Checkout, trivy_database

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("lab")]

DEBIAN: Final = "debian:trixie-slim"


@pytest.fixture
def lab() -> None:
    """The database whose advisories are known."""
    trivy_database()


@pytest.fixture
def source(tmp_path: Path) -> Checkout:
    """A source tree to fill."""
    return Checkout(tmp_path / "source")


def scanned(
    checkout: Checkout, source: Checkout, *asked: str, options: Sequence[str] = (), succeeds: bool = True
) -> Called:
    """Build a Dockerfile for one platform, and ask its scan for something."""
    app = ["dockerfile-app", "--name=tool", f"--source={source.path}", "build", "--platform=linux/amd64", "scan"]
    return checkout.call(*options, *app, *asked, succeeds=succeeds)


def vulnerabilities(called: Called) -> set[tuple[str, str, str]]:
    """Id, package and installed version of everything that a JSON report holds."""
    results = json.loads(called.out).get("Results", [])
    found = [one for result in results for one in result.get("Vulnerabilities", [])]
    return {(one["VulnerabilityID"], one["PkgName"], one["InstalledVersion"]) for one in found}


def test_a_known_bad_image_gives_exactly_what_is_wrong_with_it(checkout: Checkout, source: Checkout) -> None:
    """Of each package the advisory that names its version, and nothing of the version that mends it."""
    files = bad.package("minimist", "1.2.5") | bad.package("braces", "3.0.3") | bad.package("cookie", "0.6.0")
    source.write(bad.image(files))
    assert vulnerabilities(scanned(checkout, source, "report", "--format=JSON")) == {
        ("CVE-2021-44906", "minimist", "1.2.5"),
        ("CVE-2024-47764", "cookie", "0.6.0"),
    }
    error = scanned(checkout, source, "gate", succeeds=False).error
    assert error.startswith("Failed: tool: scan linux/amd64: CVE-2021-44906 (CRITICAL) in minimist 1.2.5 at app/")
    assert re.search(r"^minor +LOW +CVE-2024-47764 +cookie +0\.6\.0 +0\.7\.0", error, re.MULTILINE)
    assert len(re.findall(r"^\w+ +\w+ +CVE-", error, re.MULTILINE)) == len(["minimist", "cookie"])


def test_what_no_image_should_hold_fails_also_where_a_later_layer_deletes_it(
    checkout: Checkout, source: Checkout
) -> None:
    """Whoever pulls the image can read it: a key, settings of a developer, source maps."""
    removed = f"FROM {DEBIAN}\nCOPY server.pem bundle.js.map .env /app/\nRUN rm /app/server.pem\nUSER 65532:65532\n"
    source.write({"server.pem": bad.private_key(), "bundle.js.map": "{}\n", ".env": "A=1\n", "Dockerfile": removed})
    error = scanned(checkout, source, "gate", succeeds=False).error
    assert re.search(
        r"tool: scan linux/amd64: secret private-key \(CRITICAL\) at app/server\.pem:1: .*deleted in a later layer",
        error,
    )
    assert re.search(r"env-file .*app/\.env", error)
    assert re.search(r"source-map .*app/bundle\.js\.map", error)


def test_only_what_is_new_fails_against_a_published_image(checkout: Checkout, source: Checkout) -> None:
    """What it had before is known, and what it no longer has is said to be gone."""
    published = f"{LAB_REGISTRY}/test/known:{uuid.uuid4()}"
    compared = ["--against", published]
    source.write(bad.image(bad.package("minimist", "1.2.5") | bad.package("braces", "3.0.2")))
    app = ["dockerfile-app", "--name=tool", f"--source={source.path}"]
    build = [*app, "build", "--platform=linux/amd64"]
    checkout.call(*build, "container", "publish", f"--address={published}")
    (source.path / "node_modules/braces/package.json").unlink()
    source.write(bad.image(bad.package("minimist", "1.2.5") | bad.package("cookie", "0.6.0")))
    out = checkout.call(*build, "scan", *compared, "gate").out
    assert re.search(r"^known +CRITICAL +CVE-2021-44906", out, re.MULTILINE)
    assert re.search(r"^gone +HIGH +CVE-2024-4068 +braces", out, re.MULTILINE)
    source.write(bad.image(bad.package("minimist", "1.2.5") | bad.package("next", "15.2.2")))
    error = checkout.call(*build, "scan", *compared, "gate", succeeds=False).error
    assert error.startswith("Failed: tool: scan linux/amd64: CVE-2025-29927 (CRITICAL) in next 15.2.2")
    assert "CVE-2021-44906 (CRITICAL) in" not in error


def test_a_database_whose_content_is_broken_is_an_error(checkout: Checkout, source: Checkout, tmp_path: Path) -> None:
    """The scanner itself refuses it, and that is no clean result."""
    with tarfile.open(trivy_database()) as archive:
        archive.extractall(tmp_path, filter="data")
    (tmp_path / "trivy.db").write_bytes(b"x" * 3000)
    with tarfile.open(tmp_path / "db.tar.gz", "w:gz") as archive:
        for name in ("trivy.db", "metadata.json"):
            archive.add(tmp_path / name, name)
    source.write({"Dockerfile": f"FROM {DEBIAN}\nUSER 65532:65532\n"})
    broken = [f"--trivy-db-file={tmp_path / 'db.tar.gz'}"]
    error = scanned(checkout, source, "gate", options=broken, succeeds=False).error
    assert error.startswith("Failed: tool: scan: the scanner failed: ")
    assert "failed to open db" in error


def test_a_scanner_that_is_killed_is_an_error(checkout: Checkout, source: Checkout) -> None:
    """What it had found until then is not taken for all."""
    killed = f"{LAB_REGISTRY}/test/killed:{uuid.uuid4()}"
    source.write(
        {"Dockerfile": f"FROM {DEBIAN}\nRUN printf '#!/bin/sh\\nkill -9 $$\\n' > /bin/trivy && chmod +x /bin/trivy\n"}
    )
    app = ["dockerfile-app", "--name=tool", f"--source={source.path}", "build", "--platform=linux/amd64"]
    checkout.call(*app, "container", "publish", f"--address={killed}")
    error = scanned(checkout, source, "gate", options=[f"--trivy-image={killed}"], succeeds=False).error
    assert error.startswith("Failed: tool: scan: the command was killed (137)")
