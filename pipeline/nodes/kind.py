"""Kinds of application that a module of their own knows: it makes the files, the rest is done here."""

import dataclasses
from collections.abc import Mapping

from dagger import dag

from pipeline.nodes.recipe import Built, Order, Volume, plain_modes, tracked
from pipeline.nodes.settings import Toolbox
from pipeline.nodes.trees import folders


@dataclasses.dataclass(frozen=True, kw_only=True)
class Kind:
    """An application that another module makes: `entrypoint` is the command of its image."""

    entrypoint: list[str]

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
        """The one that sets modes: which images the other module builds in is its own affair."""
        return [tools.go]

    async def build(self, order: Order) -> Built:
        """What the other module makes for each platform, on the base image.

        Raises:
            ValueError: something is asked for that only the other module could do.
        """
        if not order.packager:
            raise ValueError("no other module makes it; say which with packager")
        if order.secrets:
            raise ValueError(
                f"the secret {min(order.secrets)} cannot be handed to the module that makes it; "
                "give it to that one's own object, and leave with-secret out"
            )
        if order.tools.salt:
            raise ValueError(
                "another module makes it, and nothing here can make that one run again; "
                "reproduce the others without it, and compare what `digest` says of it on two engines"
            )
        source, made, containers = tracked(order.source), dag.directory(), []
        for target in order.targets:
            files = order.packager.package(source, target.platform, order.stamp.version)
            files = plain_modes(files, order.tools.go)
            # What is laid down is all in the key: names, contents, executable bits, and folders that hold nothing.
            made = made.with_directory(target.platform, files)
            made = made.with_file(f"{target.platform}.folders", folders(files, order.tools.go))
            containers.append(order.assemble(target, [files], self.entrypoint))
        return Built(own_layers=1, containers=containers, made=made)
