"""Registries: who asks them, and where the one of the caller's machine is."""

import dataclasses
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Final, Self

import dagger
from dagger import Doc, dag

from pipeline.nodes.typed import field, function, object_type
from pipeline.policy import references
from pipeline.remote.asking import PULL
from pipeline.remote.registry import Registry, Retries

PATIENCE: Final = Retries(limit=10)
"""Seconds that a registry is asked for what only saves work: who does not get it builds a little more."""


@object_type
class Registries:
    """The registries that are read and written: one user and password each, and the caller's own as a service."""

    service: Annotated[dagger.Service | None, Doc("Where the registry `localhost` of a reference answers")] = field(
        default=None
    )
    passwords: Annotated[list[dagger.Secret], Doc("Passwords or tokens, in the order of `names`")] = field(default=list)
    names: list[str] = dataclasses.field(default_factory=list)
    users: list[str] = dataclasses.field(default_factory=list)

    @function
    def with_auth(
        self,
        address: Annotated[str, Doc("The registry, such as ghcr.io or docker.io")],
        username: Annotated[str, Doc("The user")],
        secret: Annotated[dagger.Secret, Doc("Password or token, such as env://TOKEN")],
    ) -> Self:
        """Ask a registry as a user; the last one given for a registry counts."""
        # An address with a path, as people copy it, names the same registry.
        name = references.address(f"{address.rstrip('/')}/any").registry
        kept = [place for place, known in enumerate(self.names) if known != name]
        return dataclasses.replace(
            self,
            names=[*(self.names[place] for place in kept), name],
            users=[*(self.users[place] for place in kept), username],
            passwords=[*(self.passwords[place] for place in kept), secret],
        )

    def at(self, reference: str) -> dagger.Service | None:
        """Where the registry of a reference is reached, if not by its name."""
        return self.service if references.is_local(reference) else None

    async def local(self) -> str:
        """The name by which references call the registry of the caller's machine: localhost:PORT.

        Raises:
            ValueError: there is none.
        """
        if not self.service:
            raise ValueError("no registry of this machine is given; name one with --registry tcp://127.0.0.1:5000")
        return f"localhost:{(await self.service.endpoint()).rpartition(':')[2]}"

    def image(self, reference: str, platform: dagger.Platform | None = None) -> dagger.Container:
        """An image as the engine pulls it for these users, for a platform or the engine's own; not yet pulled."""
        empty = self.authenticated(dag.container(platform=platform))
        return empty.from_(reference, registry_service=self.at(reference))

    def authenticated(self, container: dagger.Container) -> dagger.Container:
        """A container whose images the engine pulls and pushes as these users."""
        for name, user, password in zip(self.names, self.users, self.passwords, strict=True):
            container = container.with_registry_auth(name, user, password)
        return container

    @asynccontextmanager
    async def open(
        self, reference: str, retries: Retries | None = None, actions: str = PULL
    ) -> AsyncIterator[Registry]:
        """A client for the registry of a reference, to read it, or with `pull,push` to write as well.

        Raises:
            ValueError: the reference is none.
        """
        name = references.address(reference).registry
        service = self.at(reference)
        address = await service.endpoint(scheme="http") if service else ""
        user, password = "", ""
        if name in self.names:
            place = self.names.index(name)
            user, password = self.users[place], await self.passwords[place].plaintext()
        who = {"user": user, "password": password, "address": address, "actions": actions}
        async with Registry(name, **who, retries=retries or Retries()) as registry:
            yield registry


@dataclasses.dataclass(frozen=True)
class Kept:
    """Registries whose clients stay open, one for each repository: none has to say twice who asks."""

    registries: Registries
    retries: Retries | None = None
    _stack: AsyncExitStack = dataclasses.field(default_factory=AsyncExitStack, init=False)
    _clients: dict[str, Registry] = dataclasses.field(default_factory=dict, init=False)

    async def __aenter__(self) -> Self:
        """Nothing is opened yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every client."""
        await self._stack.aclose()

    @asynccontextmanager
    async def open(self, reference: str, actions: str = PULL) -> AsyncIterator[Registry]:
        """The client for the repository of a reference; what it may do beyond these actions it asks for by itself.

        Raises:
            ValueError: the reference is none.
        """
        repository = references.address(reference).full
        if repository not in self._clients:
            opened = self.registries.open(reference, self.retries, actions)
            self._clients[repository] = await self._stack.enter_async_context(opened)
        yield self._clients[repository]


async def ephemeral(container: dagger.Container, port: int = 5000) -> dagger.Service:
    """Start a registry that lives no longer than this session; `container` is one of the distribution project's."""
    placed = container.with_env_variable("REGISTRY_HTTP_ADDR", f":{port}").with_exposed_port(port)
    return await placed.as_service(use_entrypoint=True).start()
