"""Releases that may not be, or that something stops: the step, what was found, how to go on; and no secret."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import dagger
import httpx
import pytest

from pipeline.main import Pipeline
from pipeline.rehearsal.state import Release
from tests.http import debian
from tests.http.gateway import COMMIT, TAG

from .checked import Shops
from .published import tags
from .queries import Engine, held
from .releases import AGAIN, OTHER, TRACELESS, World, image_only, programs, refused, releasing
from .scans import found

pytestmark = pytest.mark.anyio

Change = Callable[[World], None]


@pytest.fixture
def world(published: Pipeline, empty_registry: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in which nothing is released, with an application that has an image alone."""
    return releasing(World(image_only(published), empty_registry, engine), monkeypatch)


def at(pattern: str, status: int = 403, after: str = "") -> Change:
    """Requests of this spelling are refused, once one of another spelling was made."""

    def change(world: World) -> None:
        async def refuse(spelled: str) -> httpx.Response | None:
            due = any(re.match(after, one) for one in world.made)
            return refused(status) if due and re.match(pattern, spelled) else None

        world.before = refuse

    return change


def said(**facts: object) -> Change:
    """Git says something else."""

    def change(world: World) -> None:
        for name, value in facts.items():
            setattr(world, name, value)

    return change


def of_stand(**settings: object) -> Change:
    """GitHub is another one, or has other refs."""

    def change(world: World) -> None:
        for name, value in settings.items():
            setattr(world.stand.state if name == "refs" else world.stand, name, value)

    return change


REFUSALS: Final[dict[str, tuple[Change, str]]] = {
    "a token that may only read": (
        of_stand(push=False),
        "the token may not write to acme/shop; give one that may write its contents",
    ),
    "a token that is none": (
        of_stand(token="another"),  # noqa: S106 - nothing hangs on it
        "answered 401 Unauthorized .*; pass a token that is valid",
    ),
    "a repository that may not be written": (
        at("POST .*/blobs/uploads/"),
        "whether .*/acme/shop may be written was asked of .* answered 403 .*; nobody may do that without a user",
    ),
    "a tag at another commit on GitHub": (
        of_stand(refs={f"refs/tags/{TAG}": OTHER}),
        "on GitHub it is at dddddddddddd, and c0ffee000000 is checked out; check out the tag",
    ),
    "a tag at another commit here": (
        said(tagged=OTHER),
        "here it is at dddddddddddd, and c0ffee000000 is checked out; check out the tag",
    ),
    "a tag that is not on GitHub": (
        of_stand(refs={}),
        r"the tag v1\.2\.3 is not in acme/shop on GitHub, .* push the tag: git push origin v1\.2\.3",
    ),
    "changed files": (said(changed="!"), "files are changed that no commit holds; commit them first"),
    "a branch that is none of releases": (
        said(branches=("feature",)),
        r"it is on feature, and releases are made from main, release/\*; merge it first",
    ),
    "a plan that is none": (
        said(planned="[]"),
        "this is no plan of a release .*; make one with `pipeline plan --json`",
    ),
}


@pytest.mark.parametrize(("change", "why"), REFUSALS.values(), ids=REFUSALS)
async def test_what_stands_in_the_way_is_said_before_anything_is_done(world: World, change: Change, why: str) -> None:
    """The error says how to go on; nothing was built, and nothing written."""
    change(world)
    before = dict(world.stand.state.refs)
    text = await world.failure(plan=held(dagger.File, "plan") if world.planned else None)
    assert re.match(r"v1\.2\.3: (preflight|plan): ", text)
    assert re.search(why, text)
    assert text.endswith(f"\n\nthe release of v1.2.3 stopped at 'preflight'; {AGAIN}")
    assert [one for one in world.written if not TRACELESS.match(one)] == []
    assert (world.stand.state.releases, world.stand.state.refs) == ({}, before)
    assert world.stages == {"version"}


async def test_a_release_without_a_token_is_refused(world: World) -> None:
    """Anybody may read; whoever releases writes."""
    assert "the token may not write to acme/shop" in await world.failure(github_token=None)


async def test_a_plan_of_another_world_is_refused(world: World) -> None:
    """Every step that would be another one is named; here a newer release was published since."""
    world.planned = await world.pipeline.plan(TAG, **world.given({"as_json": True}))
    own = world.stand.state
    newer = Release(id=own.next_id(), tag="v1.3.0", target="main", draft=True, created=own.now())
    own.releases[newer.id] = newer
    own.publish(newer, "true")
    text = await world.failure(plan=held(dagger.File, "plan"))
    assert text.startswith(
        "v1.2.3: preflight: the plan is of another world: publish v1.2.3 was to do (the latest release) and is to do "
        "(not the latest release: a pre-release, or a newer one is published); make a new one and look at it\n\n"
    )
    assert world.written == []


async def test_a_registry_that_wants_a_password_is_not_told_of_it(world: World, tmp_path: Path) -> None:
    """Neither the right one nor one that is wrong is in the error."""
    (folder := tmp_path / "private").mkdir()
    with debian.running(folder, debian.passwords(folder)) as private:
        world.registry = private
        assert "answered 401 Unauthorized" in await world.failure()
        world.pipeline = image_only(
            world.pipeline.with_registry_auth(private, "somebody", held(dagger.Secret, "password"))
        )
        text = await world.failure()
    assert "pass a user and a password that may do it" in text
    assert world.stages == {"version"}


@pytest.mark.parametrize(("stage", "why"), [("test", "bad: test: "), ("scan", "CVE-2026-1")])
async def test_what_does_not_pass_is_neither_published_nor_released(
    world: World, published: Pipeline, shops: Shops, stage: str, why: str
) -> None:
    """Nothing of any application; the turn is given back."""
    world.pipeline = programs(published, "good", "bad")
    if stage == "test":
        shops.bad["test"] = "began\t9999999999\nstep\ttest\t1\n"
    else:
        shops.image = found("CVE-2026-1")
    text = await world.failure()
    assert re.match(r"publish: \d of 8 stages failed\n\n", text)
    assert why in text
    assert text.endswith(f"\n\nthe release of v1.2.3 stopped at 'images'; {AGAIN}")
    assert [tags(world.registry, f"acme/{app}") for app in ("good", "bad")] == [{}, {}]
    assert (world.stand.state.releases, world.stand.state.refs) == ({}, {f"refs/tags/{TAG}": COMMIT})


STOPS: Final[dict[str, tuple[Change, str]]] = {
    "turn": (at("POST /repos/acme/shop/git/refs"), "to make the ref .* answered 403 .*; pass a token that may do it"),
    "images": (at(r"PUT /v2/.*/manifests/1\.2\.3$", 400), "to take the manifest .* answered 400 .*; it does not take"),
    "files": (at("GET /v2/.*/blobs/", 404), "the blob sha256:.* answered 404 .*; check the repository's name"),
    "draft": (at("POST /uploads/.*name=scan"), "to take the asset scan.json of .* answered 403 .*; pass a token that"),
    "publish": (at("PATCH /repos/acme/shop/releases/"), "to publish v1.2.3 was asked .* answered 403 .*; pass a token"),
    "floating tags": (at("PUT /v2/.*/manifests/latest", 400), "to take the manifest .*:latest .* answered 400"),
    "verify": (
        at("GET /v2/.*/tags/list", 404, after="PUT /v2/.*/manifests/latest"),
        r"it is not finished: tag .*/shop:1\.2: newest 1\.2\.x; ",
    ),
}
"""What stops a release at a step, and the error, in the order of the steps."""


async def test_each_error_names_its_step_and_the_next_run_goes_on(world: World) -> None:
    """One after the other in one world: each run comes further, and the last one has nothing left to do."""
    for step, (change, why) in STOPS.items():
        change(world)
        text = await world.failure()
        assert re.search(why, text), text
        assert text.endswith(f"\n\nthe release of v1.2.3 stopped at '{step}'; {AGAIN}"), text
        assert world.stand.state.refs == {f"refs/tags/{TAG}": COMMIT}
        assert bool(world.published) == (step in {"floating tags", "verify"})
        assert len(world.stand.state.releases) == (step in {"draft", "publish", "floating tags", "verify"})
        world.made.clear()
    world.before = None
    assert (await world.release()).endswith("and nothing was changed\n")
