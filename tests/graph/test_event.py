"""Publishing by what an event says: the same tags as if a person had said it."""

import dataclasses
from pathlib import Path
from typing import Final

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.errors import Failed

from .published import tags
from .queries import Engine, held

pytestmark = pytest.mark.anyio

PAYLOADS: Final = Path(__file__).parent.parent / "workflows" / "payloads"


@pytest.fixture
def pushed(published: Pipeline, engine: Engine) -> Pipeline:
    """A pipeline whose engine reads events as GitHub documents them."""
    usual = engine._answers.get("contents")

    def contents(asked: list[str]) -> object:
        name = asked[0].removeprefix('node(id="event-').removesuffix('")')
        if (file := PAYLOADS / f"{name}.json").exists():
            return file.read_text("utf-8")
        return usual(asked) if usual else ""

    engine.answers(contents=contents)
    return published


def event(name: str) -> dagger.File:
    """The payload of an event, as a caller passes it."""
    return held(dagger.File, f"event-{name}")


@pytest.mark.parametrize(
    ("file", "name", "expected"),
    [
        ("push", "push", ["edge", "main-8f14e45"]),
        ("pull_request", "pull_request", ["pr-12"]),
    ],
)
async def test_an_event_makes_the_tags(
    pushed: Pipeline, empty_registry: str, file: str, name: str, expected: list[str]
) -> None:
    """Of the branch's commit, and of a pull request."""
    await pushed.publish(to=[f"{empty_registry}/acme"], event=event(file), event_name=name)
    assert list(tags(empty_registry, "acme/good")) == expected


@pytest.mark.parametrize(
    ("file", "name", "given", "why"),
    [
        ("fork", "pull_request", {}, "publish: event: pull request 12 comes from a fork"),
        ("push", "push", {"ref": "refs/heads/main"}, "publish: event: --event says what happened, and so does --ref"),
        ("push", "", {}, "publish: event: nobody says which event it is"),
        ("", "push", {}, "publish: event: --event-name is push, and there is no event; give the payload with --event"),
    ],
)
async def test_what_cannot_be_published_is_said_before_anything_is_built(
    pushed: Pipeline, empty_registry: str, engine: Engine, file: str, name: str, given: dict[str, str], why: str
) -> None:
    """With the reason."""
    to = [f"{empty_registry}/acme"]
    with pytest.raises(Failed) as failed:
        await pushed.publish(to=to, event=event(file) if file else None, event_name=name, ref=given.get("ref", ""))
    assert str(failed.value).startswith(why)
    assert [asked for asked in engine.asked if asked[-1].startswith("stdout")] == []


async def test_a_fork_goes_to_no_registry_of_the_caller_without_an_address(
    pushed: Pipeline, empty_registry: str, engine: Engine
) -> None:
    """With --registry it would be published there, without --to."""
    pipeline = dataclasses.replace(pushed, registry=held(dagger.Service, "registry"))
    with pytest.raises(Failed, match=r"^publish: event: pull request 12 comes from a fork"):
        await pipeline.publish(event=event("fork"), event_name="pull_request")
    assert [asked for asked in engine.asked if asked[-1].startswith("stdout")] == []
    assert tags(empty_registry, "acme/good") == {}
