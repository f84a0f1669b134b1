"""What registries and GitHub have of a release is asked, and nothing is written."""

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest

from pipeline.policy.plan import Hosted, Wanted
from pipeline.policy.tags import Held
from pipeline.rehearsal.state import Release
from pipeline.remote import publishing, world
from pipeline.remote.errors import RegistryError
from pipeline.remote.registry import Registry
from tests.http.conftest import Clock
from tests.http.gateway import COMMIT, CONTENTS, REPOSITORY, TAG, Gateway, client, run, stand, wanted
from tests.http.shop import image, release
from tests.http.stopping import Stopped

pytestmark = pytest.mark.anyio

WANTED: Final = Wanted(version=TAG, repository=REPOSITORY)
NOTHING: Final = Hosted(assets=[], versions=[])
OLD, NEW = (image(version, b"own", b"base", ["amd64"]) for version in ("1.2.2", "1.2.3"))


async def hosted(gateway: Gateway, of: Wanted = WANTED) -> Hosted:
    """What GitHub has; it is read alone."""
    gateway.made.clear()
    async with client(gateway) as github:
        found = await world.hosted(of, github)
    assert {one.split()[0] for one in gateway.made} == {"GET"}
    return found


@asynccontextmanager
async def opened(reference: str) -> AsyncIterator[Registry]:
    """A client that may write."""
    async with Registry(reference.partition("/")[0], actions="pull,push", retries=Clock().retries()) as registry:
        yield registry


async def test_before_a_release_its_tag_alone_is_there() -> None:
    """At its commit, also where it is annotated; of another one there is nothing."""
    for annotated in (False, True):
        gateway = Gateway(stand())
        gateway.stand.state.tag(TAG, COMMIT, annotated=annotated)
        assert await hosted(gateway) == dataclasses.replace(NOTHING, tagged=COMMIT)
    assert await hosted(gateway, dataclasses.replace(WANTED, version="9.9.9")) == NOTHING


async def test_of_a_draft_the_whole_assets_are_there() -> None:
    """One that is half uploaded has to be uploaded again."""
    gateway = Gateway(stand(), last=18)
    with pytest.raises(Stopped):
        await run(gateway)
    gateway.last = -1
    draft = dataclasses.replace(NOTHING, tagged=COMMIT, draft=True)
    assert await hosted(gateway) == dataclasses.replace(draft, assets=["shop.tar.gz"])
    next(iter(gateway.stand.state.assets.values())).state = "starter"
    assert await hosted(gateway) == draft


async def test_what_is_published_has_its_assets_and_those_before_it_their_versions() -> None:
    """Its own tag is not among these, nor are drafts and pre-releases: they do not say which is the latest."""
    gateway = Gateway(stand())
    own = gateway.stand.state
    for tag in ("v1.2.2", "v1.3.0-rc.1"):
        own.tag(tag, COMMIT)
        await run(gateway, wanted(tag))
    draft = Release(id=own.next_id(), tag="v2.0.0", target="main", draft=True, created=own.now())
    own.releases[draft.id] = draft
    await run(gateway)
    found = await hosted(gateway)
    assert sorted(found.assets) == sorted(CONTENTS)
    assert (found.tagged, found.draft, found.published, found.versions) == (COMMIT, False, True, ["v1.2.2"])


async def test_each_repository_says_what_it_has_of_the_tags_of_the_version(empty_registry: str) -> None:
    """Digest and version of each, in the order of the applications; what is not there yet has nothing."""
    shop, web = f"{empty_registry}/acme/shop", f"{empty_registry}/acme/web"
    async with opened(shop) as registry:
        for one, version in ((OLD, "1.2.2"), (NEW, "1.2.3")):
            await publishing.publish(registry, shop, one, release(version))
    found = await world.places(WANTED, [("web", web), ("shop", shop)], opened)
    assert [(one.app, one.repository) for one in found] == [("web", web), ("shop", shop)]
    assert found[0].held == Held(tags=[])
    held = found[1].held
    assert held
    own = ("1.2.3", "v1.2.3", "1.2", "v1.2", "1", "v1", "latest")
    assert held.digests == dict.fromkeys(own, NEW.index.digest)
    assert held.versions == dict.fromkeys(own, "1.2.3")
    assert {"1.2.2", "v1.2.2"} < set(held.tags)


async def test_a_registry_that_does_not_say_is_an_error(empty_registry: str) -> None:
    """Nothing is planned on what nobody knows."""
    where = [("shop", f"{empty_registry}/acme/shop"), ("web", "127.0.0.1:1/acme/web")]
    with pytest.raises(RegistryError, match=r"the tags of 127\.0\.0\.1:1/acme/web .* the connection failed"):
        await world.places(WANTED, where, opened)
