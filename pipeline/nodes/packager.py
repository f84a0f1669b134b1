"""What another module brings, to be a kind of application."""

from typing import Annotated, Protocol

import dagger
from dagger import Doc

from pipeline.nodes.typed import function, interface


@interface
class Packager(Protocol):
    """What an object of another module has to have, to be a kind of application: one function."""

    @function
    def package(
        self,
        source: Annotated[dagger.Directory, Doc("The source tree")],
        platform: Annotated[str, Doc("The platform to make it for, such as linux/arm64")],
        version: Annotated[str, Doc("The version to build in")],
    ) -> dagger.Directory:
        """The files that are laid on the root of the base image; the same input has to give the same files."""
