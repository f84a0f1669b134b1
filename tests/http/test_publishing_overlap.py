"""Two publications of one repository overlap: what the other one put in between counts."""

import re
from collections.abc import Awaitable, Callable

import httpx
import pytest

from pipeline.policy.tags import Change, Event, TagConflict
from pipeline.remote import publishing
from pipeline.remote.copying import Copy
from pipeline.remote.publishing import Artifact
from pipeline.remote.registry import Registry, Retries
from pipeline.remote.transport import Request, Transport
from tests.http.shop import KEY, image, release, state

pytestmark = pytest.mark.anyio

SHOP = "acme/shop"
NEW, OLD, OTHER = image("1.3.0"), image("1.2.4", b"old" * 1000), image("1.2.4", b"other" * 1000)

Action = Callable[[], Awaitable[None]]
Meanwhile = Callable[[str, Action], list[str]]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Do something right before the first request whose spelling (`PUT /v2/...`) matches; gives when it was done."""
    real = Transport.send

    def add(pattern: str, action: Action) -> list[str]:
        done: list[str] = []

        async def send(self: Transport, request: Request, base: httpx.URL, limit: float) -> httpx.Response:
            spelled = f"{request.method} {request.url.path}"
            if not done and re.match(pattern, spelled):
                done.append(spelled)
                await action()
            return await real(self, request, base, limit)

        monkeypatch.setattr(Transport, "send", send)
        return done

    return add


async def publish(name: str, artifact: Artifact, change: Change) -> dict[str, str]:
    """All of it; gives the tags that were put, with their reasons."""
    async with Registry(name, actions="pull,push", retries=Retries(first=0.01)) as registry:
        done = await publishing.publish(registry, f"{name}/{SHOP}", artifact, change)
    return {one.tag: one.reason for one in done.decisions if one.moved}


def leading(name: str, artifact: Artifact) -> set[str]:
    """The tags that lead to an image, without its key."""
    return {tag for tag, digest in state(name).items() if digest == artifact.index.digest and tag != KEY}


MOMENTS = {
    "while a layer is uploaded": "POST .*/uploads/",
    "before the key is put": "PUT .*/manifests/key-",
    "before the version is put": "PUT .*/manifests/1[.]2[.]4",
    "before the last tag that never moves is read back": "GET .*/manifests/v1[.]2[.]4",
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
async def test_a_newer_release_that_comes_meanwhile_keeps_what_floats(
    empty_registry: str, meanwhile: Meanwhile, moment: str
) -> None:
    """Uploading takes minutes: `latest` and `1` stay with 1.3.0, and the older release says why it has not got them."""

    async def overtake() -> None:
        await publish(empty_registry, NEW, release("1.3.0"))

    done = meanwhile(moment, overtake)
    put = await publish(empty_registry, OLD, release("1.2.4"))
    assert len(done) == 1
    assert leading(empty_registry, NEW) == {"1.3.0", "v1.3.0", "1.3", "v1.3", "1", "v1", "latest"}
    assert leading(empty_registry, OLD) == {"1.2.4", "v1.2.4", "1.2", "v1.2"} == put.keys() - {KEY}


async def test_a_promotion_leaves_what_floats_to_a_newer_release_that_comes_meanwhile(
    empty_registry: str, other_registry: str, meanwhile: Meanwhile
) -> None:
    """Copying takes as long as uploading."""
    await publish(empty_registry, OLD, release("1.2.4"))

    async def overtake() -> None:
        await publish(other_registry, NEW, release("1.3.0"))

    meanwhile("POST .*/uploads/", overtake)
    async with Registry(empty_registry) as source, Registry(other_registry, actions="pull,push") as target:
        origin, repository = f"{empty_registry}/{SHOP}", f"{other_registry}/{SHOP}"
        copy = Copy(source=source, origin=origin, target=target, repository=repository)
        await publishing.promote(copy, OLD.index, release("1.2.4"))
    assert leading(other_registry, OLD) == {"1.2.4", "v1.2.4", "1.2", "v1.2"}


@pytest.mark.parametrize("moment", [*MOMENTS.values()][:2], ids=[*MOMENTS][:2])
async def test_of_two_images_of_one_version_the_first_keeps_it(
    empty_registry: str, meanwhile: Meanwhile, moment: str
) -> None:
    """The other one is told so with both digests, and gets none of the tags."""

    async def overtake() -> None:
        await publish(empty_registry, OTHER, release("1.2.4"))

    meanwhile(moment, overtake)
    with pytest.raises(TagConflict, match=f"points at {OTHER.index.digest}, and {OLD.index.digest} was to be"):
        await publish(empty_registry, OLD, release("1.2.4"))
    assert leading(empty_registry, OLD) == set()
    assert leading(empty_registry, OTHER) == {"1.2.4", "v1.2.4", "1.2", "v1.2", "1", "v1", "latest"}


async def test_a_commit_that_another_image_took_meanwhile_is_left_to_it(
    empty_registry: str, meanwhile: Meanwhile
) -> None:
    """The reason says whose it is; `edge` goes on."""
    change = Change(event=Event.BRANCH, ref="refs/heads/main", commit="abc1234def", version="1.2.4")

    async def overtake() -> None:
        await publish(empty_registry, OTHER, change)

    meanwhile("POST .*/uploads/", overtake)
    assert await publish(empty_registry, OLD, change) == {"edge": "newest of main"}
    assert leading(empty_registry, OTHER) == {"main-abc1234"}


async def test_the_same_image_may_be_published_twice_at_once(empty_registry: str, meanwhile: Meanwhile) -> None:
    """Both end well, and the second puts what the first did not."""

    async def overtake() -> None:
        await publish(empty_registry, OLD, Change(event=Event.MANUAL, version="1.2.4", tags=["1.2.4", "latest"]))

    meanwhile("PUT .*/manifests/key-", overtake)
    put = await publish(empty_registry, OLD, release("1.2.4"))
    assert put.keys() == {KEY, "v1.2.4", "1.2", "v1.2", "1", "v1"}
