"""An image goes into a registry: in which order, and what is left when it is stopped."""

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.policy.documents import CONFIG, Descriptor
from pipeline.policy.provenance import IN_TOTO
from pipeline.policy.sboms import CYCLONEDX
from pipeline.policy.tags import Change, Event, TagConflict
from pipeline.remote import publishing
from pipeline.remote.publishing import Artifact
from pipeline.remote.registry import Registry, RegistryError, Retries
from tests.http import debian
from tests.http.repository import double, links
from tests.http.shop import BOTH, KEY, image, release, state
from tests.http.stopping import Stopped, Watch

pytestmark = pytest.mark.anyio

WRONG = "wrong-word"


async def publish(name: str, artifact: Artifact, version: str) -> list[Descriptor]:
    """All of it; gives the blobs of the image that were uploaded."""
    repository = f"{name}/acme/shop"
    async with Registry(name, actions="pull,push", retries=Retries(first=0.01)) as registry:
        done = await publishing.publish(registry, repository, artifact, release(version))
    return list(done.uploaded)


def reads(spelled: str) -> bool:
    """Whether a request changes nothing."""
    return spelled.startswith(("GET", "HEAD"))


def is_tag(name: str) -> bool:
    """Whether it names an image, and neither a digest nor the referrers of one."""
    return name == KEY or bool(re.fullmatch(r"v?[0-9.]+|latest", name))


async def test_a_published_image_is_read_by_everybody(empty_registry: str) -> None:
    """Every tag leads to the same index, and everything under it is there."""
    artifact = image("1.2.3")
    uploaded = await publish(empty_registry, artifact, "1.2.3")
    assert [blob.media_type for blob in uploaded].count(CONFIG) == 2
    assert len(uploaded) == 5
    tags = ["1", "1.2", "1.2.3", KEY, "latest", "v1", "v1.2", "v1.2.3"]
    assert state(empty_registry) == dict.fromkeys(tags, artifact.index.digest)


async def test_publishing_again_uploads_nothing(empty_registry: str, watched: Watch) -> None:
    """It reads what is there, in ten requests at most besides two to say who asks, and writes nothing."""
    await publish(empty_registry, image("1.2.3"), "1.2.3")
    made = watched(99)
    assert await publish(empty_registry, image("1.2.3"), "1.2.3") == []
    assert {request.split()[0] for request in made} == {"GET"}
    assert len(made) <= 10


async def test_a_changed_layer_alone_is_uploaded(empty_registry: str) -> None:
    """The base is there already."""
    await publish(empty_registry, image("1.2.3"), "1.2.3")
    uploaded = await publish(empty_registry, image("1.2.4", b"changed" * 1000), "1.2.4")
    assert len(uploaded) == 4
    assert len([blob for blob in uploaded if blob.media_type != CONFIG]) == 2


async def test_tags_are_put_when_all_else_is_there_and_floating_ones_last(empty_registry: str, watched: Watch) -> None:
    """No name ever leads to something incomplete."""
    made = watched(999)
    await publish(empty_registry, image("1.2.3"), "1.2.3")
    written = [request for request in made if request.startswith("PUT")]
    kinds = ["blob" if "/uploads/" in one else "digest" if "sha256:" in one else one[-6:] for one in written]
    assert kinds[:8] == ["blob"] * 5 + ["digest"] * 3
    names = [one.rpartition("/")[2] for one in written[8:]]
    assert names[-8:] == [KEY, "1.2.3", "v1.2.3", "1.2", "1", "v1.2", "v1", "latest"]
    assert not any(is_tag(name) for name in names[:-8])


@pytest.mark.parametrize(("program", "architectures", "writing"), [("2.8", ["amd64"], False), ("3", BOTH, True)])
async def test_stopped_after_any_request_and_run_again_it_ends_the_same(
    tmp_path: Path, watched: Watch, program: str, architectures: Sequence[str], *, writing: bool
) -> None:
    """Nothing incomplete has a name, `latest` is one of two whole releases, and the second run ends well.

    Or any that writes: what only reads leaves the state as it was, which is seen with the first registry.
    """
    old, new = image("1.2.2", b"old", b"base", architectures), image("1.2.3", b"new", b"base", architectures)
    before, change = [
        Change(event=Event.MANUAL, version=version, tags=[version, "latest"], key=KEY) for version in ("1.2.2", "1.2.3")
    ]
    with debian.running(tmp_path, program=debian.third() if program == "3" else "") as name:
        async with Registry(name, actions="pull,push", retries=Retries(first=0.01)) as registry:
            await publishing.publish(registry, f"{name}/acme/old", old, before)
            seen: dict[str, str] = {}
            for last in range(150):
                shop = f"acme/shop{last}"
                double(tmp_path, "acme/old", shop)
                made = watched(last, writing=writing)
                with contextlib.suppress(Stopped):
                    await publishing.publish(registry, f"{name}/{shop}", new, change)
                done = len([one for one in made if not (writing and reads(one))]) < last
                # After one that reads all is as it was a request before, and so is what comes of it.
                if made and reads(made[-1]) and not (writing or done):
                    assert links(tmp_path, shop) == seen
                    continue
                seen = links(tmp_path, shop)
                found = state(name, shop)
                assert set(found.values()) <= {old.index.digest, new.index.digest}
                assert found.keys() >= {"1.2.2", "latest", KEY}
                watched(999)
                await publishing.publish(registry, f"{name}/{shop}", new, change)
                ends = dict.fromkeys(["1.2.3", "latest", KEY], new.index.digest)
                assert state(name, shop) == {"1.2.2": old.index.digest} | ends
                if done:
                    break
            else:
                raise AssertionError("it never came to its end")
    assert last > 20


async def test_what_speaks_of_an_image_is_found_from_it(empty_registry: str) -> None:
    """The SBOM of each platform from its manifest, the provenance from the index; run again, nothing doubles."""
    artifact = image("1.2.3")
    for _ in range(2):
        await publish(empty_registry, artifact, "1.2.3")
    async with Registry(empty_registry) as registry:
        subjects = [*(one.digest for one in artifact.manifests), artifact.index.digest]
        found = [await registry.referrers(f"{empty_registry}/acme/shop", subject) for subject in subjects]
    assert [[one.artifact_type for one in each] for each in found] == [[CYCLONEDX], [CYCLONEDX], [IN_TOTO]]


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
        *("1.2.4", "v1.2.4", "1.2", "v1.2", KEY),
    }
    assert {found[tagged] for tagged in ("1", "v1", "latest", "1.3")} == {new.index.digest}


async def test_a_user_who_may_not_write_is_told_so(tmp_path: Path) -> None:
    """By the registry's own words, and without what the user gave."""
    if not debian.found():
        pytest.skip("publishing to a real registry: left out, docker-registry is not on PATH")
    with debian.running(tmp_path, debian.passwords(tmp_path)) as name:
        async with Registry(name, user="ann", password=WRONG, actions="pull,push") as registry:
            with pytest.raises(RegistryError, match=r"asked of the registry .* answered 401") as caught:
                await publishing.push(registry, f"{name}/acme/shop", image("1.2.3"))
        assert WRONG not in str(caught.value)
        async with Registry(name, user=debian.USER, password=debian.PASSWORD, actions="pull,push") as registry:
            assert len(await publishing.push(registry, f"{name}/acme/shop", image("1.2.3"))) == 5
