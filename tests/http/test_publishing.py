"""An image goes into a registry: in which order, and what is left when it is stopped."""

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from pipeline.policy.documents import CONFIG, Descriptor, Document
from pipeline.policy.images import Facts, index, variant
from pipeline.policy.sizes import Layer, Measured
from pipeline.policy.tags import Change, Event, TagConflict
from pipeline.policy.versions import Stamp
from pipeline.remote.manifests import MEDIA_TYPES
from pipeline.remote.publishing import Artifact, decisions, push, tag
from pipeline.remote.registry import Registry, RegistryError, Retries
from pipeline.remote.transport import Request, Transport
from tests.http import debian

pytestmark = pytest.mark.anyio

WRONG = "wrong-word"


class Stopped(BaseException):
    """The process ended."""


def image(version: str, own: bytes = b"application" * 100_000) -> Artifact:
    """An image of two platforms that share a base."""
    stamp = Stamp(version, "abc1234def", 1_700_000_000)
    facts = Facts(app="shop", title="Shop", stamp=stamp, base_name="base:1", base_digest="sha256:1")
    content = {"base": b"base" * 50_000, "amd64": own, "arm64": own[::-1]}
    layers = {debian.digest(raw): raw for raw in content.values()}

    def measured(arch: str) -> Measured:
        config = {"architecture": arch, "os": "linux", "rootfs": {"type": "layers", "diff_ids": ["1", "2"]}}
        held = [Layer(debian.digest(content[part]), len(content[part]), 1) for part in ("base", arch)]
        return Measured(platform=f"linux/{arch}", config=config, layers=held)

    async def opened(blob: Descriptor) -> AsyncIterator[bytes]:
        raw = layers[blob.digest]
        for place in range(0, len(raw), 2**16):
            yield raw[place : place + 2**16]

    variants = [variant(measured(arch), facts) for arch in ("amd64", "arm64")]
    manifests, configs = [one.manifest for one in variants], [one.config for one in variants]
    return Artifact(index=index(variants, facts), manifests=manifests, configs=configs, layers=opened)


def release(version: str) -> Change:
    """A version tag that was pushed."""
    return Change(event=Event.VERSION, ref=f"refs/tags/v{version}", version=version)


async def publish(name: str, artifact: Artifact, version: str) -> list[Descriptor]:
    """All of it; gives the blobs that were uploaded."""
    repository = f"{name}/acme/shop"
    async with Registry(name, actions="pull,push", retries=Retries(first=0.01)) as registry:
        decided = await decisions(registry, repository, release(version), artifact.index.digest)
        missing = await push(registry, repository, artifact)
        await tag(registry, repository, artifact.index, decided)
    return missing


def state(name: str) -> dict[str, str]:
    """Every tag of the repository and the digest that it points at; whatever a tag leads to has to be there."""
    found = {}
    with httpx.Client(base_url=f"http://{name}/v2/acme/shop", trust_env=False) as client:
        for tagged in client.get("/tags/list").json().get("tags") or []:
            answer = client.get(f"/manifests/{tagged}", headers={"Accept": ", ".join(MEDIA_TYPES)}).raise_for_status()
            top = Document(answer.headers["content-type"], answer.content)
            for child in top.children:
                raw = client.get(f"/manifests/{child.digest}", headers={"Accept": child.media_type}).raise_for_status()
                for blob in Document(child.media_type, raw.content).blobs:
                    assert client.head(f"/blobs/{blob.digest}").headers["content-length"] == str(blob.size)
            found[tagged] = top.digest
    return found


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[str]]:
    """Note the requests that a client makes from now on, and stop it after so many."""
    real = Transport.send

    def watch(last: int) -> list[str]:
        made: list[str] = []

        async def send(self: Transport, request: Request, base: httpx.URL, limit: float) -> httpx.Response:
            if len(made) == last:
                raise Stopped
            made.append(f"{request.method} {request.url.path}")
            return await real(self, request, base, limit)

        monkeypatch.setattr(Transport, "send", send)
        return made

    return watch


async def test_a_published_image_is_read_by_everybody(empty_registry: str) -> None:
    """Every tag leads to the same index, and everything under it is there."""
    artifact = image("1.2.3")
    uploaded = await publish(empty_registry, artifact, "1.2.3")
    assert [blob.media_type for blob in uploaded].count(CONFIG) == 2
    assert len(uploaded) == 5
    tags = ["1", "1.2", "1.2.3", "latest", "v1", "v1.2", "v1.2.3"]
    assert state(empty_registry) == dict.fromkeys(tags, artifact.index.digest)


async def test_publishing_again_uploads_nothing(empty_registry: str, watched: Callable[[int], list[str]]) -> None:
    """It reads what is there, in twelve requests at most, and writes nothing."""
    await publish(empty_registry, image("1.2.3"), "1.2.3")
    made = watched(99)
    assert await publish(empty_registry, image("1.2.3"), "1.2.3") == []
    assert {request.split()[0] for request in made} == {"GET"}
    assert len(made) <= 12


async def test_a_changed_layer_alone_is_uploaded(empty_registry: str) -> None:
    """The base is there already."""
    await publish(empty_registry, image("1.2.3"), "1.2.3")
    uploaded = await publish(empty_registry, image("1.2.4", b"changed" * 1000), "1.2.4")
    assert [blob.size for blob in uploaded] == [7000, 7000]


async def test_tags_are_put_when_all_else_is_there_and_floating_ones_last(
    empty_registry: str, watched: Callable[[int], list[str]]
) -> None:
    """No name ever leads to something incomplete."""
    made = watched(999)
    await publish(empty_registry, image("1.2.3"), "1.2.3")
    written = [request for request in made if request.startswith("PUT")]
    kinds = ["blob" if "/uploads/" in one else "digest" if "sha256:" in one else one[-6:] for one in written]
    assert kinds[:8] == ["blob"] * 5 + ["digest"] * 3
    assert [one.rpartition("/")[2] for one in written[8:]] == ["1.2.3", "v1.2.3", "1.2", "1", "v1.2", "v1", "latest"]


async def test_stopped_after_any_request_and_run_again_it_ends_the_same(
    tmp_path: Path, watched: Callable[[int], list[str]]
) -> None:
    """Each time nothing incomplete has a name, and the second run finishes the first."""
    if not debian.found():
        pytest.skip("publishing to a real registry: left out, docker-registry is not on PATH")
    artifact = image("1.2.3")
    for last in range(99):
        (folder := tmp_path / str(last)).mkdir()
        with debian.running(folder) as name:
            made = watched(last)
            with contextlib.suppress(Stopped):
                await publish(name, artifact, "1.2.3")
            assert set(state(name).values()) <= {artifact.index.digest}
            done = len(made) < last
            watched(999)
            await publish(name, artifact, "1.2.3")
            assert len(state(name)) == 7
        if done:
            break
    else:
        raise AssertionError("it never came to its end")
    assert last > 30


async def test_a_version_that_is_published_is_never_replaced(empty_registry: str) -> None:
    """Nothing is pushed, and the error shows both digests."""
    first, other = image("1.2.3"), image("1.2.3", b"other" * 1000)
    await publish(empty_registry, first, "1.2.3")
    with pytest.raises(TagConflict, match=f"points at {first.index.digest}, and {other.index.digest} was to be"):
        await publish(empty_registry, other, "1.2.3")
    assert set(state(empty_registry).values()) == {first.index.digest}


async def test_an_old_patch_release_leaves_the_newer_tags_alone(empty_registry: str) -> None:
    """Each floating tag is judged on its own."""
    new, old = image("1.3.0"), image("1.2.4", b"old" * 1000)
    await publish(empty_registry, new, "1.3.0")
    await publish(empty_registry, old, "1.2.4")
    found = state(empty_registry)
    assert {tagged for tagged, digest in found.items() if digest == old.index.digest} == {
        "1.2.4",
        "v1.2.4",
        "1.2",
        "v1.2",
    }
    assert {found[tagged] for tagged in ("1", "v1", "latest", "1.3")} == {new.index.digest}


async def test_a_user_who_may_not_write_is_told_so(tmp_path: Path) -> None:
    """By the registry's own words, and without what the user gave."""
    if not debian.found():
        pytest.skip("publishing to a real registry: left out, docker-registry is not on PATH")
    with debian.running(tmp_path, debian.passwords(tmp_path)) as name:
        async with Registry(name, user="ann", password=WRONG, actions="pull,push") as registry:
            with pytest.raises(RegistryError, match=r"asked of the registry .* answered 401") as caught:
                await push(registry, f"{name}/acme/shop", image("1.2.3"))
        assert WRONG not in str(caught.value)
        async with Registry(name, user=debian.USER, password=debian.PASSWORD, actions="pull,push") as registry:
            assert len(await push(registry, f"{name}/acme/shop", image("1.2.3"))) == 5
