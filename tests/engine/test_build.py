"""`dagger call build`: its table, and what it does not do twice."""

import re

import pytest

from tests.engine.checkout import Checkout

pytestmark = pytest.mark.engine


def test_build_prints_a_line_for_every_image_and_does_nothing_twice(checkout: Checkout) -> None:
    """Application, platform, both sizes, user, base and version, for two applications on two platforms.

    A second build of the same sources starts not one container.
    """
    header, *rows = checkout.call("build").out.splitlines()
    assert header.split() == ["APPLICATION", "PLATFORM", "COMPRESSED", "UNPACKED", "USER", "BASE", "VERSION"]
    assert [row.split()[:2] for row in rows] == [
        [app, platform] for app in ("api", "frontend") for platform in ("linux/amd64", "linux/arm64")
    ]
    line = r"\S+ +linux/\w+ +\d+\.\d MB +\d+\.\d MB  65532:65532  gcr\.io/distroless/\S+ +0\.0\.0-dev\.1\+g[0-9a-f]{7}"
    assert all(re.fullmatch(line, row) for row in rows)
    assert checkout.call("build").executed == []


def test_a_commit_is_no_change_of_the_module(changing: Checkout) -> None:
    """Nor is a page or a test: whatever an engine takes for one is loaded anew. Versions know of the commit."""
    asked = ["core", "module-source", "--ref-string", ".", "digest"]
    before = changing.dagger(*asked).out
    files = {"README.md": "More.", "tests/test_more.py": "", "docs/more.md": "More.", "api/more.txt": "More."}
    revision = changing.commit("docs: say more", **files)
    assert changing.dagger(*asked).out == before
    assert changing.call("api", "version").out.strip().endswith(f"+g{revision[:7]}")
    changing.write({"pipeline/more.py": "MORE = 1\n"})
    assert changing.dagger(*asked).out != before
