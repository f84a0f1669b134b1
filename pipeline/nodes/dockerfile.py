"""Applications that bring a Dockerfile: built as it says, labelled like the others."""

import dataclasses
from collections.abc import Mapping
from typing import Final

import dagger
from dagger import dag

from pipeline.nodes.afresh import afresh
from pipeline.nodes.recipe import SALT, Built, Order, Volume, listing, tracked
from pipeline.nodes.settings import Toolbox

_FOLDER: Final = ".pipeline-afresh"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Dockerfile:
    """Which Dockerfile, which of its targets, and its build arguments (never secrets: they stay in the history)."""

    file: str = "Dockerfile"
    target: str = ""
    arguments: dict[str, str] = dataclasses.field(default_factory=dict)

    def volumes(self, order: Order) -> Mapping[str, Volume]:
        """None: which caches it has is its own affair."""
        _ = order
        return {}

    @property
    def locks(self) -> list[str]:
        """None, either."""
        return []

    async def installed(self, order: Order) -> None:
        """Nothing."""
        _ = order

    def used(self, tools: Toolbox) -> list[str]:
        """None: which images it builds on is its own affair."""
        _ = tools
        return []

    async def build(self, order: Order) -> Built:
        """The Dockerfile, built for each platform.

        Raises:
            ValueError: the Dockerfile is not there.
        """
        source, file = tracked(order.source), self.file
        if not await source.exists(file):
            entries = listing(await source.entries())
            raise ValueError(f"no {self.file} in the source folder, which holds {entries}; say which with --file")
        # BuildKit finds a secret by its name, and the name of one that a caller passes is the caller's.
        secrets = [dag.set_secret(name, await secret.plaintext()) for name, secret in sorted(order.secrets.items())]
        salt = order.tools.salt
        if salt:
            source, file = await self._afresh(source)
        arguments = self.arguments | ({SALT: salt} if salt else {})
        containers = [
            source.docker_build(
                dockerfile=file,
                platform=dagger.Platform(target.platform),
                target=self.target,
                build_args=[dagger.BuildArg(name=k, value=v) for k, v in sorted(arguments.items())],
                secrets=secrets,
            )
            for target in order.targets
        ]
        if salt:
            # The engine writes what ARG declares into the config of the image, which BuildKit does not.
            containers = [container.without_env_variable(SALT) for container in containers]
        return Built(own_layers=0, containers=[order.label(container) for container in containers])

    async def _afresh(self, source: dagger.Directory) -> tuple[dagger.Directory, str]:
        """The source with a Dockerfile that runs every command anew, and where it lies.

        The context stays as it was, so that `COPY . .` copies the same: the ignore file that belongs to this Dockerfile
        alone hides both.
        """
        ignored = ""
        for name in (f"{self.file}.dockerignore", ".dockerignore"):
            if await source.exists(name):
                ignored = await source.file(name).contents()
                break
        file = f"{_FOLDER}/Dockerfile"
        text = afresh(await source.file(self.file).contents())
        source = source.with_new_file(f"{file}.dockerignore", f"{ignored}\n{_FOLDER}\n")
        return source.with_new_file(file, text), file
