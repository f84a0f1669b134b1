"""Prune: a repository loses the tags that are old, and what nobody needs without them."""

from pipeline.nodes.errors import stage
from pipeline.nodes.registries import Registries
from pipeline.policy.destinations import repository_of
from pipeline.policy.retention import Policy
from pipeline.remote import pruning
from pipeline.remote.asking import DELETE, PULL
from pipeline.report.prune import prune_table


async def prune(repository: str, registries: Registries, policy: Policy, *, dry_run: bool) -> str:
    """Say what becomes of every tag of a repository, and unless it is a dry run delete what goes.

    A dry run needs no right to write.

    Raises:
        Failed: the registry refused, or has something that nobody here can read.
    """
    with stage(repository, "prune"):
        place = repository_of(repository)
        async with registries.open(place, actions=PULL if dry_run else DELETE) as registry:
            found = await pruning.planned(registry, place, policy)
            if not dry_run:
                await pruning.carry_out(registry, place, found)
        return prune_table(found.plan, dry_run=dry_run)
