"""Links of the pages that are no part of the site; those of the site are looked at by its build."""

from pathlib import Path

import pytest

from tests.docs.pages import EXAMPLES, FRONT, tokens


def links(page: Path) -> list[str]:
    """Where a page links to, pictures too, on this disk."""
    found = [str(token.attrGet("href") or token.attrGet("src") or "") for token in tokens(page)]
    return [address.partition("#")[0] for address in found if address and ":" not in address]


@pytest.mark.parametrize("page", FRONT, ids=[page.parent.name + "/" + page.name for page in FRONT])
def test_links_lead_to_files(page: Path) -> None:
    """Relative ones; what lies on the web is not asked."""
    assert [link for link in links(page) if not (page.parent / link).exists()] == []


def test_links_are_found() -> None:
    """Otherwise the test before would hold of any page."""
    assert {"docs/graph.svg", "docs/reference.md", "CONTRIBUTING.md", "api"} <= set(links(FRONT[0]))
    assert {"go-service", "kind/together"} <= set(links(EXAMPLES / "README.md"))
