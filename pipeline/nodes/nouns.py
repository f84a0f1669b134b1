"""The nouns that make an application: of Go, of Next.js, of a Dockerfile, and of a kind that another module knows."""

import abc
import dataclasses
from typing import Annotated

import dagger
from dagger import Doc

from pipeline.nodes.app import App
from pipeline.nodes.arguments import Environment, Name, Path, Repository
from pipeline.nodes.dockerfile import Dockerfile
from pipeline.nodes.errors import stage
from pipeline.nodes.go import Go
from pipeline.nodes.kind import Kind
from pipeline.nodes.next import Next
from pipeline.nodes.packager import Packager
from pipeline.nodes.parts import part, parts
from pipeline.nodes.scanner import Scanner
from pipeline.nodes.settings import About, Run, Toolbox, checked, pairs
from pipeline.nodes.typed import function


class Nouns(abc.ABC):
    """Applications of other repositories; it is a class of its own to keep files short."""

    static_image: str
    libc_image: str
    nodejs_image: str

    @property
    @abc.abstractmethod
    def tools(self) -> Toolbox:
        """The images that the stages run in."""

    @abc.abstractmethod
    def scanner(self) -> Scanner:
        """Trivy."""

    @function
    def go_app(
        self,
        name: Name,
        source: Annotated[dagger.Directory, Doc("Folder of the Go module")],
        repository: Repository = None,
        path: Path = ".",
        only: Annotated[
            list[str] | None, Doc("Build from these files and folders of the source alone; default: from all of it")
        ] = None,
        package: Annotated[str, Doc("Main package, such as ./cmd/server; found when there is one")] = "",
        binary: Annotated[str, Doc("File name of the binary; default: the name")] = "",
        cgo: Annotated[bool, Doc("Compile C, on each platform itself, onto a base with a C library")] = False,
        packages: Annotated[list[str] | None, Doc("Debian packages that the compiler needs")] = None,
        version_variable: Annotated[str, Doc("Variable that gets the version")] = "main.version",
        date_variable: Annotated[str, Doc("Variable that gets the commit's time, RFC 3339")] = "main.buildDate",
        commit_variable: Annotated[str, Doc("Variable that gets the commit")] = "main.gitCommit",
        build_env: Annotated[list[str] | None, Doc("NAME=value at build time, such as GOPRIVATE=example.com")] = None,
        files: Annotated[dagger.Directory | None, Doc("Files for run time, in /app: migrations, templates")] = None,
        files_path: Annotated[str, Doc("Where the files lie in the repository; without it nothing is released")] = "",
        port: Annotated[int, Doc("Port that it listens on")] = 8080,
        health_path: Annotated[str, Doc("Path that answers 2xx when it is healthy")] = "/health",
        healthcheck: Annotated[list[str] | None, Doc("Arguments of the binary for the image's HEALTHCHECK")] = None,
        args: Annotated[list[str] | None, Doc("Default arguments")] = None,
        env: Environment = None,
        base: Annotated[str, Doc("Base image; default: static-image, with cgo libc-image")] = "",
    ) -> App:
        """A Go application: a static binary on distroless."""
        with stage(name, "arguments"):
            environment = pairs(env or [], "the variable")
            alone = parts(only or [])
            recipe = Go(
                package=package,
                binary=checked(binary or name, "the binary's name"),
                cgo=cgo,
                packages=packages or [],
                version_variable=version_variable,
                date_variable=date_variable,
                commit_variable=commit_variable,
                environment=pairs(build_env or [], "the build variable"),
            )
            run = Run(port=port, health_path=health_path, arguments=args or [], environment=environment)
            source = part(source, alone) if alone else source
            base = base or (self.libc_image if cgo else self.static_image)
            return dataclasses.replace(
                self._made(name, source, repository, path, run, base),
                only=alone,
                health_command=[f"/usr/local/bin/{recipe.binary}", *healthcheck] if healthcheck else [],
                files=files,
                files_path=files_path,
                go=recipe,
            )

    @function
    def next_app(
        self,
        name: Name,
        source: Annotated[dagger.Directory, Doc("Folder with package.json and the lock file")],
        repository: Repository = None,
        path: Path = ".",
        unlocked: Annotated[bool, Doc("Install although there is no lock file")] = False,
        install_args: Annotated[list[str] | None, Doc("Further arguments of npm ci or pnpm install")] = None,
        npm_registry: Annotated[str, Doc("Registry in place of npm's own")] = "",
        build_env: Annotated[
            list[str] | None, Doc("NAME=value at build time; the browser may see NEXT_PUBLIC_")
        ] = None,
        version_variable: Annotated[str, Doc("Build variable that gets the version")] = "",
        revision_variable: Annotated[str, Doc("Build variable that gets the commit, for generateBuildId")] = "",
        public_keys: Annotated[
            bool, Doc("Draft mode, server actions and middleware guard nothing: their keys may be known")
        ] = False,
        port: Annotated[int, Doc("Port that it listens on")] = 3000,
        health_path: Annotated[str, Doc("Path that answers 2xx when it is healthy")] = "/",
        env: Environment = None,
        base: Annotated[str, Doc("Base image with /nodejs/bin/node; default: nodejs-image")] = "",
    ) -> App:
        """A Next.js application: standalone output on distroless, or production dependencies without it."""
        with stage(name, "arguments"):
            run = Run.node(port, health_path, pairs(env or [], "the variable"))
            return dataclasses.replace(
                self._made(name, source, repository, path, run, base or self.nodejs_image),
                health_command=run.node_health_command,
                next=Next(
                    public_keys=public_keys,
                    unlocked=unlocked,
                    install_arguments=install_args or [],
                    registry=npm_registry,
                    environment=pairs(build_env or [], "the build variable"),
                    version_variable=version_variable,
                    revision_variable=revision_variable,
                ),
            )

    @function
    def dockerfile_app(
        self,
        name: Name,
        source: Annotated[dagger.Directory, Doc("Build context")],
        repository: Repository = None,
        path: Path = ".",
        file: Annotated[str, Doc("The Dockerfile, in the context")] = "Dockerfile",
        target: Annotated[str, Doc("Stage to build; default: the last")] = "",
        build_args: Annotated[
            list[str] | None, Doc("NAME=value for ARG; not for secrets, which stay in history")
        ] = None,
        port: Annotated[int, Doc("Port that it listens on")] = 8080,
        health_path: Annotated[str, Doc("Path that answers 2xx when it is healthy")] = "/",
    ) -> App:
        """An application that brings its own Dockerfile."""
        with stage(name, "arguments"):
            run = Run(port=port, health_path=health_path)
            return dataclasses.replace(
                self._made(name, source, repository, path, run, ""),
                dockerfile=Dockerfile(
                    file=file, target=target, arguments=pairs(build_args or [], "the build argument")
                ),
            )

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
            return dataclasses.replace(
                self._made(name, source, repository, path, run, base or self.static_image),
                health_command=healthcheck or [],
                packager=packager,
                kind=Kind(entrypoint=entrypoint),
            )

    def _made(
        self,
        name: str,
        source: dagger.Directory,
        repository: dagger.GitRepository | None,
        path: str,
        run: Run,
        base: str,
    ) -> App:
        """An application with what every kind has, and no kind yet."""
        return App(
            name=checked(name, "the name"),
            source=source,
            repository=repository,
            path=path,
            about=About(title=name),
            run=run,
            base=base,
            tools=self.tools,
            scanner=self.scanner(),
        )
