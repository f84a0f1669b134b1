"""Events of GitHub Actions, as arguments of verbs."""

import dagger

from pipeline.nodes.errors import stage
from pipeline.policy.events import happened, joined
from pipeline.policy.tags import Change


async def asked(change: Change, event: dagger.File | None, name: str, *, outside: bool) -> Change:
    """What a caller asks for, with what an event says where one is given; `outside` is a registry that others see.

    Raises:
        Failed: it is no event that is published on, or says what the caller says himself.
    """
    with stage("publish", "event"):
        if event:
            return joined(happened(name, await event.contents()), change, outside=outside)
        if name:
            raise ValueError(f"--event-name is {name}, and there is no event; give the payload with --event")
        return change
