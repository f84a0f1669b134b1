"""Applications that bring a Dockerfile: built as it says, labelled like the others."""

import dataclasses

import dagger
from dagger import dag

from pipeline.nodes.recipe import Built, Order, listing


@dataclasses.dataclass(frozen=True, kw_only=True)
class Dockerfile:
    """Which Dockerfile, which of its targets, and its build arguments (never secrets: they stay in the history)."""

    file: str = "Dockerfile"
    target: str = ""
    arguments: dict[str, str] = dataclasses.field(default_factory=dict)

    async def build(self, order: Order) -> Built:
        """The Dockerfile, built for each platform.

        Raises:
            ValueError: the Dockerfile is not there.
        """
        if not await order.source.exists(self.file):
            entries = listing(await order.source.entries())
            raise ValueError(f"no {self.file} in the source folder, which holds {entries}; say which with --file")
        # BuildKit finds a secret by its name, and the name of one that a caller passes is the caller's.
        secrets = [dag.set_secret(name, await secret.plaintext()) for name, secret in sorted(order.secrets.items())]
        containers = [
            order.source.docker_build(
                dockerfile=self.file,
                platform=dagger.Platform(target.platform),
                target=self.target,
                build_args=[dagger.BuildArg(name=k, value=v) for k, v in sorted(self.arguments.items())],
                secrets=secrets,
            )
            for target in order.targets
        ]
        return Built(own_layers=0, containers=[order.label(container) for container in containers])
