"""What a rehearsal shows beside its release: the images, under its own address."""

import contextlib
import threading
from collections.abc import Iterator

import anyio
import httpx
import pytest

from pipeline.rehearsal.github import Stand, serve
from pipeline.rehearsal.state import Release
from pipeline.remote.publishing import Artifact, publish
from pipeline.remote.registry import Registry
from tests.http import debian
from tests.http.shop import REPOSITORY, image, release, state

TAG = "v1.2.3"


def stand() -> Stand:
    """GitHub with a release that is published."""
    found = Stand(REPOSITORY)
    found.state.releases[1] = Release(id=1, tag=TAG, target="main", body="<!-- hidden -->\n- New", published="today")
    found.state.mark(found.state.releases[1], "true")
    return found


@pytest.fixture
def site(empty_registry: str) -> Iterator[httpx.Client]:
    """A stand-in that shows the images of a registry."""
    with running(empty_registry) as client:
        yield client


@contextlib.contextmanager
def running(registry: str) -> Iterator[httpx.Client]:
    """A stand-in in a thread, and a client for it."""
    server = serve(stand(), 0, "127.0.0.1", registry=registry)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    try:
        with debian.plain_client(f"http://127.0.0.1:{server.server_address[1]}") as client:
            yield client
    finally:
        server.shutdown()
        server.server_close()


def pushed(name: str) -> Artifact:
    """An image that lies in a registry."""
    made = image("1.2.3")

    async def push() -> None:
        async with Registry(name) as registry:
            await publish(registry, f"{name}/{REPOSITORY}", made, release("1.2.3"))

    anyio.run(push)
    return made


def test_an_image_is_there_under_the_address_of_the_release(empty_registry: str, site: httpx.Client) -> None:
    """Every tag leads to the same image with all its parts, as in the registry itself."""
    pushed(empty_registry)
    assert state(site.base_url.netloc.decode()) == state(empty_registry) != {}


def test_a_part_of_a_blob_is_given_where_a_part_is_asked_for(empty_registry: str, site: httpx.Client) -> None:
    """A download that broke goes on."""
    config = pushed(empty_registry).configs[0]
    blob = f"/v2/{REPOSITORY}/blobs/{config.digest}"
    assert site.get(blob).content == config.raw
    part = site.get(blob, headers={"Range": "bytes=7-"})
    assert (part.status_code, part.content) == (206, config.raw[7:])


def test_what_is_not_there_is_said_as_the_registry_says_it(site: httpx.Client) -> None:
    """With its code, which clients read."""
    answer = site.get(f"/v2/{REPOSITORY}/manifests/none")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] in {"MANIFEST_UNKNOWN", "NAME_UNKNOWN"}


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE"])
def test_nobody_writes_through_it(method: str, site: httpx.Client) -> None:
    """What is looked at stays as it was made."""
    answer = site.request(method, f"/v2/{REPOSITORY}/manifests/1.2.3", content=b"{}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (405, "UNSUPPORTED")


def test_a_registry_that_is_gone_is_said() -> None:
    """The page is there all the same."""
    with running("127.0.0.1:1") as client:
        answer = client.get("/v2/")
        assert answer.status_code == 502
        assert "the registry of this rehearsal does not answer" in answer.json()["errors"][0]["message"]
        assert client.get(f"/{REPOSITORY}/releases/tag/{TAG}").status_code == 200


def test_whoever_opens_its_address_sees_the_newest_release(site: httpx.Client) -> None:
    """With its notes, less the comments in them."""
    answer = site.get("/", follow_redirects=True)
    assert answer.url.path == f"/{REPOSITORY}/releases/tag/{TAG}"
    assert "<pre>- New</pre>" in answer.text
