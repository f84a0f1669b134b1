"""A repository is pruned: what goes, what stays, and what is left when it is stopped."""

import contextlib
import datetime as dt
from pathlib import Path
from typing import Final

import anyio
import pytest

from pipeline.nodes.errors import Failed
from pipeline.nodes.prune import prune
from pipeline.nodes.registries import Registries
from pipeline.policy.documents import MANIFEST, Document
from pipeline.policy.holdings import JOURNAL
from pipeline.policy.retention import Policy
from pipeline.remote.pruning import carry_out, planned
from pipeline.remote.registry import RegistryError
from tests.http import debian
from tests.http.repository import BASE, NEW, blob, double, fill, opened, push, running, state, stored
from tests.http.stopping import Stopped, Watch

pytestmark = pytest.mark.anyio

NOW: Final = dt.datetime(2026, 3, 31, tzinfo=dt.UTC)
POLICY: Final = Policy(now=NOW)


@pytest.fixture(scope="module")
def program() -> str:
    """A registry's program; a test that needs it is left out where there is none."""
    if not (found := debian.third() or debian.found()):
        pytest.skip("pruning a real registry: left out, neither registry nor docker-registry is on PATH")
    return found


@pytest.fixture(scope="module")
def filled(program: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry's folder with images in it."""
    return folder_of(tmp_path_factory, program)


@pytest.fixture(scope="module")
def small(program: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with two images."""
    return folder_of(tmp_path_factory, program, "release", "old")


def folder_of(factory: pytest.TempPathFactory, program: str, *images: str) -> Path:
    """A registry's folder with these images in it."""
    folder = factory.mktemp("shop")
    with debian.running(folder, program=program) as name:
        anyio.run(fill, f"{name}/acme/shop", *images)
    return folder


@pytest.fixture
def shop(program: str, filled: Path, shelf: debian.Shelf) -> str:
    """A repository with images in it, in a registry that allows deletes."""
    return f"{shelf.take('pruned', program, filled=filled, deletes=True)}/acme/shop"


@pytest.fixture
def kept(shop: str, shelf: debian.Shelf) -> Path:
    """Where its registry keeps what it has."""
    _ = shop
    return shelf.folder("pruned")


def writing(made: list[str]) -> list[str]:
    """The requests that write."""
    return [one for one in made if one.split()[0] not in {"GET", "HEAD"}]


async def run(shop: str, policy: Policy = POLICY) -> str:
    """Prune it as callers do."""
    return await prune(shop, Registries(), policy, dry_run=False)


async def test_old_images_go_with_all_that_belongs_to_them(shop: str, kept: Path) -> None:
    """And nothing else: what is kept has its platforms, its SBOMs and their signature."""
    before, manifests = state(shop), stored(kept)
    await run(shop)
    after = state(shop)
    gone = {tag for tag in before.keys() - after.keys() if not tag.startswith("sha256-")}
    assert gone == {"pr-1", "pr-2", "key-abcd"}
    assert len([tag for tag in after if tag.startswith("sha256-")]) == 9
    assert after.items() <= before.items()
    # An image is an index, 2 manifests, 2 SBOMs, a signature, and 3 lists of referrers.
    assert len(manifests - stored(kept)) == 2 * 9
    assert stored(kept) <= manifests


async def test_a_tag_that_shares_its_image_stays_with_it(shop: str) -> None:
    """It is old, and to take it away would free nothing."""
    row = next(line for line in (await run(shop)).splitlines() if line.startswith("main-abc1234"))
    assert row.split()[1] == "kept"
    assert {"1.2.3", "latest", "main-abc1234"} <= state(shop).keys()


async def test_a_dry_run_says_the_same_and_only_reads(shop: str, watched: Watch) -> None:
    """What it says would be free is what is freed: layers that a kept image shares are not."""
    before = state(shop)
    made = watched(0, writing=True)
    said = await prune(shop, Registries(), POLICY, dry_run=True)
    assert {one.split()[0] for one in made} == {"GET", "HEAD"}
    assert state(shop) == before
    watched(999, writing=True)
    done = await run(shop)
    last = said.splitlines()[-1]
    assert last == done.splitlines()[-1].replace("freed", "would free")
    assert last == "would free 2 images, 0.8 MB"
    assert next(line.split()[0] for line in said.splitlines() if " would go " in line) == "key-abcd"


async def test_pruning_again_finds_nothing(shop: str, watched: Watch) -> None:
    """And writes nothing."""
    await run(shop)
    made = watched(999, writing=True)
    assert (await run(shop)).splitlines()[-1] == "freed nothing"
    assert writing(made) == []


async def test_stopped_after_each_request_that_writes_and_run_again_it_ends_the_same(
    program: str, small: Path, tmp_path: Path, watched: Watch
) -> None:
    """No tag leads to something incomplete meanwhile, and no manifest is left that no tag leads to."""
    ends = []
    with running(program, small, tmp_path) as first:
        for last in range(99):
            double(tmp_path, "acme/shop", f"acme/shop{last}")
            shop = f"{first}{last}"
            made = watched(last, writing=True)
            with contextlib.suppress(Stopped):
                await run(shop)
            done = len(writing(made)) < last
            state(shop)
            watched(999, writing=True)
            await run(shop)
            ends.append((state(shop), stored(tmp_path, f"acme/shop{last}")))
            if done:
                break
        else:
            raise AssertionError("it never came to its end")
    assert last > 10
    assert all(end == ends[-1] for end in ends)
    assert JOURNAL not in ends[-1][0]


async def test_what_became_old_since_a_prune_was_stopped_goes_with_it(shop: str, kept: Path, watched: Watch) -> None:
    """The list that the first one left is replaced by a longer one."""
    watched(6, writing=True)
    with contextlib.suppress(Stopped):
        await run(shop)
    assert JOURNAL in state(shop)
    watched(999, writing=True)
    await run(shop, Policy(now=NOW + dt.timedelta(days=99)))
    assert {tag for tag in state(shop) if not tag.startswith("sha256-")} - {"main-abc1234"} == {
        "1.2.3",
        "latest",
        "odd",
    }
    assert len(stored(kept)) == 2 * 9


@pytest.mark.parametrize(
    ("tag", "said"),
    [("2.0.0", r"got the tag 2\.0\.0 while it was pruned"), ("latest", "latest was moved while it was")],
)
async def test_a_tag_that_came_or_moved_meanwhile_ends_it(shop: str, tag: str, said: str) -> None:
    """What it points at was to go; run again, it is kept."""
    async with opened(shop) as registry:
        found = await planned(registry, shop, POLICY)
        index = await registry.manifest(f"{shop}:pr-2")
        await registry.put(f"{shop}:{tag}", index)
        with pytest.raises(RegistryError, match=f"{said}.*; run it again"):
            await carry_out(registry, shop, found)
    await run(shop)
    assert state(shop)[tag] == index.digest


async def test_a_repository_that_is_not_there_has_nothing_to_free(shop: str) -> None:
    """No error: nothing was published yet."""
    assert await run(f"{shop}/none") == "TAG  RESULT  REASON\nfreed nothing\n"


async def test_a_registry_that_allows_no_deletes_is_said_and_left_as_it_is(
    program: str, filled: Path, tmp_path: Path
) -> None:
    """Nothing is noted there."""
    with running(program, filled, tmp_path, deletes=False) as shop:
        before = state(shop)
        with pytest.raises(Failed, match=r"acme/shop: prune: to delete .*the registry does not allow deletes"):
            await run(shop)
        assert state(shop) == before


async def test_a_tag_in_the_place_of_the_list_is_not_overwritten(shop: str) -> None:
    """Somebody pushed it."""
    async with opened(shop) as registry:
        await push(registry, shop, "mine", NEW, JOURNAL)
    before = state(shop)
    with pytest.raises(Failed, match=f"{JOURNAL} is no list of a prune, and takes its place; give it another tag"):
        await run(shop)
    assert before.items() - state(shop).items() <= {("main-abc1234", before["main-abc1234"])}


async def test_an_address_with_a_tag_is_refused(shop: str) -> None:
    """The whole repository is pruned."""
    with pytest.raises(Failed, match="names a tag or a digest"):
        await run(f"{shop}:1")


async def test_what_nobody_can_read_is_said_and_nothing_is_deleted(shop: str) -> None:
    """It may need anything."""
    async with opened(shop) as registry:
        layer = await blob(registry, shop, "a/layer", BASE)
        content = {"schemaVersion": 2, "mediaType": MANIFEST, "config": layer.json}
        broken = Document.write(MANIFEST, content | {"layers": [layer.json | {"size": -1}]})
        await registry.put(f"{shop}:strange", broken)
    before = state(shop)
    with pytest.raises(Failed, match="has what cannot be read, so nothing is deleted: a descriptor whose digest"):
        await run(shop)
    assert state(shop) == before
