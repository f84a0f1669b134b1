"""The compiler's cache of Next.js: whose it is."""

import dataclasses

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.app import App
from pipeline.nodes.next import _compiler_cache
from pipeline.policy.references import Reference
from pipeline.policy.versions import Stamp

from .queries import held


@pytest.fixture
def web(pipeline: Pipeline) -> App:
    """A site."""
    return pipeline.next_app("web", held(dagger.Directory, "source"))


def volume(app: App) -> str:
    """The volume that its compiler has."""
    return _compiler_cache(app._order(Stamp(), [], Reference("")))


def test_each_application_has_its_own(web: App) -> None:
    """Also of another repository, or built with another Node.js."""
    others = [
        dataclasses.replace(web, name="shop"),
        web.with_labels(url="https://github.com/acme/other"),
        dataclasses.replace(web, tools=dataclasses.replace(web.tools, node="node:2")),
    ]
    assert len({volume(web), *map(volume, others)}) == 4


def test_what_a_registry_kept_makes_nothing_that_is_published(web: App) -> None:
    """A build that begins with it writes into another volume than one without."""
    assert volume(dataclasses.replace(web, seed=held(dagger.Directory, "seed"))) != volume(web)
