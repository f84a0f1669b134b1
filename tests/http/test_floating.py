"""Floating tags go back to where they were, in real registries, also in those that delete nothing."""

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx
import pytest

from pipeline.remote import publishing
from pipeline.remote.errors import RegistryError
from pipeline.remote.floating import remember, restore
from pipeline.remote.registry import Registry
from tests.http import debian
from tests.http.shop import REPOSITORY, image, release, state

pytestmark = pytest.mark.anyio

OLD, NEW, NEWER = (image(version, b"own", b"base", ["amd64"]) for version in ("1.2.3", "1.3.0", "1.4.0"))
MOVED: Final = ("latest", "1", "v1")
MADE: Final = ("1.3", "v1.3")
TAGS: Final = [*MOVED, *MADE]

REGISTRIES: Final = {
    "2.8 that deletes nothing": ("2.8", False, "the registry does not allow deletes"),
    "2.8 that deletes": ("2.8", True, "the registry deletes by digest only"),
    "3 that deletes nothing": ("3", False, "the registry does not allow deletes"),
    "3 that deletes": ("3", True, ""),
}


@asynccontextmanager
async def shop(name: str) -> AsyncIterator[tuple[Registry, str]]:
    """A client of a registry, and a repository in it that has an older release."""
    async with Registry(name, actions="pull,push") as registry:
        await publishing.publish(registry, f"{name}/{REPOSITORY}", OLD, release("1.2.3"))
        yield registry, f"{name}/{REPOSITORY}"


@pytest.fixture(params=REGISTRIES.values(), ids=[*REGISTRIES])
def each(request: pytest.FixtureRequest, shelf: debian.Shelf) -> tuple[str, str]:
    """The name of an empty registry, and why it takes no tag away; "" where it does."""
    version, deletes, why = request.param
    program = debian.third() if version == "3" else debian.found()
    if not program:
        pytest.skip(f"registry client on distribution {version}: left out, no such program is here")
    return shelf.take(f"{version}-{deletes}", program=program, deletes=deletes), why


async def test_tags_that_moved_go_back_and_new_ones_go_where_they_may(each: tuple[str, str]) -> None:
    """A sentence says of each where it is; the release that does not hold keeps the names that never move."""
    name, why = each
    async with shop(name) as (registry, repository):
        before = await remember(registry, repository, TAGS)
        await publishing.publish(registry, repository, NEW, release("1.3.0"))
        assert {state(name)[tag] for tag in TAGS} == {NEW.index.digest}
        said = await restore(registry, before, NEW.index.digest)
    assert said[:3] == [f"{repository}:{tag} is back at {OLD.index.digest}" for tag in MOVED]
    found = state(name)
    assert {found[tag] for tag in MOVED} == {OLD.index.digest}
    assert {found[tag] for tag in ("1.3.0", "v1.3.0")} == {NEW.index.digest}
    if not why:
        assert said[3:] == [f"{repository}:{tag} is taken away: there was none" for tag in MADE]
        assert not found.keys() & set(MADE)
        return
    assert {found[tag] for tag in MADE} == {NEW.index.digest}
    for tag, line in zip(MADE, said[3:], strict=True):
        assert line.startswith(f"{repository}:{tag} could not be put back, and was not there: to delete ")
        assert line.endswith(why)


async def test_what_did_not_move_is_where_it_was(each: tuple[str, str]) -> None:
    """Of a tag that is still not there nothing has to be said, whatever the registry lets go."""
    name, _ = each
    async with shop(name) as (registry, repository):
        said = await restore(registry, await remember(registry, repository, TAGS), NEW.index.digest)
    assert said == [*(f"{repository}:{tag} is where it was, at {OLD.index.digest}" for tag in MOVED), "", ""]
    assert not state(name).keys() & set(MADE)


async def test_what_another_has_moved_on_meanwhile_stays_there(empty_registry: str) -> None:
    """A higher version has the tags by now, those that were there before and those that were not."""
    async with shop(empty_registry) as (registry, repository):
        before = await remember(registry, repository, [*MOVED, "newest"])
        await publishing.publish(registry, repository, NEW, release("1.3.0"))
        await publishing.publish(registry, repository, NEWER, release("1.4.0"))
        await registry.put(f"{repository}:newest", NEWER.index)
        await registry.put(f"{repository}:1", NEW.index)
        said = await restore(registry, before, NEW.index.digest)
    found, moved = state(empty_registry), f"was moved on by another, and stays at {NEWER.index.digest}"
    assert {found[tag] for tag in ("latest", "v1", "newest")} == {NEWER.index.digest}
    assert found["1"] == OLD.index.digest
    assert said == [
        f"{repository}:latest {moved}",
        f"{repository}:1 is back at {OLD.index.digest}",
        *(f"{repository}:{tag} {moved}" for tag in ("v1", "newest")),
    ]


async def test_a_tag_that_cannot_go_back_stops_no_other(empty_registry: str) -> None:
    """The registry has lost what one of them pointed at; where it was is said."""
    lost = dataclasses.replace(
        OLD.index, raw=OLD.index.raw.replace(OLD.manifests[0].digest.encode(), b"sha256:" + b"0" * 64)
    )
    async with shop(empty_registry) as (registry, repository):
        before = await remember(registry, repository, MOVED)
        await publishing.publish(registry, repository, NEW, release("1.3.0"))
        said = await restore(
            registry, dataclasses.replace(before, tags=dict(before.tags) | {"latest": lost}), NEW.index.digest
        )
    assert said[0].startswith(f"{repository}:latest could not be put back, and was at {lost.digest}: to take the ")
    assert said[1:] == [f"{repository}:{tag} is back at {OLD.index.digest}" for tag in MOVED[1:]]


async def test_what_cannot_be_read_is_not_remembered_as_nothing(
    empty_registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a tag would be taken away that was there."""

    async def refuse(_: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        return httpx.Response(403, request=request, stream=httpx.ByteStream(b""))

    async with shop(empty_registry) as (registry, repository):
        monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", refuse)
        with pytest.raises(RegistryError, match="answered 403"):
            await remember(registry, repository, TAGS)
