"""Publishing to a real registry through a network that breaks, lies and dawdles."""

import dataclasses
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import pytest

from pipeline.policy.documents import MANIFEST
from pipeline.remote import publishing
from pipeline.remote.registry import Registry, RegistryError, Retries
from tests.http import debian
from tests.http.conftest import Clock
from tests.http.faultproxy import Fault, Proxy, before
from tests.http.repository import double
from tests.http.servers import Reply, problem
from tests.http.shop import KEY, image, release, state

pytestmark = pytest.mark.anyio

OLD, NEW = image("1.2.2", b"old" * 1000), image("1.2.3")
TAGS = {KEY, "1.2.3", "v1.2.3", "1.2", "v1.2", "1", "v1", "latest"}
STEPS = {
    "the list of tags": "GET .*/tags/list",
    "a tag that is there": "GET .*/manifests/latest",
    "whether a blob is there": "HEAD .*/blobs/",
    "the beginning of an upload": "POST .*/uploads/",
    "an upload": "PUT .*/uploads/",
    "a manifest": "PUT .*/manifests/sha256:",
    "a tag": "PUT .*/manifests/1.2.3",
    "a tag that is read back": "GET .*/manifests/1.2.3",
}
FAULTS = {
    "429": Fault("", problem(429, "TOOMANYREQUESTS", "slow down", Retry_After="7")),
    "500": Fault("", Reply(status=500)),
    "broken at once": Fault("", sent=0),
    "broken after it was done": Fault("", lost=True),
}
STEP = pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)


@dataclasses.dataclass(frozen=True)
class Shop:
    """A repository with an older release in it, and the proxy before its registry."""

    name: str
    repository: str
    proxy: Proxy

    async def publish(self, retries: Retries) -> None:
        """Publish the new release."""
        async with Registry(self.name, address=self.proxy.address, actions="pull,push", retries=retries) as registry:
            await publishing.publish(registry, f"{self.name}/{self.repository}", NEW, release("1.2.3"))

    async def fail(self, retries: Retries) -> str:
        """Publish in vain: the error names the repository, and every tag still leads to one whole release."""
        with pytest.raises(RegistryError, match=rf"{re.escape(self.name)}/{self.repository}\b") as failed:
            await self.publish(retries)
        found = state(self.name, self.repository)
        assert set(found.values()) <= {OLD.index.digest, NEW.index.digest}
        assert {found["1.2.2"], found["v1.2.2"]} == {OLD.index.digest}
        return str(failed.value)

    async def end(self, retries: Retries) -> None:
        """Publish without a fault: all is there."""
        self.proxy.faults.clear()
        await self.publish(retries)
        self.see()

    def see(self) -> None:
        """The new release is there, and the old one."""
        found = state(self.name, self.repository)
        assert {tag for tag, digest in found.items() if digest == NEW.index.digest} == TAGS
        assert {tag for tag, digest in found.items() if digest == OLD.index.digest} == {"1.2.2", "v1.2.2"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the registry keeps what it has."""
    return tmp_path_factory.mktemp("registry")


@pytest.fixture(scope="module")
def name(folder: Path) -> Iterator[str]:
    """A registry for all tests, each of which has its own repository; it has the older release."""
    if not (program := debian.third() or debian.found()):
        pytest.skip("publishing to a real registry: left out, neither registry nor docker-registry is on PATH")
    with debian.running(folder, program=program) as started:
        anyio.run(publish_old, started)
        yield started


async def publish_old(name: str) -> None:
    """Publish the older release."""
    async with Registry(name, actions="pull,push") as registry:
        await publishing.publish(registry, f"{name}/acme/old", OLD, release("1.2.2"))


@pytest.fixture
async def shop(name: str, folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    """A repository of the test's own."""
    repository = f"acme/{debian.digest(request.node.name.encode())[7:19]}"
    double(folder, "acme/old", repository)
    async with before(name) as proxy:
        yield Shop(name, repository, proxy)


async def test_one_connection_carries_all_of_an_image(shop: Shop, clock: Clock) -> None:
    """Also after answers without a body: each further one would cost its handshakes, far away more than the request."""
    await shop.publish(clock.retries())
    assert len(shop.proxy.requests) > 50
    assert shop.proxy.connections == 1
    shop.see()


@STEP
async def test_what_passes_ends_in_the_complete_image(shop: Shop, clock: Clock, step: str) -> None:
    """One fault after the other, at any step; the registry is left alone for as long as it asks."""
    shop.proxy.faults += [dataclasses.replace(fault, pattern=step) for fault in FAULTS.values()]
    await shop.publish(clock.retries())
    assert shop.proxy.faults == []
    assert clock.pauses[0] == 7
    assert len(clock.pauses) == len(FAULTS)
    shop.see()


@STEP
@pytest.mark.parametrize("fault", ["500", "broken after it was done"])
async def test_what_lasts_leaves_no_tag_on_something_incomplete(
    shop: Shop, clock: Clock, step: str, fault: str
) -> None:
    """The error says how often it was asked; when the fault is over, a new run ends well."""
    shop.proxy.faults.append(dataclasses.replace(FAULTS[fault], pattern=step, lasting=True))
    said = await shop.fail(clock.retries())
    assert re.search(r"asked \d+ times, 60 s are given", said)
    await shop.end(clock.retries())


@pytest.mark.parametrize("sent", [1, 2**16, 10**6])
async def test_an_upload_that_breaks_on_its_way_is_made_again(shop: Shop, clock: Clock, sent: int) -> None:
    """From its beginning: the registry has no half of a blob."""
    shop.proxy.faults += [Fault(STEPS["an upload"], sent=sent)] * 3
    await shop.publish(clock.retries())
    assert shop.proxy.faults == []
    shop.see()


@pytest.mark.parametrize("step", ["the list of tags", "a tag that is there", "a tag that is read back"])
async def test_a_truncated_answer_is_no_answer(shop: Shop, clock: Clock, step: str) -> None:
    """It is asked again; where it stays so, nothing is done on the strength of it."""
    shop.proxy.faults.append(Fault(STEPS[step], came=10, lasting=True))
    assert "the connection failed" in await shop.fail(clock.retries())
    shop.proxy.faults[:] = [Fault(STEPS[step], came=10)]
    await shop.publish(clock.retries())
    shop.see()


WRONG = {"Docker-Content-Digest": OLD.index.digest, "Content-Type": NEW.index.media_type}
TYPED = {"Content-Type": NEW.index.media_type}
LIES = {
    "another image": (Reply(OLD.index.raw, headers=WRONG), f"gives back {OLD.index.digest} of .*look who else"),
    "another digest": (Reply(NEW.index.raw, headers=WRONG), f"and not {OLD.index.digest}; do not use it"),
    "another form": (Reply(NEW.index.raw + b"\n", headers=TYPED), "gives back .* do not use it"),
    "half of it": (Reply(NEW.index.raw[:99], headers=TYPED), "is not a JSON object"),
    "another type": (Reply(NEW.index.raw, headers={"Content-Type": MANIFEST}), "and calls itself .*; do not use it"),
    "nothing": (problem(404, "MANIFEST_UNKNOWN", "unknown"), "gives back nothing"),
}


@pytest.mark.parametrize(("lie", "said"), LIES.values(), ids=LIES)
async def test_what_is_read_back_is_not_believed(shop: Shop, clock: Clock, lie: Reply, said: str) -> None:
    """No further tag is put after the first that is not what it was put as."""
    shop.proxy.faults.append(Fault(STEPS["a tag that is read back"], lie, lasting=True, after=STEPS["a tag"]))
    assert re.search(said, await shop.fail(clock.retries()))
    assert clock.pauses == []
    assert state(shop.name, shop.repository)["latest"] == OLD.index.digest
    await shop.end(clock.retries())


@pytest.mark.parametrize(
    ("step", "lie"),
    [
        ("whether a blob is there", Reply()),
        ("an upload", Reply(status=201)),
    ],
)
async def test_what_is_said_to_be_there_and_is_not_has_no_tag(shop: Shop, clock: Clock, step: str, lie: Reply) -> None:
    """The registry itself misses it."""
    shop.proxy.faults.append(Fault(STEPS[step], lie, lasting=True))
    assert re.search("BLOB_UNKNOWN|MANIFEST_UNKNOWN", await shop.fail(clock.retries()))
    assert "1.2.3" not in state(shop.name, shop.repository)
    await shop.end(clock.retries())


async def test_what_is_slow_is_waited_for(shop: Shop) -> None:
    """As long as bytes come; nothing is sent twice, and not what the older release brought."""
    steps = ("the list of tags", "an upload", "a tag that is read back")
    shop.proxy.faults += [Fault(STEPS[step], delay=0.001, lasting=True) for step in steps]
    await shop.publish(Retries(limit=10))
    assert len([spelled for spelled in shop.proxy.requests if re.match(STEPS["an upload"], spelled)]) == 5
    shop.see()


async def test_an_answer_that_hardly_comes_is_given_up(shop: Shop) -> None:
    """After the time that all attempts may take; when the network is well, a new run ends well."""
    shop.proxy.faults.append(Fault(STEPS["a tag that is read back"], delay=0.2, lasting=True))
    assert "it did not come in full within 0.5 s" in await shop.fail(Retries(limit=0.5, first=0.01))
    await shop.end(Retries(limit=10))
