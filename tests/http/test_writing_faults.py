"""Writing to servers that break, lie and ask for patience."""

import json
from collections.abc import AsyncIterator

import anyio
import httpx
import pytest

from pipeline.policy.documents import EMPTY, INDEX, MANIFEST, Descriptor, Document
from pipeline.remote.registry import Registry, RegistryError, Retries
from tests.http import debian
from tests.http.conftest import Clock
from tests.http.debian import LAYER, digest
from tests.http.servers import Reply, Server, problem

pytestmark = pytest.mark.anyio

IMAGE = Document(MANIFEST, debian.MANIFEST)
BLOB = digest(LAYER)
TAGGED = "/v2/shop/manifests/1"
BEGIN = "POST /v2/shop/blobs/uploads/"
LIST = "/v2/shop/tags/list"
UPLOAD = f"/u?digest={BLOB.replace(':', '%3A')}"
OPENED = Reply(status=202, headers={"Location": "/u"})
TAKEN = Reply(status=201)

PASSING = {
    "500": Reply(status=500),
    "503": Reply(status=503),
    "408": Reply(status=408),
    "429": problem(429, "TOOMANYREQUESTS", "slow down"),
    "broken at once": Reply(stop=0),
    "broken after some bytes": Reply(stop=100),
}
LASTING = [400, 401, 403, 404, 405, 413]


def passing(*names: str) -> pytest.MarkDecorator:
    """Each of what passes, or these only."""
    return pytest.mark.parametrize("fault", [PASSING[name] for name in names or PASSING], ids=names or PASSING.keys())


async def put(server: Server, clock: Clock, document: Document = IMAGE) -> bool:
    """Put a manifest as `1`."""
    async with Registry(server.name, retries=clock.retries()) as registry:
        return await registry.put(f"{server.name}/shop:1", document)


async def upload(server: Server, retries: Retries) -> int:
    """Upload the layer; gives how often it was read from its beginning."""
    begun = 0

    async def content() -> AsyncIterator[bytes]:
        nonlocal begun
        begun += 1
        for start in range(0, len(LAYER), 2**16):
            yield LAYER[start : start + 2**16]

    async with Registry(server.name, retries=retries) as registry:
        await registry.upload(f"{server.name}/shop", BLOB, len(LAYER), content)
    return begun


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


@passing()
async def test_an_upload_begins_anew_when_it_passes(server: Server, clock: Clock, fault: Reply) -> None:
    """With a new place, and the content from its beginning."""
    server.answer(BEGIN, OPENED)
    server.answer(UPLOAD, fault, TAKEN)
    assert await upload(server, clock.retries()) == 2
    assert [request.method for request in server.requests] == ["POST", "PUT", "POST", "PUT"]
    assert server.requests[-1].body == LAYER
    assert server.requests[-1].headers["content-length"] == str(len(LAYER))


@pytest.mark.parametrize("status", LASTING)
async def test_a_refusal_to_take_a_blob_lasts(server: Server, clock: Clock, status: int) -> None:
    """Whenever it comes."""
    server.answer(BEGIN, OPENED)
    server.answer(UPLOAD, Reply(status=status), TAKEN)
    with pytest.raises(RegistryError, match=f"to take the blob {BLOB} of {server.name}/shop was .* {status} "):
        await upload(server, clock.retries())
    assert (len(server.requests), clock.pauses) == (2, [])


async def test_an_upload_is_as_patient_as_the_registry_asks(server: Server, clock: Clock) -> None:
    """Exactly as many seconds, and not more than there are."""
    server.answer(BEGIN, problem(429, "TOOMANYREQUESTS", "slow down", Retry_After="7"), OPENED)
    server.answer(UPLOAD, TAKEN)
    await upload(server, clock.retries())
    assert clock.pauses == [7]
    server.answer(BEGIN, Reply(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(RegistryError, match="it wants to be left alone for 3600 s"):
        await upload(server, clock.retries())


async def test_an_upload_that_never_succeeds_ends(server: Server, clock: Clock) -> None:
    """The pauses have a limit."""
    server.answer(BEGIN, Reply(status=500))
    with pytest.raises(RegistryError, match=r"500 .*asked \d+ times, 60 s are given"):
        await upload(server, clock.retries())
    assert sum(clock.pauses) < 60


async def test_a_slow_upload_may_take_longer_than_an_answer(server: Server) -> None:
    """As long as bytes come."""
    server.answer(BEGIN, OPENED)
    server.answer(UPLOAD, TAKEN)

    async def content() -> AsyncIterator[bytes]:
        for start in range(0, len(LAYER), 2**16):
            await anyio.sleep(0.03)
            yield LAYER[start : start + 2**16]

    async with Registry(server.name, retries=Retries(limit=0.3)) as registry:
        await registry.upload(f"{server.name}/shop", BLOB, len(LAYER), content)
    assert server.requests[-1].body == LAYER


@pytest.mark.parametrize(("given", "said"), [(LAYER[:-1], len(LAYER) - 1), (LAYER + b"!", f"{len(LAYER) + 1} or more")])
async def test_content_of_another_size_than_said_is_no_upload(
    server: Server, clock: Clock, given: bytes, said: int | str
) -> None:
    """The error is the caller's: it is not made again."""
    server.answer(BEGIN, OPENED)

    async def content() -> AsyncIterator[bytes]:
        yield given

    async with Registry(server.name, retries=clock.retries()) as registry:
        with pytest.raises(RegistryError, match=f"it was said to have {len(LAYER)} bytes, and has {said}$"):
            await registry.upload(f"{server.name}/shop", BLOB, len(LAYER), content)
    assert clock.pauses == []


@pytest.mark.parametrize("host", ["", "http://{name}", "http://localhost:{port}"])
async def test_an_upload_goes_where_the_registry_says(server: Server, clock: Clock, host: str) -> None:
    """Relative or absolute, to another host too, and what stands in its query is kept."""
    place = host.format(name=server.name, port=server.port) + "/u?_state=a%3Db%26c&x="
    server.answer(BEGIN, Reply(status=202, headers={"Location": place}))
    server.answer(f"PUT {UPLOAD.replace('?', '?_state=a%3Db%26c&x=&')}", TAKEN)
    assert await upload(server, clock.retries()) == 1


@pytest.mark.parametrize("place", ["http://storage.example.com/u", "https://ann:word@example.com/u", "ftp://127.0.0.1"])
async def test_an_upload_does_not_go_to_an_unsafe_place(server: Server, clock: Clock, place: str) -> None:
    """Nor does its error repeat a user in the address."""
    server.answer(BEGIN, Reply(status=202, headers={"Location": place}))
    with pytest.raises(RegistryError, match="which is not followed: only https is safe") as failed:
        await upload(server, clock.retries())
    assert "word" not in str(failed.value)


async def test_an_upload_without_a_place_ends(server: Server, clock: Clock) -> None:
    """There is nowhere to send it to."""
    server.answer(BEGIN, Reply(status=202))
    with pytest.raises(RegistryError, match="it did not say where to"):
        await upload(server, clock.retries())


async def test_a_blob_that_another_one_was_taken_for_is_refused(server: Server, clock: Clock) -> None:
    """As with a manifest."""
    server.answer(BEGIN, OPENED)
    server.answer(UPLOAD, Reply(status=201, headers={"Docker-Content-Digest": digest(b"")}))
    with pytest.raises(RegistryError, match=f"it took {digest(b'')} for {BLOB}"):
        await upload(server, clock.retries())


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


@pytest.mark.parametrize("cancelled", [204, 404, 500])
async def test_a_blob_that_is_not_mounted_leaves_no_upload(server: Server, clock: Clock, cancelled: int) -> None:
    """It is cancelled; whether that works does not matter."""
    server.answer(f"{BEGIN}?mount={BLOB.replace(':', '%3A')}&from=other", OPENED)
    server.answer("DELETE /u", Reply(status=cancelled))
    async with Registry(server.name, retries=clock.retries()) as registry:
        assert not await registry.mount(f"{server.name}/shop", BLOB, f"{server.name}/other")
    assert [request.method for request in server.requests] == ["POST", "DELETE"]


def page(tags: list[str] | None, link: str = "") -> Reply:
    """A page of tags."""
    headers = {"Link": f'<{link}>; rel="next"'} if link else {}
    return Reply(json.dumps({"name": "shop", "tags": tags}).encode(), headers=headers)


async def tags(server: Server, clock: Clock) -> list[str]:
    """The tags of the repository."""
    async with Registry(server.name, retries=clock.retries()) as registry:
        return await registry.tags(f"{server.name}/shop")


async def test_tags_are_read_page_by_page(server: Server, clock: Clock) -> None:
    """Where the next one is may be relative or absolute; a page that breaks is asked for again."""
    server.answer(LIST, page(["1", "2"], f"{LIST}?last=2"))
    server.answer(f"{LIST}?last=2", Reply(status=500), page(["3"], f"http://{server.name}{LIST}?last=3"))
    server.answer(f"{LIST}?last=3", page(["4"], "?last=4"))
    server.answer(f"{LIST}?last=4", page(None))
    assert await tags(server, clock) == ["1", "2", "3", "4"]


@pytest.mark.parametrize("link", ["http://localhost:{port}/next", "https://example.com/next"])
async def test_tags_of_another_host_are_not_read(server: Server, clock: Clock, link: str) -> None:
    """It is not the registry that was asked."""
    server.answer(LIST, page(["1"], link.format(port=server.port)))
    with pytest.raises(RegistryError, match=r"the next page would be at .*, which is not followed"):
        await tags(server, clock)
    assert len(server.requests) == 1


async def test_tags_without_an_end_are_given_up(server: Server, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A circle of pages, for example."""
    monkeypatch.setattr("pipeline.remote.reading._PAGES", 20)
    server.answer(LIST, page(["1"], LIST))
    with pytest.raises(RegistryError, match="there are more than 20 pages of them; prune"):
        await tags(server, clock)
    assert len(server.requests) == 20


async def test_a_page_that_vanishes_is_no_end(server: Server, clock: Clock) -> None:
    """Half a list is none, and nobody is told that there is no such repository."""
    server.answer(LIST, page(["1"], f"{LIST}?last=1"))
    with pytest.raises(RegistryError, match=r"the tags of .* answered 404"):
        await tags(server, clock)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"tags": "1"}', b'{"tags": [1]}', b"null"])
async def test_what_is_no_list_of_tags_is_refused(server: Server, clock: Clock, body: bytes) -> None:
    """A page that greets people, for example."""
    server.answer(LIST, Reply(body))
    with pytest.raises(RegistryError, match="what came is no list of tags"):
        await tags(server, clock)


@pytest.mark.parametrize("left_out", ["Docker-Content-Digest", "Content-Type"])
async def test_a_manifest_is_read_where_its_headers_say_too_little(server: Server, clock: Clock, left_out: str) -> None:
    """It may be measured, then."""
    headers = {"Docker-Content-Digest": IMAGE.digest, "Content-Type": MANIFEST, "Content-Length": "99"}
    server.answer(f"HEAD {TAGGED}", Reply(headers={name: text for name, text in headers.items() if name != left_out}))
    server.answer(f"GET {TAGGED}", Reply(IMAGE.raw, headers={"Content-Type": MANIFEST}))
    async with Registry(server.name, retries=clock.retries()) as registry:
        assert await registry.head(f"{server.name}/shop:1") == IMAGE.described()


async def test_a_manifest_whose_headers_have_another_digest_is_refused(server: Server, clock: Clock) -> None:
    """It is not the one that was asked for."""
    headers = {"Docker-Content-Digest": BLOB, "Content-Type": MANIFEST, "Content-Length": "99"}
    server.answer(f"/v2/shop/manifests/{IMAGE.digest}", Reply(headers=headers))
    async with Registry(server.name, retries=clock.retries()) as registry:
        with pytest.raises(RegistryError, match=f"it has the digest {BLOB}; do not use it"):
            await registry.head(f"{server.name}/shop@{IMAGE.digest}")


SUBJECT = IMAGE.described()
EMPTY_BLOB = Descriptor(media_type=EMPTY, digest=digest(b"{}"), size=2)
SBOM = Document.write(
    MANIFEST,
    {"mediaType": MANIFEST, "config": EMPTY_BLOB.json, "layers": [EMPTY_BLOB.json], "subject": SUBJECT.json},
)
OWN = f"/v2/shop/manifests/{SBOM.digest}"
REFERRERS = f"/v2/shop/referrers/{SUBJECT.digest}"
KEPT = f"/v2/shop/manifests/{SUBJECT.digest.replace(':', '-')}"


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


async def test_a_registry_that_lists_referrers_itself_is_left_to_it(server: Server, clock: Clock) -> None:
    """It says so when it takes one."""
    server.answer(OWN, Reply(status=201, headers={"OCI-Subject": SUBJECT.digest}))
    await attach(server, clock)
    assert [request.method for request in server.requests] == ["PUT"]


async def test_a_referrer_is_added_to_those_that_are_kept(server: Server, clock: Clock) -> None:
    """What is in the index already stays as it is; the type of a config serves where the artifact has none."""
    server.answer(OWN, TAKEN)
    server.answer(f"GET {KEPT}", listed(EMPTY_BLOB))
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


@pytest.mark.parametrize("answer", [Reply(status=404), Reply(b"<html>", headers={"Content-Type": "text/html"})])
async def test_referrers_are_kept_under_a_tag_where_the_registry_lists_none(
    server: Server, clock: Clock, answer: Reply
) -> None:
    """Whether it knows no such address, or greets people there."""
    server.answer(REFERRERS, answer)
    server.answer(KEPT, listed(SUBJECT))
    assert await referrers(server, clock) == [SUBJECT]


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


def test_the_place_of_an_upload_is_spelled_as_servers_read_it() -> None:
    """The tests above compare what is sent."""
    assert httpx.URL("http://a/u").copy_merge_params({"digest": BLOB}).raw_path.decode() == UPLOAD
