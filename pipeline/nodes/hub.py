"""Hub: the repository on GitHub that a release is made in, and who makes it."""

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import dagger

from pipeline.remote.github import GitHub
from pipeline.remote.github_http import API


@dataclasses.dataclass(frozen=True, kw_only=True)
class Hub:
    """A repository `owner/name`, a token, and where GitHub answers: a service where one is given, else `api`."""

    repository: str
    token: dagger.Secret | None = None
    api: str = API
    service: dagger.Service | None = None

    @property
    def page(self) -> str:
        """Where people look at the repository: an Enterprise Server shows it at its own host."""
        host = urlsplit(self.api).netloc
        return f"https://{'github.com' if self.api == API else host}/{self.repository}"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[GitHub]:
        """A client; it holds the token, and nobody else does.

        Raises:
            ValueError: repository, token or address are none.
        """
        base = await self.service.endpoint(scheme="http") if self.service else self.api
        token = await self.token.plaintext() if self.token else ""
        async with GitHub(self.repository, token=token, base=base) as github:
            yield github
