"""What the tests of queries share: an engine that answers what a test says, and a pipeline of objects known by id."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import dagger
import pytest
from dagger.client import _core
from dagger.client._core import Context

from pipeline.main import Pipeline
from pipeline.nodes.app import App
from pipeline.policy.versions import Stamp
from tests.http import debian

from .checked import Shops, both
from .keeping import Kept
from .published import pushable
from .queries import Engine, held
from .scans import Scanners

# The SDK makes one for every call, which takes longer than the rest of a test. Its context is that of objects in lists,
# which a test gives as they are.
_CONVERTER: Final = _core.make_converter(dagger.dag._ctx)


@pytest.fixture(autouse=True)
def _one_converter(monkeypatch: pytest.MonkeyPatch) -> None:
    """All calls share a converter of values."""
    monkeypatch.setattr(_core, "make_converter", lambda _: _CONVERTER)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Leaf queries are answered by the test."""
    found = Engine()

    async def execute(context: Context, return_type: object = None) -> object:
        return await found.execute(context, return_type)

    monkeypatch.setattr(Context, "execute", execute)
    return found


@pytest.fixture
def pipeline() -> Pipeline:
    """The module as a caller makes it, with images that have short names."""
    return Pipeline(
        api_source=held(dagger.Directory, "api"),
        frontend_source=held(dagger.Directory, "frontend"),
        repository=held(dagger.GitRepository, "repository"),
        go_image="golang:1",
        node_image="node:1",
        static_image="static:1@sha256:5",
        libc_image="libc:1@sha256:6",
        nodejs_image="nodejs:1@sha256:7",
        postgres_image="postgres:1",
    )


@pytest.fixture
def stamp() -> Stamp:
    """A release."""
    return Stamp("1.4.0", "abc1234def", 1_700_000_000)


@pytest.fixture
def app(pipeline: Pipeline, engine: Engine) -> App:
    """A Go application with everything set."""
    engine.answers(entries=["go.mod", "go.sum"], imageRef="docker.io/library/static:1@sha256:now")
    source = held(dagger.Directory, "source")
    return pipeline.go_app(
        "shop", source, port=8082, health_path="/health", healthcheck=["check"], args=["serve"], env=["B=2", "A=1"]
    )


@pytest.fixture
def scanners(engine: Engine, app: App) -> Scanners:
    """An engine that finds nothing, until a test says otherwise."""
    _ = app
    answering = Scanners()
    answering.answer(engine)
    return answering


@pytest.fixture
def shops(engine: Engine) -> Shops:
    """Every stage passes, until a test says otherwise."""
    answering = Shops()
    answering.answer(engine)
    return answering


@pytest.fixture
def two(pipeline: Pipeline, shops: Shops) -> Pipeline:
    """A pipeline of the applications `good` and `bad`."""
    _ = shops
    return both(pipeline)


@pytest.fixture
def published(two: Pipeline, engine: Engine, shops: Shops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """The same pipeline, whose images have layers that can be pushed."""
    pushable(engine, shops)
    monkeypatch.chdir(tmp_path)
    return two


@pytest.fixture
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry that is empty."""
    if not debian.found():
        pytest.skip("caches in a real registry: left out, docker-registry is not on PATH")
    with debian.running(tmp_path_factory.mktemp("registry")) as name:
        yield name


@pytest.fixture
def kept(engine: Engine, two: Pipeline) -> Kept:
    """An engine that packs what is kept."""
    _ = two
    return Kept(engine)
