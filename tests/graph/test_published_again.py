"""What is published twice is the same twice, and what machines read of it."""

import itertools
import json
import re

import pytest

from pipeline.main import Pipeline
from pipeline.policy.documents import Descriptor, Document
from pipeline.policy.images import referrer
from pipeline.remote.registry import Registry
from pipeline.remote.transport import once

from .published import tags
from .queries import Engine
from .scans import path

pytestmark = pytest.mark.anyio

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"


@pytest.fixture
def moments(published: Pipeline, engine: Engine) -> None:
    """The engine's configs and Trivy's SBOMs say the moment in which they were made, and draw numbers."""
    _ = published
    stdout, contents, count = engine._answers["stdout"], engine._answers["contents"], itertools.count()

    def printed(asked: list[str]) -> object:
        found = stdout(asked)
        if not (isinstance(found, str) and '"rootfs"' in found):
            return found
        said = json.loads(found)
        said["config"] |= {"created": f"2026-11-25T06:05:{next(count):02}Z", "history": [{"comment": str(next(count))}]}
        return json.dumps(said)

    def written(asked: list[str]) -> object:
        found = contents(asked)
        if path(asked) != "/out/sbom.json":
            return found
        serial = f"urn:uuid:{next(count):08}-0000-4000-8000-000000000000"
        said = json.loads(found) | {"serialNumber": serial}
        said["metadata"]["timestamp"] = f"2026-11-25T06:05:{next(count):02}Z"
        return json.dumps(said)

    engine.answers(stdout=printed, contents=written)


def told(text: str) -> list[str]:
    """The lines on references, tags and proofs."""
    return re.findall(
        r"^(?:\w+: .*@sha256:\w+|TAG .*|PROOF .*|\S+ +(?:put|unchanged|left) .*|SBOM .*|provenance .*|signatures: .*)$",
        text,
        re.MULTILINE,
    )


@pytest.mark.usefixtures("moments")
async def test_what_is_built_again_is_published_the_same(published: Pipeline, empty_registry: str) -> None:
    """Nothing comes out of the registry's memory: references, tags and proofs, but that nothing had to be put."""
    wish = {"to": [f"{empty_registry}/acme"], "ref": "refs/pull/12/merge", "rebuild": True}
    first, again = [told(await published.publish(**wish)) for _ in range(2)]  # type: ignore[arg-type]
    was = [re.sub(r"^(\S+) +put +", r"\1 ", line) for line in first]
    now = [re.sub(r"^(\S+) +unchanged +there already: ", r"\1 ", line) for line in again]
    assert [re.sub(" +", " ", line) for line in now] == [re.sub(" +", " ", line) for line in was]
    assert sum(line.startswith(("SBOM", "provenance")) for line in now) == 6
    assert sum(" put " in line for line in first) == sum(" unchanged " in line for line in again) == 4


@pytest.mark.usefixtures("moments")
async def test_another_registry_gets_the_same(published: Pipeline, empty_registry: str, other_registry: str) -> None:
    """As one that lives for a call alone would each time: every line, but for the address."""
    both = (empty_registry, other_registry)
    texts = [await published.publish(to=[f"{registry}/acme"], tag=["1.2.3"]) for registry in both]
    one, two = [told(text.replace(at, "registry")) for text, at in zip(texts, both, strict=True)]
    assert one == two
    assert len(one) == 2 * (1 + 1 + 2 + 1 + 3 + 1)


async def test_machines_read_what_was_published(published: Pipeline, empty_registry: str) -> None:
    """A list of all of it, in the order of the applications: enough to sign the digests elsewhere."""
    text = await published.publish(to=[f"{empty_registry}/acme"], tag=["1.2.3"], as_json=True)
    good, bad = json.loads(text)
    assert [one["app"] for one in (good, bad)] == ["good", "bad"]
    assert good["repository"] == f"{empty_registry}/acme/good"
    assert good["digest"] == tags(empty_registry, "acme/good")["1.2.3"]
    assert good["reference"] == f"{good['repository']}@{good['digest']}"
    assert [(one["result"], one["reason"]) for one in good["tags"]] == [
        ("put", "content key of these inputs"),
        ("put", "asked for"),
    ]
    assert (len(good["proofs"]), good["signatures"]) == (3, [])
    promoted = await published.promote(f"{empty_registry}/acme/good:1.2.3", tag=["stable"], as_json=True)
    (found,) = json.loads(promoted)
    assert (found["digest"], found["repository"]) == (good["digest"], good["repository"])
    assert [(one["tag"], one["result"]) for one in found["tags"]] == [("stable", "put")]
    assert found["proofs"] == good["proofs"]


async def test_machines_are_told_what_this_call_built(
    published: Pipeline, empty_registry: str, other_registry: str
) -> None:
    """Who signs as the builder signs nothing that a registry had, whoever put it there."""
    wish = {"to": [f"{empty_registry}/acme"], "tag": ["try"], "as_json": True}
    first = json.loads(await published.publish(**wish))  # type: ignore[arg-type]
    found = json.loads(await published.publish(**wish))  # type: ignore[arg-type]
    both = wish | {"to": [f"{empty_registry}/acme", f"{other_registry}/acme"]}
    copied = json.loads(await published.publish(**both))  # type: ignore[arg-type]
    again = json.loads(await published.publish(**wish, rebuild=True))  # type: ignore[arg-type]
    promoted = json.loads(await published.promote(f"{empty_registry}/acme/good:try", tag=["stable"], as_json=True))
    assert {one["built"] for one in [*first, *again]} == {True}
    assert {one["built"] for one in [*found, *copied, *promoted]} == {False}


async def test_a_signature_that_hangs_on_an_image_is_seen(published: Pipeline, empty_registry: str) -> None:
    """By who publishes it again, who finds it by its key, and who promotes it; none of them says that nobody signed."""
    alone = published.without_apps().with_app(published.members[0])
    wish = {"to": [f"{empty_registry}/acme"], "tag": ["try"]}
    first = await alone.publish(**wish)  # type: ignore[arg-type]
    repository = f"{empty_registry}/acme/good"
    async with Registry(empty_registry, actions="pull,push") as registry:
        await sign(registry, repository, (await registry.manifest(f"{repository}:try")).described())
    again = await alone.publish(**wish, rebuild=True)  # type: ignore[arg-type]
    found = await alone.publish(**wish)  # type: ignore[arg-type]
    promoted = await alone.promote(f"{repository}:try", tag=["stable"])
    assert "\nsignatures: none: no Sigstore bundle hangs on it\n" in first
    for text in (again, found, promoted):
        assert "\nsignatures: 1 Sigstore bundle; check who signed with gh attestation verify\n" in text
        assert [line for line in told(text) if line.startswith(("SBOM", "prov"))] == [
            line for line in told(first) if line.startswith(("SBOM", "prov"))
        ]
    assert "unsigned" not in first + again + found + promoted


async def sign(registry: Registry, repository: str, subject: Descriptor) -> None:
    """Hang a bundle on an image."""
    signature = referrer(subject, BUNDLE, Document(BUNDLE, b"{}"), {})
    await registry.upload(repository, signature.blob.digest, 2, lambda: once(signature.blob.raw))
    await registry.attach(repository, signature.manifest)


@pytest.mark.parametrize(("branch", "names"), [("main", ["master-abc1234"]), ("master", ["edge", "master-abc1234"])])
async def test_the_default_branch_of_a_promotion_may_have_another_name(
    published: Pipeline, empty_registry: str, branch: str, names: list[str]
) -> None:
    """Its newest image is `edge` then, too."""
    alone = published.without_apps().with_app(published.members[0])
    await alone.publish(to=[f"{empty_registry}/acme"], tag=["try"])
    commit = "abc1234def5678abc1234def5678abc1234def56"
    wish = {"ref": "refs/heads/master", "commit": commit, "default_branch": branch}
    await alone.promote(f"{empty_registry}/acme/good:try", to=[f"{empty_registry}/one"], **wish)  # type: ignore[arg-type]
    assert [*tags(empty_registry, "one")] == names


async def test_an_image_without_a_content_key_says_so(published: Pipeline, empty_registry: str, engine: Engine) -> None:
    """Otherwise nobody knew why it is built each time."""
    stdout = engine._answers["stdout"]
    engine.answers(stdout=lambda asked: "\n" if '"content key"' in " ".join(asked[-2:]) else stdout(asked))
    text = await published.publish(to=[f"{empty_registry}/acme"], tag=["try"])
    notes = re.findall(
        r"^note: (\w+): no content key, so it is built and tested each time: .*leave it out$", text, re.MULTILINE
    )
    assert notes == ["good", "bad"]
    assert re.findall(r"^(\S+) +put ", text, re.MULTILINE) == ["try", "try"]
