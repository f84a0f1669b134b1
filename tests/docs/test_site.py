"""The site is built without a warning, and needs nothing from elsewhere."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest

from tests.docs.pages import DOCS

_OPTIONS: Final = ["-W", "--keep-going", "-n", "-q", "-b", "html"]
"""Those of `make docs`."""


def built(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Build the site."""
    command = [sys.executable, "-m", "sphinx", *_OPTIONS, str(source), str(target)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as it is built from the checkout."""
    target = tmp_path_factory.mktemp("site")
    done = built(DOCS, target)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return target


class Loads(HTMLParser):
    """What a browser fetches for a page, by the page itself."""

    def __init__(self) -> None:
        """Nothing is found yet."""
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the address of whatever is loaded and not only linked to."""
        if tag != "a":
            self.found += [value for name, value in attrs if name in {"src", "href", "srcset"} and value]


def test_every_page_is_built_and_in_the_menu(site: Path) -> None:
    """A page that no menu holds is a warning, and a warning fails the build."""
    assert {page.stem for page in DOCS.glob("*.md")} <= {page.stem for page in site.glob("*.html")}


def test_links_that_lead_nowhere_fail_the_build(tmp_path: Path) -> None:
    """To pages, to headings of others and of its own, to pictures; with the settings of the site."""
    links = ["[a](lost.md)", "[b](other.md#lost-there)", "[c](#lost-here)", "![d](lost.svg)"]
    shutil.copytree(DOCS / "_static", tmp_path / "docs/_static")
    shutil.copy(DOCS / "conf.py", tmp_path / "docs")
    menu = "```{toctree}\nother\n```\n"
    (tmp_path / "docs/index.md").write_text("\n\n".join(["# A page", *links, menu]), "utf-8")
    (tmp_path / "docs/other.md").write_text("# Another\n\n[e](index.md#a-page)\n", "utf-8")
    done = built(tmp_path / "docs", tmp_path / "site")
    assert done.returncode == 1
    assert {"lost.md", "lost-there", "lost-here", "lost.svg"} == set(re.findall(r"lost[.a-z-]*\w", done.stderr))


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    """Neither fonts nor scripts nor pictures: the site works without internet, and tells nobody who reads it."""
    for page in site.glob("*.html"):
        loads = Loads()
        loads.feed(page.read_text("utf-8"))
        assert [address for address in loads.found if re.match(r"(https?:)?//", address)] == [], page.name
    styles = "".join(style.read_text("utf-8") for style in site.rglob("*.css"))
    assert re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", styles) == []
