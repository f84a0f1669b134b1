"""The module as a dependency of another one, in a git repository that is not ours."""

import json
from pathlib import Path
from typing import Final

import pytest

from tests.engine.apps import server
from tests.engine.checkout import Checkout, copy_module

pytestmark = pytest.mark.engine

MAIN: Final = '''\
from typing import Annotated

import dagger
from dagger import DefaultPath, dag, function, object_type


@object_type
class Acme:
    @function
    async def billing(
        self,
        source: Annotated[dagger.Directory, DefaultPath("/billing")],
        repository: Annotated[dagger.GitRepository, DefaultPath("/")],
    ) -> str:
        """Build, smoke-test and inspect the billing service."""
        pipeline = dag.pipeline()
        app = pipeline.go_app("billing", source, repository=repository, path="billing")
        image = app.with_labels(url="https://example.com/acme").with_budget(added=20).build()
        await image.smoke()
        return await image.inspect()

    @function
    async def table(self, source: Annotated[dagger.Directory, DefaultPath("/billing")]) -> str:
        """Put the service, without its repository, under a verb of the module."""
        pipeline = dag.pipeline()
        return await pipeline.without_apps().with_app(pipeline.go_app("billing", source)).build()
'''

PROJECT: Final = """\
[project]
name = "acme"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["dagger-io"]

[project.entry-points."dagger.mod"]
main_object = "acme:Acme"

[build-system]
requires = ["uv_build>=0.9,<1"]
build-backend = "uv_build"

[tool.uv.build-backend]
module-root = ""

[tool.dagger]
base-image = "python:3.13-slim"
"""


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A repository of somebody else, with a service, a module of its own, and this module beside it."""
    path: Path = tmp_path_factory.mktemp("acme")
    copy_module(path / "third_party/pipeline")
    there = Checkout(path)
    there.git("init", "--quiet", "--initial-branch=main")
    dependencies = [{"name": "pipeline", "source": "third_party/pipeline"}]
    module = {"name": "acme", "engineVersion": "v0.21.8", "sdk": {"source": "python"}, "dependencies": dependencies}
    service = {f"billing/{name}": text for name, text in server().items()}
    there.commit("Start", **{"dagger.json": json.dumps(module), "pyproject.toml": PROJECT, "acme/__init__.py": MAIN})
    there.commit("Add the billing service", **service)
    return there


def test_an_image_of_another_repository_carries_that_ones_commit(acme: Checkout) -> None:
    """Revision and version come from the caller's repository, the last commit that touched the service."""
    service = acme.git("rev-parse", "HEAD")
    acme.commit("Elsewhere", README="Acme\n")
    labels = json.loads(acme.call("billing").out)["Labels"]
    assert labels["org.opencontainers.image.revision"] == service
    assert labels["org.opencontainers.image.version"] == f"0.0.0-dev.2+g{service[:7]}"
    assert labels["org.opencontainers.image.source"] == "https://example.com/acme"


def test_an_application_without_a_repository_never_gets_our_commit(acme: Checkout) -> None:
    """A default path would mean this module's repository: without one there is no revision."""
    row = acme.call("table").out.splitlines()[1]
    assert row.split()[0] == "billing"
    assert row.split()[-1] == "0.0.0-dev"
