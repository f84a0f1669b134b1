"""Rehearse: a whole release with a registry and a stand-in for GitHub that live as long as the call."""

import dataclasses
from importlib.resources import files
from typing import Final

import dagger
from dagger import dag

from pipeline.nodes import git
from pipeline.nodes.registries import ephemeral
from pipeline.nodes.release import Release

_PORT: Final = 8080
"""Of the registry and of the stand-in: the names of images hold at the stand-in, which shows them."""

_FOLDER: Final = "/opt/pipeline/rehearsal"
_NOTE: Final = "\nnote: a rehearsal; registry and GitHub were stand-ins of this call, and nothing outside was touched\n"

# Guards nothing: the stand-in holds what this call made, and nobody reaches it from outside.
_TOKEN: Final = "rehearsal"  # noqa: S105


@dataclasses.dataclass(frozen=True, kw_only=True)
class Images:
    """What a rehearsal runs on: an image with Python, and one of the distribution project's registry."""

    python: str
    registry: str


async def rehearse(release: Release, images: Images) -> tuple[str, dagger.Service]:
    """Carry a release out, and give its text and the stand-in for GitHub that holds it, images included.

    From whatever branch: it is to be seen before it is merged.

    Raises:
        Failed: a step failed, as it would in a release.
    """
    registry = await ephemeral(dag.container().from_(images.registry), _PORT)
    checkout = await git.facts(release.repository, release.wanted.tag, release.image)
    tagged = f"{release.wanted.tag}={checkout.tagged or checkout.commit}"
    service = await _github(images.python, release.hub.repository, tagged, registry).start()
    registries = dataclasses.replace(release.registries, service=registry)
    token = dag.set_secret("rehearsal-token", _TOKEN)
    wish = dataclasses.replace(release.wish, to=[await registries.local()], branches=["*"], holder="a rehearsal")
    rehearsed = dataclasses.replace(
        release, registries=registries, wish=wish, hub=dataclasses.replace(release.hub, token=token, service=service)
    )
    return await rehearsed.run() + _NOTE, service


def _github(python: str, repository: str, tagged: str, registry: dagger.Service) -> dagger.Service:
    """The stand-in, with the tag that somebody would have pushed, and the images of the registry."""
    container = dag.container().from_(python)
    for part in files("pipeline.rehearsal").iterdir():
        if part.name.endswith(".py"):
            container = container.with_new_file(f"{_FOLDER}/{part.name}", part.read_text("utf-8"))
    command = ["python3", f"{_FOLDER}/github.py", f"--port={_PORT}", f"--repository={repository}"]
    command += [f"--token={_TOKEN}", f"--tag={tagged}", f"--registry=registry:{_PORT}"]
    return container.with_service_binding("registry", registry).with_exposed_port(_PORT).as_service(args=command)
