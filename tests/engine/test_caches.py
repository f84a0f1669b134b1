"""Cache volumes for real: kept in a registry, and what an engine makes that begins with them."""

import re
import secrets
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.engine import apps
from tests.engine.checkout import Called, Checkout
from tests.http import debian

pytestmark = pytest.mark.engine

INSTALLS: Final = re.compile(r"\badded \d+ packages\b")
"""What npm prints."""

FOLDER: Final = "examples/hello"
"""Where the application lies: the module does not read it there, and so need not be loaded anew."""


def test_a_build_begins_with_what_a_registry_keeps(changing: Checkout, tmp_path: Path) -> None:
    """Kept once, compiled on top of it, pulled where it is published, built where nothing can be had."""
    changing.commit("feat: say hello", **{f"{FOLDER}/{name}": text for name, text in apps.server().items()})
    with debian.running(tmp_path) as registry:
        port = registry.rpartition(":")[2]

        def call(verb: str, *options: str) -> Called:
            app = f"go-app hello {FOLDER} --repository . --path {FOLDER}"
            module = " ".join([f". --registry tcp://{registry}", *options])
            return changing.dagger("-c", f"{module} | without-apps | with-app $({app}) | {verb}")

        first = call(f"keep-caches localhost:{port}/caches").out
        assert re.search(r"^hello: kept caches for these lock files, \d+\.0 MB unpacked$", first, re.MULTILINE)
        again = call(f"keep-caches localhost:{port}/caches").out
        assert again == "hello: caches for these lock files are there already\n"
        seeded = call("build", f"--caches localhost:{port}/caches")
        assert "note:" not in seeded.out
        assert any("go build" in command for command in seeded.executed)
        call(f"publish --to localhost:{port}/acme --tag try")
        pulled = call("build", f"--published localhost:{port}/acme").out
        assert re.search(
            rf"^note: hello: localhost:{port}/acme/hello:key-\w+ is there already: not built", pulled, re.MULTILINE
        )
        other = call("build", f"--caches localhost:{port}/others").out
        assert f"note: hello: localhost:{port}/others keeps no caches for it yet" in other


def test_a_site_begins_with_what_was_installed_and_compiled(changing: Checkout, tmp_path: Path) -> None:
    """A line later nothing is installed, and what is made is what a build without caches makes."""
    with debian.running(tmp_path) as registry:
        port = registry.rpartition(":")[2]

        def call(verb: str, *options: str) -> Called:
            module = " ".join([f". --registry tcp://{registry}", *options])
            return changing.dagger("-c", f"{module} | without-apps | with-app $(. | frontend) | {verb}")

        call(f"keep-caches localhost:{port}/caches")
        tags = httpx.get(f"http://{registry}/v2/caches/tags/list").json()["tags"]
        assert any(tag.startswith("cache-frontend-installed-") for tag in tags)
        footer = "src/components/site-footer.tsx"
        text = (changing.path / "frontend" / footer).read_text("utf-8")
        # No engine has built it yet, however often this ran.
        text = text.replace("NeuronIP front end", f"NeuronIP {secrets.token_hex(4)}")
        changing.commit("feat: say more", **{f"frontend/{footer}": text})
        begun = call("build", f"--caches localhost:{port}/caches")
        assert "note:" not in begun.out
        assert not INSTALLS.search(begun.log)
        assert call("build").out == begun.out
