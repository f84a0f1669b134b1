"""The stamps of applications: version, revision and time, as their repositories tell them."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from pipeline.nodes import git
from pipeline.nodes.errors import Failed, stage
from pipeline.policy.versions import History, Stamp, stamp

if TYPE_CHECKING:
    from pipeline.nodes.app import App

STRAYS: Final = "no commit is known to hold its files, so no tag names one; say with --files-path where they lie"


async def stamps(apps: Sequence["App"]) -> list[Stamp | Failed]:
    """The stamps of several applications, in their order, one git command for those that share a repository object.

    An application without a repository is stamped 0.0.0-dev at time 0: never with the history of this module. Where a
    repository gives no version, each of its applications has the error in its place.
    """
    found: list[Stamp | Failed] = [Stamp()] * len(apps)
    for repository in {id(app.repository): app.repository for app in apps if app.repository}.values():
        places = [place for place, app in enumerate(apps) if app.repository is repository]
        members = [apps[place] for place in places]
        try:
            with stage(", ".join(app.name for app in members), "version"):
                asked = await git.histories(repository, [app.paths for app in members], members[0].tools.go)
        except Failed as error:
            for place in places:
                found[place] = error
            continue
        for place, history in zip(places, asked, strict=True):
            found[place] = _stamped(apps[place], history)
    return found


def _stamped(app: "App", history: History) -> Stamp | Failed:
    try:
        with stage(app.name, "version"):
            if app.strays and app.release:
                raise ValueError(STRAYS)
            return stamp(dataclasses.replace(history, dirty=history.dirty or app.strays), app.release, app.tag)
    except Failed as error:
        return error
