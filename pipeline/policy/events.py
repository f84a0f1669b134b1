"""Events of GitHub Actions: what happened, by the name of an event and its payload.

The name is what a workflow has in GITHUB_EVENT_NAME, the payload what stands in the file that GITHUB_EVENT_PATH names.
"""

import dataclasses
import json
import re
from typing import Any, Final

from pipeline.policy.tags import Change

PUBLISHED: Final = ("push", "pull_request", "workflow_dispatch")
"""The events that something is published on."""

_GIVE: Final = "give the file that GITHUB_EVENT_PATH names"

_REF: Final = re.compile(r"refs/(?:heads|tags)/.+")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Happened:
    """What an event says of what is published: ref, commit, number of the pull request, default branch.

    A run that somebody started names no commit: it is the one that is checked out. `fork` says that the commits are in
    another repository, whose workflows may write nothing here.
    """

    ref: str
    default_branch: str
    commit: str = ""
    pull_request: int = 0
    fork: bool = False

    def of(self, asked: Change) -> Change:
        """A change that says otherwise what a caller asks for."""
        return dataclasses.replace(
            asked,
            ref=self.ref,
            commit=self.commit,
            pull_request=self.pull_request,
            default_branch=self.default_branch,
        )


def happened(name: str, payload: str) -> Happened:
    """Read an event.

    Raises:
        ValueError: nothing is published on such an event, or the payload is not one of it.
    """
    if name == "pull_request_target":
        raise ValueError(
            "the event pull_request_target lends the rights of this repository to the code of anybody; let the "
            "workflow run on pull_request"
        )
    if name not in PUBLISHED:
        said = f"the event {name!r} publishes nothing" if name else "nobody says which event it is"
        raise ValueError(f"{said}; --event-name takes {', '.join(PUBLISHED)}, as GITHUB_EVENT_NAME has it")
    event = _Event(name, _parsed(name, payload))
    if name == "pull_request":
        return _pull_request(event)
    return _push(event) if name == "push" else _dispatch(event)


def joined(event: Happened, asked: Change, *, outside: bool) -> Change:
    """What a caller asks for, with what the event says; `outside` is a registry that others see.

    Raises:
        ValueError: the caller says himself what the event says, or a fork is to be published outside.
    """
    other = asked.default_branch != Change().default_branch
    said = {"ref": asked.ref, "commit": asked.commit, "pull-request": asked.pull_request, "default-branch": other}
    if twice := [f"--{name}" for name, value in {**said, "tag": asked.tags}.items() if value]:
        raise ValueError(f"--event says what happened, and so does {' and '.join(twice)}; give one or the other")
    if event.fork and outside:
        raise ValueError(
            f"pull request {event.pull_request} comes from a fork, whose images go to no registry of others: check it, "
            "and publish what is merged; without --to it is published to a registry for this call alone"
        )
    return event.of(asked)


@dataclasses.dataclass(frozen=True)
class _Event:
    """A payload, which is asked by the path of a field."""

    name: str
    payload: dict[str, Any]

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """What stands at a path such as `repository.default_branch`; None where nothing does."""
        found: Any = self.payload
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def text(self, path: str) -> str:
        """A text that has to be there."""
        found = self.get(path)
        if not isinstance(found, str) or not found:
            raise self.without(path)
        return found

    def commit(self, path: str) -> str:
        """A commit that has to be there."""
        found = self.text(path)
        if not _COMMIT.fullmatch(found):
            raise ValueError(f"the event {self.name} has {found!r} as {path}, which is no commit; {_GIVE}")
        return found

    def ref(self) -> str:
        """The branch or the tag."""
        found = self.text("ref")
        if not _REF.fullmatch(found):
            raise ValueError(
                f"the event {self.name} is of {found!r}, which is neither refs/heads/... nor refs/tags/...; let the "
                "workflow run on branches and tags alone"
            )
        return found

    @property
    def default_branch(self) -> str:
        """The repository's."""
        return self.text("repository.default_branch")

    def without(self, path: str) -> ValueError:
        """Say that a field is missing."""
        return ValueError(f"the event {self.name} has no {path}; {_GIVE}")


def _parsed(name: str, payload: str) -> dict[str, Any]:
    try:
        found = json.loads(payload)
    except ValueError as error:
        raise ValueError(f"the payload of the event {name} is no JSON: {error}; {_GIVE}") from None
    if isinstance(found, dict):
        return found
    raise ValueError(f"the payload of the event {name} is no JSON object; {_GIVE}")


def _push(event: _Event) -> Happened:
    ref = event.ref()
    if event.get("deleted"):
        raise ValueError(
            f"the push deleted {ref}, and there is nothing to publish; leave such a push out in the workflow, by "
            "github.event.deleted"
        )
    # Not `after`: of an annotated tag that is the tag itself.
    return Happened(ref=ref, commit=event.commit("head_commit.id"), default_branch=event.default_branch)


def _pull_request(event: _Event) -> Happened:
    number = event.get("number")
    if type(number) is not int or number < 1:
        raise event.without("number")
    # A fork that was deleted since has no name.
    fork = event.get("pull_request.head.repo.full_name") != event.text("repository.full_name")
    return Happened(
        ref=f"refs/pull/{number}/merge",
        commit=event.commit("pull_request.head.sha"),
        pull_request=number,
        default_branch=event.default_branch,
        fork=fork,
    )


def _dispatch(event: _Event) -> Happened:
    return Happened(ref=event.ref(), default_branch=event.default_branch)
