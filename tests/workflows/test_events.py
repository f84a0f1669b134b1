"""From an event to what is published: payloads of the shape that GitHub documents for its webhooks, cut to size."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from pipeline.policy.events import Happened, happened, joined
from pipeline.policy.tags import Change, Event

PAYLOADS: Final = Path(__file__).parent / "payloads"
COMMIT: Final = "8f14e45fceea167a5a36dedd4bea2543a1b2c3d4"
HEAD: Final = "3c59dc048e8850243be8079a5c74d079feedface"


def payload(name: str) -> str:
    """The payload of an event, as GitHub documents it."""
    return (PAYLOADS / f"{name}.json").read_text("utf-8")


def without(name: str, *path: str) -> str:
    """A payload that lacks a field."""
    found: dict[str, Any] = json.loads(payload(name))
    place: Any = found
    for one in path[:-1]:
        place = place[one]
    del place[path[-1]]
    return json.dumps(found)


PULL: Final = Happened(ref="refs/pull/12/merge", commit=HEAD, pull_request=12, default_branch="main")


@pytest.mark.parametrize(
    ("file", "event", "expected", "kind"),
    [
        ("push", "push", Happened(ref="refs/heads/main", commit=COMMIT, default_branch="main"), Event.BRANCH),
        ("tag", "push", Happened(ref="refs/tags/v1.2.3", commit=COMMIT, default_branch="main"), Event.VERSION),
        ("pull_request", "pull_request", PULL, Event.PULL_REQUEST),
        ("fork", "pull_request", Happened(**{**vars(PULL), "fork": True}), Event.PULL_REQUEST),
        ("fork_gone", "pull_request", Happened(**{**vars(PULL), "fork": True}), Event.PULL_REQUEST),
        ("dispatch", "workflow_dispatch", Happened(ref="refs/heads/release/1.2", default_branch="main"), Event.BRANCH),
        ("dispatch_tag", "workflow_dispatch", Happened(ref="refs/tags/v1.2.3", default_branch="main"), Event.VERSION),
    ],
)
def test_an_event_says_what_is_published(file: str, event: str, expected: Happened, kind: Event) -> None:
    """Ref, commit, pull request, default branch, and whether it comes from a fork; tags follow from that."""
    found = happened(event, payload(file))
    assert found == expected
    assert found.of(Change()).kind is kind


def test_a_change_has_all_that_the_event_says() -> None:
    """What tags are decided on."""
    change = happened("pull_request", payload("pull_request")).of(Change())
    assert change == Change(ref="refs/pull/12/merge", commit=HEAD, pull_request=12, default_branch="main")


def test_the_commit_of_an_annotated_tag_is_what_it_points_at() -> None:
    """And not the tag object, which is no commit."""
    assert json.loads(payload("tag"))["after"] != happened("push", payload("tag")).commit


def test_the_default_branch_is_the_repositorys() -> None:
    """Whatever it is called."""
    found = json.loads(payload("push"))
    found["repository"]["default_branch"] = "trunk"
    assert happened("push", json.dumps(found)).default_branch == "trunk"


@pytest.mark.parametrize(
    ("event", "text", "why"),
    [
        ("pull_request_target", "{}", "lends the rights of this repository to the code of anybody; let the workflow"),
        ("schedule", "{}", "the event 'schedule' publishes nothing; --event-name takes push, pull_request, workflow"),
        ("merge_group", "{}", "the event 'merge_group' publishes nothing"),
        ("", "{}", "nobody says which event it is; --event-name takes push"),
        (
            "push",
            payload("deleted"),
            "the push deleted refs/heads/topic, and there is nothing to publish; leave such a push out",
        ),
        ("push", "{", "the payload of the event push is no JSON: "),
        ("push", "[]", "the payload of the event push is no JSON object; give the file that GITHUB_EVENT_PATH names"),
        ("push", '{"ref": "refs/notes/x"}', "neither refs/heads/... nor refs/tags/...; let the workflow run on b"),
        ("push", without("push", "ref"), "the event push has no ref; give the file that GITHUB_EVENT_PATH names"),
        ("push", without("push", "head_commit"), "the event push has no head_commit.id"),
        ("push", without("push", "repository", "default_branch"), "the event push has no repository.default_branch"),
        ("push", payload("push").replace(COMMIT, "main"), "as head_commit.id, which is no commit; give the file"),
        ("push", payload("pull_request"), "the event push has no ref"),
        ("pull_request", payload("push"), "the event pull_request has no number"),
        ("pull_request", without("fork", "pull_request", "head", "sha"), "has no pull_request.head.sha"),
        ("pull_request", without("fork", "repository"), "has no repository.full_name"),
        ("workflow_dispatch", without("dispatch", "ref"), "the event workflow_dispatch has no ref"),
    ],
)
def test_what_is_no_event_to_publish_on_is_a_sentence(event: str, text: str, why: str) -> None:
    """It says what was found, and what to give."""
    with pytest.raises(ValueError, match=r"^(?!$)") as failed:
        happened(event, text)
    assert why in str(failed.value)


ASKED: Final = Change(with_v=False, force=True)


@pytest.mark.parametrize("outside", [True, False])
def test_an_event_is_joined_to_what_is_asked_for(*, outside: bool) -> None:
    """Ref, commit and default branch from the event; the rest is the caller's."""
    found = joined(happened("push", payload("push")), ASKED, outside=outside)
    assert found == Change(ref="refs/heads/main", commit=COMMIT, with_v=False, force=True)


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        (Change(ref="refs/heads/main"), "--ref"),
        (Change(commit=COMMIT), "--commit"),
        (Change(pull_request=12), "--pull-request"),
        (Change(default_branch="trunk"), "--default-branch"),
        (Change(tags=["try"], ref="refs/heads/main"), "--ref and --tag"),
    ],
)
def test_what_the_event_says_nobody_says_twice(asked: Change, what: str) -> None:
    """One of them would be wrong, and nobody knows which."""
    with pytest.raises(ValueError, match=f"^--event says what happened, and so does {what}; give one or the other$"):
        joined(happened("push", payload("push")), asked, outside=False)


def test_a_fork_is_published_nowhere_outside() -> None:
    """Its workflow may not write, and its images would stand under our name; alone it can be tried."""
    fork = happened("pull_request", payload("fork"))
    with pytest.raises(
        ValueError, match=r"^pull request 12 comes from a fork, whose images go to no registry of other"
    ):
        joined(fork, ASKED, outside=True)
    assert joined(fork, ASKED, outside=False).pull_request == 12
