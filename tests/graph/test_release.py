"""A release, on a real registry and the stand-in for GitHub: what is there afterwards, wherever it was stopped."""

import json
import re
from typing import Final

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.policy.platforms import DEFAULT
from pipeline.policy.shipment import Packed, names
from tests.http.gateway import COMMIT, TAG

from .checked import Shops
from .queries import Engine, held
from .queries import failed as engine_failed
from .releases import AGAIN, FLOATING, OTHER, TRACELESS, World, image_only, programs, releasing

pytestmark = pytest.mark.anyio

_FLOAT: Final = re.compile(r"PUT /v2/.*/manifests/(v?1(?:\.2)?|latest)$")

_PUBLISH: Final = "PATCH /repos/acme/shop/releases/"


@pytest.fixture
def world(published: Pipeline, empty_registry: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in which nothing is released, with an application that has an image alone."""
    return releasing(World(image_only(published), empty_registry, engine), monkeypatch)


async def test_all_of_a_product_is_there_afterwards(world: World, published: Pipeline) -> None:
    """Images, binaries, SBOMs, provenance, reports, files to deploy by digest, checksums and notes; and the table."""
    world.pipeline = programs(published, "api", "frontend")
    text = await world.release()
    seen = world.picture("api", "frontend")
    apps = [Packed(app=name, platforms=DEFAULT, binary=name) for name in ("api", "frontend")]
    assert sorted(seen["assets"][TAG]) == sorted(names("1.2.3", apps))
    ((tag, draft, prerelease, target, notes),) = seen["releases"]
    assert (tag, draft, prerelease, target, seen["latest"]) == (TAG, False, False, COMMIT, TAG)
    assert (seen["refs"], seen["unknown"]) == ({f"refs/tags/{TAG}": COMMIT}, [])
    assert "- What 1.2.3 has." in notes
    for app in ("api", "frontend"):
        found = {tag: digest for tag, digest in world.tags(app).items() if not tag.startswith("key-")}
        assert found.keys() == {"1.2.3", "v1.2.3", *FLOATING}
        (digest,) = set(found.values())
        assert f"\n{app}: {world.to}/{app}@{digest}\n" in text
        for said in (notes, *(world.assets()[name].decode() for name in ("compose.yaml", "kubernetes.yaml"))):
            assert f"{world.to}/{app}@{digest}" in said
    table = text.partition("\nSTEP ")[2].splitlines()[1:]
    assert len(table) == 2 + 2 * (3 + len(FLOATING)) + len(seen["assets"][TAG]) + 2
    assert [row for row in table if "  done  " not in row] == []


@pytest.mark.parametrize("attested", [True, False])
async def test_notes_say_how_to_verify_what_a_workflow_signs(world: World, *, attested: bool) -> None:
    """And nothing of it where none does."""
    await world.release(attested=attested)
    ((*_, notes),) = world.picture()["releases"]
    assert ("gh attestation verify checksums.txt --repo acme/shop\n" in notes) == attested
    assert (f"gh attestation verify oci://{world.to}/shop@{world.tags()['1.2.3']} --repo" in notes) == attested


async def test_notes_promise_no_signature_of_an_image_of_another_run(world: World) -> None:
    """That run ended before anybody signed, and this one cannot say that it built it."""
    assert await world.killed("POST /repos/acme/shop/releases$")
    await world.release(attested=True)
    ((*_, notes),) = world.picture()["releases"]
    assert "gh attestation verify checksums.txt" in notes
    assert "gh attestation verify oci://" not in notes


async def test_floating_tags_move_when_all_else_is_there_and_published(world: World) -> None:
    """At no moment does one of them lead to what is not whole, or not released."""
    moved = []

    async def look(spelled: str) -> None:
        if found := _FLOAT.fullmatch(spelled):
            moved.append(found[1])
            assert world.published == [TAG]
            there = world.tags()
            assert there["1.2.3"] == there["v1.2.3"]

    world.before = look
    await world.release()
    assert sorted(moved) == sorted(FLOATING)
    assert [bool(_FLOAT.fullmatch(one)) for one in world.written[-6:]] == [True] * 5 + [False]
    assert world.written[-1].startswith("DELETE /repos/acme/shop/git/refs/pipeline/")


async def test_a_second_run_changes_nothing_and_says_so(world: World) -> None:
    """It looks whether all may be written, takes its turn, verifies everything, and that is all."""
    first = await world.release()
    before, held_there = world.picture(), (dict(world.stand.state.releases), dict(world.stand.state.assets))
    world.made.clear()
    world.engine.asked.clear()
    again = await world.release()
    assert again.endswith(f"\n{TAG} was released already, and nothing was changed\n")
    assert "was released already" not in first
    assert world.picture() == before
    assert (world.stand.state.releases, world.stand.state.assets) == held_there
    left = [one.partition("?")[0] for one in world.written if not TRACELESS.match(one)]
    assert left == [
        "POST /repos/acme/shop/git/commits",
        "POST /repos/acme/shop/git/refs",
        f"DELETE /repos/acme/shop/git/refs/pipeline/release-{TAG}",
    ]
    assert world.stages == {"version", "content key"}


async def test_an_older_version_does_not_take_what_the_newest_has(world: World) -> None:
    """1.2.4 after 1.3.0 is neither `latest` nor `1`, nor the latest of GitHub; a pre-release is nothing of it."""
    for tag in ("v1.3.0", "v1.2.4", "v1.4.0-rc.1"):
        world.stand.state.tag(tag, COMMIT)
    await world.release("v1.3.0")
    newest = world.tags()["1.3.0"]
    text = await world.release("v1.2.4")
    found = world.tags()
    assert {found[tag] for tag in ("latest", "1", "v1", "1.3", "v1.3")} == {newest}
    assert found["1.2"] == found["v1.2"] == found["1.2.4"] != newest
    assert world.picture()["latest"] == "v1.3.0"
    assert re.search(r"shop:latest +left +the registry has 1\.3\.0, which is newer than 1\.2\.4$", text, re.MULTILINE)
    assert re.search(r"^publish +v1\.2\.4 +done +not the latest release: ", text, re.MULTILINE)
    await world.release("v1.4.0-rc.1")
    assert {tag: digest for tag, digest in world.tags().items() if tag in found} == found
    assert [one[2] for one in world.picture()["releases"]] == [False, False, True]
    assert world.picture()["latest"] == "v1.3.0"


async def test_of_two_at_once_one_wins_and_the_other_says_so(world: World) -> None:
    """Whether the other one begins while images are pushed or at the last moment: one release comes of it."""
    await world.release()
    whole = world.picture()
    for moment in (r"PUT /v2/.*/manifests/1\.2\.3$", _PUBLISH):
        world.anew(re.sub(r"\W+", "", moment).lower())

        async def other(spelled: str, moment: str = moment) -> None:
            if re.match(moment, spelled):
                world.before = None
                await world.release(holder="another person")

        world.before = other
        said = await world.failure(holder="a person")
        assert f"the release of {TAG} runs twice at once: another run has taken it over, and has ended" in said, moment
        assert world.picture() == whole, moment


async def test_an_image_that_lies_there_is_released_as_it_is(world: World) -> None:
    """A run that ended after it: by its content key nothing is built anew, and the report is made all the same."""
    assert await world.killed("POST /repos/acme/shop/releases$")
    digest = world.tags()["1.2.3"]
    text = await world.release()
    assert re.search(r"^shop: key-\w{32} is there already: not built and tested again$", text, re.MULTILINE)
    assert world.tags()["latest"] == digest
    assert json.loads(world.assets()["scan.json"])["findings"].keys() == {"shop"}


async def test_what_does_not_compile_for_some_machine_takes_no_name(world: World, published: Pipeline) -> None:
    """Neither in a registry nor as a draft: the version can still be released from another commit."""
    world.pipeline = programs(published, "shop")
    command = ["sh", "-c", "x", "compile", ""]
    world.engine.answers(export=lambda _: engine_failed(command, 1, "./main.go:9:2: undefined: syscall.Kill"))
    said = await world.failure()
    assert said.startswith("shop: compile: the source does not compile:\n./main.go:9:2: undefined: syscall.Kill")
    assert said.endswith(f"\n\nthe release of {TAG} stopped at 'binaries'; {AGAIN}")
    assert (world.tags(), world.stand.state.releases) == ({}, {})


async def test_what_was_found_stays_as_the_release_has_it(world: World) -> None:
    """What a draft of this commit has is not scanned again: those files are of the day when it was."""
    assert await world.killed(_PUBLISH)
    kept = world.assets()["scan.json"]
    world.engine.asked.clear()
    await world.release()
    assert world.assets()["scan.json"] == kept
    assert "smoke" not in world.stages


async def test_what_was_found_in_another_commit_does_not_stay(world: World) -> None:
    """The tag was moved while there was a draft: all is tested and scanned again."""
    assert await world.killed(_PUBLISH)
    world.engine.asked.clear()
    world.commit = world.tagged = OTHER
    world.stand.state.tag(TAG, OTHER)
    await world.release()
    assert {"smoke", "look"} <= world.stages
    assert world.picture()["releases"][0][3] == OTHER


async def test_a_report_speaks_of_every_application_also_where_one_was_built_again(
    world: World, published: Pipeline, shops: Shops
) -> None:
    """The release has it already, of all of them."""
    world.pipeline = programs(published, "good", "bad")
    assert await world.killed(_PUBLISH)
    shops.bad["content key"] = "07her"
    await world.release()
    assert json.loads(world.assets()["scan.json"])["findings"].keys() == {"good", "bad"}


async def test_a_plan_is_carried_out_and_goes_on(world: World) -> None:
    """What it has done itself since is no other world."""
    world.planned = await world.pipeline.plan(TAG, **world.given({"as_json": True}))
    assert world.written == []
    await world.killed(20)
    plan = held(dagger.File, "plan")
    await world.release(plan=plan)
    assert (await world.release(plan=plan)).endswith("and nothing was changed\n")


async def test_where_it_stands_is_said_and_nothing_is_written(world: World) -> None:
    """Whose turn it is, too; a plan says the same."""
    await world.killed(20)
    world.made.clear()
    text = await world.release(status=True)
    assert text.startswith(await world.pipeline.plan(TAG, **world.given({})))
    assert re.search(r"\nit is being released by a release \(2026-.*\)\n$", text)
    assert re.search(r"^image +\S+/shop +to do ", text, re.MULTILINE)
    assert world.written == []
