"""What every kind of application shares: the order to build, and the image config around its files."""

import dataclasses
from collections.abc import Mapping
from typing import Final, Protocol

import dagger
from dagger import dag

from pipeline.nodes.packager import Packager
from pipeline.nodes.settings import Run, Toolbox
from pipeline.policy.images import Facts
from pipeline.policy.platforms import Target
from pipeline.policy.references import Reference, parse
from pipeline.policy.versions import Stamp

USER: Final = "65532:65532"
"""`nonroot` of distroless, by number: Kubernetes checks runAsNonRoot against numbers only."""

SALT: Final = "PIPELINE_SALT"
"""The variable that makes every command of a build run again, wherever the engine knows its result."""


@dataclasses.dataclass(frozen=True)
class Volume:
    """A cache volume; of one that is `alone` one command at a time has the use."""

    name: str
    alone: bool = False

    @property
    def opened(self) -> dagger.CacheVolume:
        """The volume of this name. For the engine the mode is a part of it: mounted in another one it is another."""
        mode = dagger.CacheSharingMode.LOCKED if self.alone else dagger.CacheSharingMode.SHARED
        return dag.cache_volume(self.name, sharing=mode)


INSTALLED: Final = "installed"
"""What is installed, among what an application begins with."""


@dataclasses.dataclass(frozen=True)
class Installed:
    """The container in which packages are installed, and what beside files and images decides on them."""

    container: dagger.Container
    settings: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be built: the source, for which platforms, stamped how, with which images and secrets."""

    source: dagger.Directory
    targets: list[Target]
    stamp: Stamp
    base_reference: Reference
    facts: Facts
    run: Run
    health_command: list[str]
    tools: Toolbox
    secrets: dict[str, dagger.Secret]
    files: dagger.Directory | None
    seeds: Mapping[str, dagger.Directory] = dataclasses.field(default_factory=dict)
    packager: Packager | None = None
    services: dict[str, dagger.Service] = dataclasses.field(default_factory=dict)
    test_environment: dict[str, str] = dataclasses.field(default_factory=dict)

    def assemble(self, target: Target, layers: list[dagger.Directory], entrypoint: list[str]) -> dagger.Container:
        """Put the files on the base, a layer each, and write the config.

        Every time in a layer is the commit's, so the same files have the same digest whenever they were made.
        """
        digest = f"@{self.base_reference.digest}" if self.base_reference.digest else ""
        out = dag.container(platform=dagger.Platform(target.platform)).from_(self.base_reference.name + digest)
        for layer in layers:
            out = out.with_directory("/", layer.with_timestamps(self.stamp.time))
        out = out.with_user(USER).with_workdir("/app")
        out = with_environment(out, self.run.environment)
        out = out.with_exposed_port(self.run.port).with_entrypoint(entrypoint)
        if self.run.arguments:
            out = out.with_default_args(self.run.arguments)
        if self.health_command:
            out = out.with_docker_healthcheck(
                self.health_command, interval="10s", timeout="3s", start_period="10s", retries=3
            )
        return self.label(out)

    def label(self, container: dagger.Container) -> dagger.Container:
        """Add what the index says in its annotations as labels, too: docker and podman read these."""
        for name, value in self.facts.annotations.items():
            container = container.with_label(name, value)
        return container

    def with_services(self, container: dagger.Container) -> dagger.Container:
        """Bind the services of the tests, and set the environment by which these find them."""
        for name, service in sorted(self.services.items()):
            container = container.with_service_binding(name, service)
        return with_environment(container, self.test_environment)

    def without_secrets(self, container: dagger.Container, homes: dict[str, str]) -> dagger.Container:
        """Take the secrets away again: what tests and linters print goes into logs and reports."""
        for name in sorted(self.secrets):
            container = container.without_mount(homes.get(name, f"/run/secrets/{name}"))
        return container

    def with_secrets(
        self, container: dagger.Container, homes: dict[str, str], only: set[str] | None = None
    ) -> dagger.Container:
        """Mount the secrets, or some, under /run/secrets, or where `homes` says that a tool looks for them."""
        for name, secret in sorted(self.secrets.items()):
            if only is None or name in only:
                container = container.with_mounted_secret(homes.get(name, f"/run/secrets/{name}"), secret)
        return container


@dataclasses.dataclass(frozen=True, kw_only=True)
class Built:
    """What a recipe made: one container a platform, not yet evaluated, and warnings that do not stop a build.

    `own_layers` is the number of layers above the base; 0 where the base is not known. `made` is what went in that no
    file of the source and no argument decides.
    """

    containers: list[dagger.Container]
    own_layers: int
    notes: list[str] = dataclasses.field(default_factory=list)
    made: dagger.Directory | None = None


class Recipe(Protocol):
    """A kind of application."""

    def volumes(self, order: Order) -> Mapping[str, Volume]:
        """The cache volumes of its tools that another machine may begin with, by the path where they are mounted."""
        ...

    @property
    def locks(self) -> list[str]:
        """The files of the source that say what lies in these volumes, and what is installed."""
        ...

    async def installed(self, order: Order) -> Installed | None:
        """What it installs before it compiles, if another machine may begin with it."""
        ...

    def used(self, tools: Toolbox) -> list[str]:
        """The images that the build runs in; not the base, and none that only look at what was built."""
        ...

    async def build(self, order: Order) -> Built:
        """Check the source and describe the image.

        Raises:
            ValueError: the source cannot be built.
        """
        ...


async def resolve(address: str, targets: list[Target]) -> Reference:
    """The base image with its digest: the one it is pinned by, else the one that its tag has now.

    Raises:
        dagger.QueryError: the registry lacks the image, or a platform of it.
    """
    if not address:
        return Reference("")
    found = parse(address)
    platforms = [dagger.Platform(target.platform) for target in targets]
    (resolved, *_) = [await dag.container(platform=platform).from_(address).image_ref() for platform in platforms]
    return found if found.digest else Reference(found.name, parse(resolved).digest)


def with_environment(container: dagger.Container, environment: Mapping[str, str]) -> dagger.Container:
    """Set variables, sorted: the engine sorts the keys of what passes through it, and an order of ours would change."""
    for name, value in sorted(environment.items()):
        container = container.with_env_variable(name, value)
    return container


def with_caches(
    container: dagger.Container,
    salt: str,
    volumes: Mapping[str, Volume],
    seeds: Mapping[str, dagger.Directory] | None = None,
) -> dagger.Container:
    """Mount cache volumes by their paths; with a salt there are none, and each command after this runs anew.

    With seeds they begin with these, by name, or else empty, and are others than those without: what a registry kept
    gets into no volume that builds without it have.
    """
    if salt:
        # Not volumes of other names: what is downloaded stays in the layers for the next command, and nothing piles up.
        return container.with_env_variable(SALT, salt)
    for path, volume in volumes.items():
        source = seeds.get(volume.name, dag.directory()) if seeds else None
        container = container.with_mounted_cache(path, volume.opened, source=source)
    return container


def tracked(files: dagger.Directory) -> dagger.Directory:
    """Files without what git keeps of a repository beside them: it differs from clone to clone."""
    return files.filter(exclude=[".git"])


def plain_modes(files: dagger.Directory, image: str) -> dagger.Directory:
    """Files with the modes that git knows, and root's: of what a umask made, the executable bit alone stays."""
    out = dag.container().from_(image).with_directory("/files", files, owner="0:0")
    return out.with_exec(named("files", ["chmod", "-R", "u=rwX,go=rX", "/files"])).directory("/files")


def named(stage: str, command: list[str]) -> list[str]:
    """A command that carries the name of its stage, as the $0 of a shell that it replaces: errors read it there."""
    return ["sh", "-c", 'exec "$@"', stage, *command]


def listing(entries: list[str]) -> str:
    """The first entries of a folder, for an error."""
    return (", ".join(entries[:8]) + (", ..." if len(entries) > 8 else "")) if entries else "nothing"  # noqa: PLR2004
