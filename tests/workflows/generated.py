"""Workflows as the module writes them, for this repository and for others, and how they are read."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from pipeline.pins import Action
from pipeline.policy.workflows import FOLDER, Workflows
from pipeline.report.workflows import workflows

ROOT: Final = Path(__file__).parents[2]
ACTIONS: Final[Mapping[str, str]] = Action.__members__

_MODULE: Final = "github.com/neurondb/NeuronIP@v1.2.3"
_APPS: Final = ["go-app billing ./billing --port 9000", "next-app web sites/web", "dockerfile-app tool ./tool"]

OWN: Final = Workflows(registry="ghcr.io/neurondb", caches="ghcr.io/neurondb/caches", generated=True)
WISHES: Final = {
    "own": OWN,
    "module": Workflows(registry="ghcr.io/acme/shop-{app}", branch="trunk", runner="self-hosted"),
    "apps": Workflows(registry="ghcr.io/acme", apps=_APPS, module=_MODULE, caches="ghcr.io/acme/caches"),
    "other registry": Workflows(registry="docker.io/acme", apps=_APPS, module=_MODULE, branch="release/next"),
    "no releases": Workflows(registry="registry.example.com:5000/acme", releases=False, code_scanning=False),
    "unsigned": Workflows(registry="ghcr.io/acme", attest=False),
}
"""What is asked for, by what is special about it."""

FILES: Final = {
    f"{name}/{file}": text for name, wish in WISHES.items() for file, text in workflows(wish, ACTIONS).items()
}
"""Every file, by the wish and its name."""

COMMITTED: Final = ROOT / FOLDER


def read(text: str) -> dict[str, Any]:
    """A workflow; its triggers stand under `on`, which YAML 1.1 takes for true."""
    found = yaml.safe_load(text)
    return {"on" if key is True else key: value for key, value in found.items()}


def workflow(name: str) -> dict[str, Any]:
    """One of this repository."""
    return read(FILES[f"own/{name}"])


def jobs(text: str) -> dict[str, dict[str, Any]]:
    """The jobs of a workflow."""
    return dict(read(text)["jobs"])


def steps(text: str) -> list[dict[str, Any]]:
    """Every step of every job."""
    return [step for job in jobs(text).values() for step in job["steps"]]


def calls(text: str) -> Iterator[tuple[str, str]]:
    """Every call of Dagger, with the kind of it: `call` or `shell`."""
    for step in steps(text):
        for kind in ("call", "shell"):
            if kind in step.get("with", {}):
                yield kind, step["with"][kind]
