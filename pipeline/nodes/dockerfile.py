"""Applications that bring a Dockerfile: built as it says, labelled like the others."""

import dataclasses
from typing import ClassVar

import dagger
from dagger import dag

from pipeline.nodes.recipe import Order, listing


@dataclasses.dataclass(frozen=True, kw_only=True)
class Dockerfile:
    """Which Dockerfile, which of its targets, and its build arguments (never secrets: they stay in the history)."""

    own_layers: ClassVar[int] = 0

    file: str = "Dockerfile"
    target: str = ""
    arguments: dict[str, str] = dataclasses.field(default_factory=dict)

    async def notes(self, source: dagger.Directory) -> list[str]:
        """Nothing to warn of.

        Raises:
            ValueError: the Dockerfile is not there.
        """
        if await source.exists(self.file):
            return []
        entries = listing(await source.entries())
        raise ValueError(f"no {self.file} in the source folder, which holds {entries}; say which with --file")

    async def variants(self, order: Order) -> list[dagger.Container]:
        """The Dockerfile, built for each platform."""
        secrets = [dag.set_secret(s.name, await s.value.plaintext()) for s in order.secrets]
        return [
            order.label(
                order.source.docker_build(
                    dockerfile=self.file,
                    platform=dagger.Platform(target.platform),
                    target=self.target,
                    build_args=[dagger.BuildArg(name=k, value=v) for k, v in self.arguments.items()],
                    secrets=secrets,
                )
            )
            for target in order.targets
        ]
