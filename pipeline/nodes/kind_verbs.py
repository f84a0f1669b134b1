"""The noun for applications of kinds that other modules know."""

import abc
from typing import Annotated

import dagger
from dagger import Doc

from pipeline.nodes.app import App
from pipeline.nodes.arguments import Environment, Name, Path, Repository
from pipeline.nodes.errors import stage
from pipeline.nodes.kind import Kind
from pipeline.nodes.packager import Packager
from pipeline.nodes.scanner import Scanner
from pipeline.nodes.settings import About, Run, Toolbox, checked, pairs
from pipeline.nodes.typed import function


class KindVerbs(abc.ABC):
    """What the pipeline takes from other modules; it is a class of its own to keep files short."""

    static_image: str

    @property
    @abc.abstractmethod
    def tools(self) -> Toolbox:
        """The images that the stages run in."""

    @abc.abstractmethod
    def scanner(self) -> Scanner:
        """Trivy."""

    @function
    def kind_app(
        self,
        name: Name,
        source: Annotated[dagger.Directory, Doc("The source tree, as the packager reads it")],
        packager: Annotated[Packager, Doc("Object of another module with the function package")],
        entrypoint: Annotated[
            list[str], Doc("Command of the image: a path in what the packager makes, or in the base")
        ],
        repository: Repository = None,
        path: Path = ".",
        port: Annotated[int, Doc("Port that it listens on")] = 8080,
        health_path: Annotated[str, Doc("Path that answers 2xx when it is healthy")] = "/health",
        healthcheck: Annotated[list[str] | None, Doc("Command for the image's HEALTHCHECK")] = None,
        args: Annotated[list[str] | None, Doc("Default arguments")] = None,
        env: Environment = None,
        base: Annotated[str, Doc("Base image; default: static-image")] = "",
    ) -> App:
        """An application of a kind that another module knows: it makes the files, all else is as for the others.

        Not for the command line, which shows no function with such an argument: a third module puts both together.
        """
        with stage(name, "arguments"):
            if not entrypoint:
                raise ValueError("there is no command to start it with; say which with entrypoint")
            run = Run(
                port=port, health_path=health_path, arguments=args or [], environment=pairs(env or [], "the variable")
            )
            return App(
                name=checked(name, "the name"),
                source=source,
                path=path,
                repository=repository,
                about=About(title=name),
                run=run,
                base=base or self.static_image,
                tools=self.tools,
                scanner=self.scanner(),
                health_command=healthcheck or [],
                packager=packager,
                kind=Kind(entrypoint=entrypoint),
            )
