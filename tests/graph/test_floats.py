"""Floating tags of a release: they move when every image was looked at, all of them or none."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import httpx
import pytest

from pipeline.main import Pipeline
from pipeline.nodes import floats
from pipeline.remote.turns import Superseded
from tests.http import shop
from tests.http.gateway import COMMIT, TAG

from .queries import Engine
from .releases import AGAIN, FLOATING, OTHER, Before, World, image_only, refused, releasing

pytestmark = pytest.mark.anyio

NEXT: Final = "v1.2.4"


@pytest.fixture
async def world(published: Pipeline, empty_registry: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in which 1.2.3 is released, and 1.2.4 is tagged."""
    found = releasing(World(image_only(published), empty_registry, engine), monkeypatch)
    found.stand.state.tag(NEXT, COMMIT)
    await found.release()
    found.made.clear()
    return found


def places(world: World) -> list[str]:
    """Two registries for each image, as a release sees it."""
    return [world.to, f"{world.registry}/other"]


def elsewhere(world: World) -> dict[str, str]:
    """The floating tags in the second one."""
    return {tag: digest for tag, digest in shop.state(world.registry, "other/shop").items() if tag in FLOATING}


def moved(world: World) -> bool:
    """Whether `latest` was put."""
    return any(one.startswith("PUT") and one.endswith("/manifests/latest") for one in world.made)


def once_moved(world: World, spelling: str, answer: Callable[[], httpx.Response]) -> Before:
    """Answers one request of this ending, as soon as `latest` was put."""
    left = [spelling]

    async def before(spelled: str) -> httpx.Response | None:
        return answer() if moved(world) and left and spelled.endswith(left[0]) and left.pop() else None

    return before


async def test_none_moves_where_an_image_is_not_as_it_has_to_be(world: World) -> None:
    """Every image is looked at before, also the one of the last registry; put in order, the next run moves them."""
    before = world.floats()

    async def lose(spelled: str) -> httpx.Response | None:
        lost = NEXT in world.published and spelled.endswith("/v2/other/shop/manifests/1.2.4")
        return refused(404) if lost else None

    world.before = lose
    said = await world.failure(NEXT, to=places(world))
    image = f"{world.registry}/other/shop:1.2.4"
    assert said.startswith(f"v1.2.4: floating tags: no floating tag was moved: {image}: verify: the manifest ")
    assert said.endswith(f"\n\nthe release of v1.2.4 stopped at 'floating tags'; {AGAIN}")
    assert not [one for one in world.written if one.endswith("/manifests/latest")]
    assert (world.floats(), elsewhere(world), world.published) == (before, {}, [TAG, NEXT])
    world.before = None
    await world.release(NEXT, to=places(world))
    assert set(world.floats().values()) == set(elsewhere(world).values()) == {world.tags()["1.2.4"]}


async def test_all_go_back_where_one_does_not_lead_to_the_image_after_it_was_put(world: World) -> None:
    """The error says where each is; when it is put in order, the next run moves them."""
    before = world.floats()
    world.before = once_moved(world, "/manifests/v1.2", lambda: refused(404))
    said = await world.failure(NEXT)
    image = f"{world.to}/shop"
    digest = world.tags()["1.2.4"]
    assert said.startswith(f"v1.2.4: floating tags: after it was published: {image}:v1.2 is not there, and was put to ")
    assert [f"\n{image}:{tag} is back at {before[tag]}\n" in said for tag in FLOATING] == [True] * 5
    assert said.endswith(f"\n\nthe release of v1.2.4 stopped at 'floating tags'; {AGAIN}")
    assert (world.floats(), world.published) == (before, [TAG, NEXT])
    world.before = None
    await world.release(NEXT)
    assert set(world.floats().values()) == {digest}


async def test_all_go_back_where_the_second_registry_refuses_one(world: World) -> None:
    """Those of the first one, too, although nothing was wrong there."""
    before = world.floats()
    await world.release(to=places(world))

    async def refuse(spelled: str) -> httpx.Response | None:
        return refused() if spelled == "PUT /v2/other/shop/manifests/latest" else None

    world.made.clear()
    world.before = refuse
    said = await world.failure(NEXT, to=places(world))
    assert "PUT /v2/acme/shop/manifests/latest" in world.made
    assert "after it was published: shop: publish to " in said
    for place in places(world):
        assert [f"\n{place}/shop:{tag} is " in said for tag in FLOATING] == [True] * 5
    assert world.floats() == elsewhere(world) == before


async def test_what_a_higher_version_has_moved_on_meanwhile_stays_there(world: World) -> None:
    """Only what this release has put goes back."""
    before = world.floats()
    world.stand.state.tag("v1.3.0", COMMIT)
    world.before = other(world, lambda: world.release("v1.3.0"))
    said = await world.failure(NEXT)
    newest = world.tags()["1.3.0"]
    assert f"\n{world.to}/shop:latest was moved on by another, and stays at {newest}\n" in said
    found = world.floats()
    assert {found[tag] for tag in ("latest", "1", "v1")} == {newest}
    assert (found["1.2"], found["v1.2"]) == (before["1.2"], before["v1.2"])


def other(world: World, run: Callable[[], Awaitable[Any]]) -> Before:
    """Another process does something when `latest` was put."""

    async def before(spelled: str) -> httpx.Response | None:
        if moved(world) and spelled.startswith("GET") and "/v2/" in spelled:
            world.before = None
            await run()
        return None

    return before


async def test_whoever_lost_the_turn_moves_nothing_more_and_nothing_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other run moves the same tags to the same image; it is asked before each application and registry."""
    asked, move = [], floats.move

    async def hold() -> None:
        asked.append(len(world.written))
        if len(asked) == 2:
            raise Superseded("another run has taken it over")

    async def held(*given: Any, **named: Any) -> None:  # noqa: ANN401 - those of the function
        await move(*given, **named | {"hold": hold})

    monkeypatch.setattr(floats, "move", held)
    said = await world.failure(NEXT, to=places(world))
    assert "another run has taken it over" in said
    assert set(world.floats().values()) == {world.tags()["1.2.4"]}
    assert (elsewhere(world), len(asked)) == ({}, 2)


def losing(world: World, tag: str) -> Before:
    """Somebody deletes a file of the release of a tag when `latest` was put."""

    async def lose() -> None:
        (release,) = [one for one in world.stand.state.releases.values() if one.tag == tag]
        for one in world.stand.state.of(release)[:1]:
            del world.stand.state.assets[one.id]

    return other(world, lose)


async def test_all_go_back_where_the_last_look_finds_something_wrong(world: World) -> None:
    """It is a look at all of the release, and the error says of each tag where it is, also of those that are new."""
    before = world.floats()
    world.stand.state.tag("v1.3.0", COMMIT)
    world.before = losing(world, "v1.3.0")
    said = await world.failure("v1.3.0")
    image = f"{world.to}/shop"
    wrong = "v1.3.0: verify: after it was published: it is not finished: asset report.html: made and uploaded\n\n"
    assert said.startswith(wrong)
    assert [f"\n{image}:{tag} is back at {before[tag]}\n" in said for tag in ("1", "v1", "latest")] == [True] * 3
    gone = [f"\n{image}:{tag} could not be put back, and was not there: to delete " in said for tag in ("1.3", "v1.3")]
    assert gone == [True] * 2
    assert said.endswith(f"\n\nthe release of v1.3.0 stopped at 'verify'; {AGAIN}")
    assert (moved(world), world.floats()) == (True, before)


async def test_a_git_tag_that_moves_meanwhile_is_found_by_the_last_look(world: World) -> None:
    """Nothing is left to do then, and still it is another commit that people would see under the version."""
    before = world.floats()

    async def move() -> None:
        world.stand.state.tag(NEXT, OTHER)

    world.before = other(world, move)
    said = await world.failure(NEXT)
    assert f"after it was published: it is not finished: git tag {NEXT}: on GitHub it is at dddddddddddd, and " in said
    assert world.floats() == before


async def test_one_last_look_that_lags_behind_takes_nothing_back(world: World) -> None:
    """A registry that does not list yet what was put just now."""
    world.before = once_moved(world, "/v2/acme/shop/tags/list", lambda: refused(404))
    await world.release(NEXT)
    asked = [place for place, one in enumerate(world.made) if one.endswith("/v2/acme/shop/tags/list")]
    put = next(place for place, one in enumerate(world.made) if one == "PUT /v2/acme/shop/manifests/latest")
    assert len([place for place in asked if place > put]) == 2
    assert set(world.floats().values()) == {world.tags()["1.2.4"]}


async def test_a_last_look_that_cannot_be_made_takes_nothing_back_and_says_so(world: World) -> None:
    """GitHub does not answer any more; when it does, the next run has only to look."""

    async def silence(spelled: str) -> None:
        if moved(world) and "/releases" in spelled:
            raise httpx.ReadError("it broke")

    world.before = silence
    said = await world.failure(NEXT)
    assert said.startswith("v1.2.4: plan: the list of releases was asked of GitHub (acme/shop at api.example.com): ")
    stays = "this look could not be made, so it has found nothing wrong, and no floating tag goes back"
    assert said.endswith(f"\n\n{stays}\n\nthe release of v1.2.4 stopped at 'verify'; {AGAIN}")
    assert set(world.floats().values()) == {world.tags()["1.2.4"]}
    world.before = None
    assert (await world.release(NEXT)).endswith("and nothing was changed\n")


async def test_whoever_lost_the_turn_before_the_last_look_puts_nothing_back(world: World) -> None:
    """Whatever is wrong, the other run finds it as well."""
    lose = losing(world, NEXT)

    async def taken(spelled: str) -> None:
        await lose(spelled)
        if not world.before:
            state = world.stand.state
            state.refs[f"refs/pipeline/release-{NEXT}"] = state.commit("another person")

    world.before = taken
    said = await world.failure(NEXT)
    assert "the release of v1.2.4 runs twice at once: another person (2026-" in said
    assert set(world.floats().values()) == {world.tags()["1.2.4"]}
