"""The two applications, as Dockerfiles need to be told of them: images, version, revision, time."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pipeline import pins
from pipeline.host.git import Git
from pipeline.policy.versions import History, Stamp, stamp


@dataclasses.dataclass(frozen=True, kw_only=True)
class Application:
    """An application: its folder has its name, and so has its Dockerfile.

    `images` has each argument of the Dockerfile that names an image: the name of the same in the module's `.env`, and
    what it is where that says nothing.
    """

    name: str
    images: Mapping[str, tuple[str, str]]

    @property
    def dockerfile(self) -> str:
        """The file's name in `bench/dockerfiles`."""
        return f"{self.name}.Dockerfile"


APPLICATIONS: Final = (
    Application(name="api", images={"GO_IMAGE": ("goImage", pins.GO), "BASE_IMAGE": ("staticImage", pins.STATIC)}),
    Application(
        name="frontend", images={"NODE_IMAGE": ("nodeImage", pins.NODE), "BASE_IMAGE": ("nodejsImage", pins.NODEJS)}
    ),
)


def arguments(application: Application, folder: Path) -> dict[str, str]:
    """The build arguments for a checkout: the images that the module takes there, and the stamp that it would find."""
    settings = read_settings(folder / ".env")
    images = {name: settings.get(key, default) for name, (key, default) in application.images.items()}
    found = _stamp(Git(folder), application.name)
    return {**images, "VERSION": found.version, "REVISION": found.revision, "CREATED": found.created}


def read_settings(path: Path) -> dict[str, str]:
    """What stands in a `.env`: a name and a value a line; nothing where there is none."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {name: value for name, equals, value in (line.partition("=") for line in lines) if equals}


def _stamp(git: Git, path: str) -> Stamp:
    """The stamp of a folder of a checkout that has no tags: the copies that are measured have none."""
    revision, time = git("log", "-1", "--format=%H %ct", "--", path).split()
    distance, dirty = git("rev-list", "--count", revision), git("status", "--porcelain", "--", path)
    return stamp(History(revision=revision, time=int(time), distance=int(distance), dirty=bool(dirty)))
