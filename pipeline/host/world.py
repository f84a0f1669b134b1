"""The world that a release is planned for, asked from the host: registries and GitHub, as the caller's users."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import anyio

from pipeline.host import credentials
from pipeline.host.credentials import Login
from pipeline.policy import references
from pipeline.policy.plan import Hosted, Place, Wanted
from pipeline.remote import world
from pipeline.remote.errors import RemoteError
from pipeline.remote.github import GitHub
from pipeline.remote.github_http import API
from pipeline.remote.registry import Registry, RegistryError, Retries

_RETRIES: Final = Retries(limit=30)
"""A person waits for the answer, and can ask again."""

_REFUSED: Final = (401, 403)


class Unanswered(ValueError):
    """A registry or GitHub did not say what it has."""


def ask(
    wanted: Wanted, where: Sequence[tuple[str, str]], api: str, environment: Mapping[str, str]
) -> tuple[list[Place], Hosted]:
    """Ask registries and GitHub what they have of a release; `where` has applications and a repository of each.

    Raises:
        Unanswered: one of them did not say.
        ValueError: an address is none, or credentials cannot be read.
    """
    try:
        return anyio.run(_ask, wanted, where, api, environment)
    except RemoteError as error:
        raise Unanswered(str(error)) from None


async def _ask(
    wanted: Wanted, where: Sequence[tuple[str, str]], api: str, environment: Mapping[str, str]
) -> tuple[list[Place], Hosted]:
    token = credentials.token(environment)
    async with GitHub(wanted.repository, token=token, base=api or API, retries=_RETRIES) as github:
        hosted = await world.hosted(wanted, github)
    return await world.places(wanted, where, partial(_opened, environment)), hosted


@asynccontextmanager
async def _opened(environment: Mapping[str, str], repository: str) -> AsyncIterator[Registry]:
    """A client for the registry of a repository, as the user of `docker login`."""
    name = references.address(repository).registry
    login = credentials.login(name, environment)
    async with Registry(name, user=login.user, password=login.password, retries=_RETRIES) as registry:
        try:
            yield registry
        except RegistryError as error:
            if login == Login() and error.status in _REFUSED:
                raise Unanswered(f"{error}; here that is: docker login {name}") from None
            raise
