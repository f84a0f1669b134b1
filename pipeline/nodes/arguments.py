"""Arguments that several functions have, with their descriptions."""

from typing import Annotated

import dagger
from dagger import Doc

Name = Annotated[str, Doc("Name in tables, errors and image titles")]
Repository = Annotated[dagger.GitRepository | None, Doc("Its repository, at its head; none: 0.0.0-dev")]
Path = Annotated[str, Doc("Where the source lies in the repository")]
Environment = Annotated[list[str] | None, Doc("NAME=value at run time")]

Platforms = Annotated[
    list[dagger.Platform] | None, Doc("Platforms to build for; linux/amd64 and linux/arm64 when none is given")
]
OnePlatform = Annotated[dagger.Platform | None, Doc("Default: the engine's own, else the first")]

Against = Annotated[
    list[str] | None, Doc("Published images to compare with, as api=ghcr.io/acme/api:latest: only new findings fail")
]
