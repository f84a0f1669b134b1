"""The Dockerfiles make what the module makes."""

import json
import re
from typing import Any, Final

import pytest

from bench.compare.applications import APPLICATIONS, Application
from bench.compare.buildkit import DOCKERFILES
from pipeline.nodes import neuronip
from pipeline.nodes.app import App
from pipeline.nodes.registries import Registries
from pipeline.nodes.scanner import Scanner
from pipeline.nodes.settings import Toolbox

_SCANNER: Final = Scanner(image="trivy", reference="", max_age=3, file=None, registries=Registries())


def made(application: Application) -> App:
    """The module's own; what the engine would hold of it is none of the question."""
    nothing: Any = None
    if application.name == "api":
        return neuronip.api(nothing, nothing, Toolbox(), _SCANNER, "postgres")
    return neuronip.frontend(nothing, nothing, Toolbox(), _SCANNER)


def read(application: Application) -> str:
    """The Dockerfile, with lines that go on put together."""
    return re.sub(r"\\\n\s*", "", (DOCKERFILES / application.dockerfile).read_text("utf-8"))


applications = pytest.mark.parametrize("application", APPLICATIONS, ids=[one.name for one in APPLICATIONS])


@applications
def test_images_are_the_pinned_ones(application: Application) -> None:
    """Whoever moves a pin moves it here."""
    found = dict(re.findall(r"^ARG (\w+_IMAGE)=(\S+)$", read(application), re.MULTILINE))
    assert found == {name: default for name, (_, default) in application.images.items()}


@applications
def test_what_is_no_source_is_ignored(application: Application) -> None:
    """As the module ignores it; tests, too."""
    name = f"{application.dockerfile}.dockerignore"
    ignored = (DOCKERFILES / name).read_text("utf-8").splitlines()
    assert set(made(application).ignored) < set(ignored)
    assert [one for one in ignored if "test" in one]


@applications
def test_images_are_run_in_the_same_way(application: Application) -> None:
    """User, port, environment, health check."""
    text, app = read(application), made(application)
    assert f"EXPOSE {app.run.port}\n" in text
    assert "USER 65532:65532\n" in text
    (command,) = re.findall(r"^HEALTHCHECK .*CMD (.*)$", text, re.MULTILINE)
    assert json.loads(command) == app.health_command
    final = text.rpartition("\nFROM ")[2]
    environment = dict(pair.split("=") for pair in " ".join(re.findall(r"^ENV (.+)$", final, re.MULTILINE)).split())
    assert environment == app.run.environment


@applications
def test_labels_say_the_same(application: Application) -> None:
    """But for the base's digest, which a Dockerfile does not know."""
    about = made(application).about
    labels = dict(re.findall(r'org\.opencontainers\.image\.([\w.]+)="([^"]*)"', read(application)))
    assert (labels["title"], labels["description"]) == (about.title, about.description)
    assert (labels["source"], labels["licenses"]) == (about.url, about.licenses)
    assert {"version", "revision", "created", "base.name"} < labels.keys()


def test_the_compiler_is_told_the_same() -> None:
    """Flags of the linker, and variables."""
    app = made(APPLICATIONS[0])
    assert app.go
    (flags,) = re.findall(r'-ldflags="([^"]*)"', read(APPLICATIONS[0]))
    assert flags == (
        f"-s -w -buildid= -X {app.go.version_variable}=$VERSION"
        f" -X {app.go.date_variable}=$CREATED -X {app.go.commit_variable}=$REVISION"
    )
    assert f"-o /out/{app.go.binary} {app.go.package}" in read(APPLICATIONS[0])
