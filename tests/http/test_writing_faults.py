"""Writing manifests to servers that break, lie and ask for patience."""

import json

import pytest

from pipeline.policy.documents import EMPTY, INDEX, MANIFEST, Descriptor, Document
from pipeline.remote.registry import Registry, RegistryError
from tests.http.conftest import Clock
from tests.http.debian import digest
from tests.http.servers import Reply, Server, problem
from tests.http.writing import BLOB, IMAGE, LASTING, TAGGED, TAKEN, passing

pytestmark = pytest.mark.anyio

SUBJECT = IMAGE.described()
EMPTY_BLOB = Descriptor(media_type=EMPTY, digest=digest(b"{}"), size=2)
SBOM = Document.write(
    MANIFEST,
    {"mediaType": MANIFEST, "config": EMPTY_BLOB.json, "layers": [EMPTY_BLOB.json], "subject": SUBJECT.json},
)
OWN = f"/v2/shop/manifests/{SBOM.digest}"
REFERRERS = f"/v2/shop/referrers/{SUBJECT.digest}"
KEPT = f"/v2/shop/manifests/{SUBJECT.digest.replace(':', '-')}"


async def put(server: Server, clock: Clock, document: Document = IMAGE) -> bool:
    """Put a manifest as `1`."""
    async with Registry(server.name, retries=clock.retries()) as registry:
        return await registry.put(f"{server.name}/shop:1", document)


def listed(*found: Descriptor, link: str = "", kind: str = INDEX) -> Reply:
    """An index of referrers."""
    headers = {"Content-Type": kind} | ({"Link": f'<{link}>; rel="next"'} if link else {})
    content = {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [one.json for one in found],
        "annotations": {"a": "b"},
    }
    return Reply(json.dumps(content).encode(), headers=headers)


async def attach(server: Server, clock: Clock) -> None:
    """Attach the SBOM."""
    async with Registry(server.name, retries=clock.retries()) as registry:
        await registry.attach(f"{server.name}/shop", SBOM)


async def referrers(server: Server, clock: Clock) -> list[Descriptor]:
    """What refers to the image."""
    async with Registry(server.name, retries=clock.retries()) as registry:
        return await registry.referrers(f"{server.name}/shop", SUBJECT.digest)


@passing()
async def test_a_manifest_is_put_again_when_it_passes(server: Server, clock: Clock, fault: Reply) -> None:
    """With the same bytes."""
    server.answer(TAGGED, fault, fault, TAKEN)
    assert not await put(server, clock)
    assert [request.method for request in server.requests] == ["PUT"] * 3
    assert server.requests[-1].body == IMAGE.raw
    assert server.requests[-1].headers["content-type"] == MANIFEST
    assert len(clock.pauses) == 2


@pytest.mark.parametrize("status", LASTING)
async def test_a_refusal_to_take_a_manifest_lasts(server: Server, clock: Clock, status: int) -> None:
    """It is not asked again."""
    server.answer(TAGGED, Reply(status=status), TAKEN)
    with pytest.raises(RegistryError, match=rf"to take the manifest .*shop:1 was asked .* answered {status} "):
        await put(server, clock)
    assert (len(server.requests), clock.pauses) == (1, [])


async def test_a_registry_that_takes_another_manifest_is_not_believed(server: Server, clock: Clock) -> None:
    """It says another digest than that of the bytes."""
    server.answer(TAGGED, Reply(status=201, headers={"Docker-Content-Digest": digest(b"")}))
    with pytest.raises(RegistryError, match=f"it took {digest(b'')} for {IMAGE.digest}; do not use it"):
        await put(server, clock)
    assert clock.pauses == []


async def test_a_manifest_is_put_under_its_own_digest_only(server: Server, clock: Clock) -> None:
    """Nothing is asked."""
    async with Registry(server.name, retries=clock.retries()) as registry:
        with pytest.raises(ValueError, match=f"and the document has the digest {IMAGE.digest}"):
            await registry.put(f"{server.name}/shop@{BLOB}", IMAGE)
    assert server.requests == []


@pytest.mark.parametrize(
    ("status", "place", "followed"),
    [
        (307, "/there", True),
        (308, "/there", True),
        (301, "/there", False),
        (302, "/there", False),
        (303, "/there", False),
        (307, "http://localhost:{port}/there", False),
    ],
)
async def test_what_writes_is_led_on_within_the_registry_only(
    server: Server, clock: Clock, status: int, place: str, followed: bool
) -> None:
    """And where its method and its body stay."""
    server.answer(TAGGED, Reply(status=status, headers={"Location": place.format(port=server.port)}))
    server.answer("/there", TAKEN)
    if followed:
        await put(server, clock)
    else:
        with pytest.raises(RegistryError, match=f"it answered {status} "):
            await put(server, clock)
    assert [(one.method, one.body) for one in server.asked("/there")] == ([("PUT", IMAGE.raw)] if followed else [])


async def test_a_registry_that_lists_referrers_itself_is_left_to_it(server: Server, clock: Clock) -> None:
    """It says so when it takes one."""
    server.answer(OWN, Reply(status=201, headers={"OCI-Subject": SUBJECT.digest}))
    await attach(server, clock)
    assert [request.method for request in server.requests] == ["PUT"]


async def test_a_referrer_is_added_to_those_that_are_kept(server: Server, clock: Clock) -> None:
    """What is in the index already stays as it is; the type of a config serves where the artifact has none."""
    server.answer(OWN, TAKEN)
    server.answer(f"GET {KEPT}", listed(EMPTY_BLOB), listed(EMPTY_BLOB, SBOM.described()))
    server.answer(f"PUT {KEPT}", TAKEN)
    await attach(server, clock)
    (written,) = server.asked(f"PUT {KEPT}")
    index = Document(INDEX, written.body)
    assert [one.digest for one in index.children] == [EMPTY_BLOB.digest, SBOM.digest]
    assert index.children[1].artifact_type == EMPTY
    assert index.annotations == {"a": "b"}


async def test_a_referrer_that_is_kept_already_is_not_written_again(server: Server, clock: Clock) -> None:
    """Publishing again changes nothing."""
    server.answer(OWN, TAKEN)
    server.answer(f"GET {KEPT}", listed(SBOM.described()))
    await attach(server, clock)
    assert server.asked(f"PUT {KEPT}") == []


async def test_a_referrer_that_somebody_overwrites_is_written_again_with_the_entries_of_both(
    server: Server, clock: Clock
) -> None:
    """What was there before both is kept, too, although the other one did not know it."""
    before, theirs = SUBJECT, EMPTY_BLOB
    server.answer(OWN, TAKEN)
    server.answer(
        f"GET {KEPT}", listed(before), listed(theirs), listed(theirs), listed(theirs, before, SBOM.described())
    )
    server.answer(f"PUT {KEPT}", TAKEN)
    await attach(server, clock)
    first, second = [[one.digest for one in Document(INDEX, put.body).children] for put in server.asked(f"PUT {KEPT}")]
    assert first == [before.digest, SBOM.digest]
    assert sorted(second) == sorted([before.digest, theirs.digest, SBOM.digest])
    assert len(clock.pauses) == 1


async def test_a_referrer_that_shows_after_a_while_is_not_written_again(server: Server, clock: Clock) -> None:
    """A registry may need a moment until it gives back what it took."""
    server.answer(OWN, TAKEN)
    server.answer(f"GET {KEPT}", listed(), listed(), listed(SBOM.described()))
    server.answer(f"PUT {KEPT}", TAKEN)
    await attach(server, clock)
    assert len(server.asked(f"PUT {KEPT}")) == 1


async def test_a_referrer_that_is_overwritten_each_time_is_an_error(server: Server, clock: Clock) -> None:
    """It is written five times, with longer and longer pauses."""
    server.answer(OWN, TAKEN)
    server.answer(f"GET {KEPT}", listed(EMPTY_BLOB))
    server.answer(f"PUT {KEPT}", TAKEN)
    with pytest.raises(RegistryError, match=f"was written 5 times with {SBOM.digest}, and somebody overwrote it"):
        await attach(server, clock)
    assert len(server.asked(f"PUT {KEPT}")) == len(clock.pauses) == 5
    assert clock.pauses[-1] > clock.pauses[0]


async def test_what_has_no_subject_is_not_attached(server: Server, clock: Clock) -> None:
    """Nobody would find it."""
    async with Registry(server.name, retries=clock.retries()) as registry:
        with pytest.raises(ValueError, match="and it refers to nothing"):
            await registry.attach(f"{server.name}/shop", IMAGE)
    assert server.requests == []


async def test_referrers_are_read_page_by_page(server: Server, clock: Clock) -> None:
    """As tags are; the tag is not asked for."""
    server.answer(REFERRERS, listed(SUBJECT, link=f"{REFERRERS}?next=1"))
    server.answer(f"{REFERRERS}?next=1", listed(EMPTY_BLOB))
    assert await referrers(server, clock) == [SUBJECT, EMPTY_BLOB]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "answer",
    [
        Reply(status=404),
        Reply(status=405),
        problem(400, "UNSUPPORTED", "no"),
        Reply(b"<html>", headers={"Content-Type": "text/html"}),
    ],
)
async def test_referrers_are_kept_under_a_tag_where_the_registry_lists_none(
    server: Server, clock: Clock, answer: Reply
) -> None:
    """Whether it knows no such address, says that it does no such thing, or greets people there."""
    server.answer(REFERRERS, answer)
    server.answer(KEPT, listed(SUBJECT))
    assert await referrers(server, clock) == [SUBJECT]


@pytest.mark.parametrize("status", [404, 405])
async def test_a_list_of_referrers_that_ends_with_a_refusal_is_not_none(
    server: Server, clock: Clock, status: int
) -> None:
    """Its first page was there, so that no tag is kept."""
    server.answer(REFERRERS, listed(SUBJECT, link=f"{REFERRERS}?next=1"))
    server.answer(f"{REFERRERS}?next=1", Reply(status=status))
    with pytest.raises(RegistryError, match=f"answered {status}"):
        await referrers(server, clock)


@pytest.mark.parametrize("answer", [Reply(status=403), Reply(b"[]", headers={"Content-Type": INDEX})])
async def test_referrers_that_are_refused_are_not_none(server: Server, clock: Clock, answer: Reply) -> None:
    """What is not known is not believed to be nothing."""
    server.answer(REFERRERS, answer)
    with pytest.raises(RegistryError, match="what refers to sha256"):
        await referrers(server, clock)


@passing("500", "broken at once")
async def test_a_delete_is_asked_again_when_it_passes(server: Server, clock: Clock, fault: Reply) -> None:
    """It does no harm twice."""
    server.answer(f"DELETE {TAGGED}", fault, Reply(status=202))
    async with Registry(server.name, retries=clock.retries()) as registry:
        assert await registry.delete(f"{server.name}/shop:1")


async def test_nothing_is_deleted_that_was_not_named(server: Server, clock: Clock) -> None:
    """`latest` is a name that has to be said."""
    async with Registry(server.name, retries=clock.retries()) as registry:
        with pytest.raises(ValueError, match="give it with a tag or a digest"):
            await registry.delete(f"{server.name}/shop")
    assert server.requests == []
