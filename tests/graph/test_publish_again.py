"""Publishing again: what a registry lost, what an event says of a commit, and what stands in the error."""

import re

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes import publish, verify
from pipeline.nodes.errors import Failed
from tests.http import debian

from .checked import Shops
from .published import OWN, tags
from .queries import Engine, held
from .scans import ran

pytestmark = pytest.mark.anyio

COMMIT = "abc1234def5678abc1234def5678abc1234def56"


@pytest.fixture
def registry(deleting_registry: str) -> str:
    """A registry that lets things be deleted."""
    return deleting_registry


def lose(registry: str, app: str = "good") -> None:
    """Delete the layer of an application."""
    with debian.plain_client(f"http://{registry}/v2/acme/{app}") as client:
        client.delete(f"/blobs/{debian.digest(OWN)}").raise_for_status()


def whole(registry: str) -> bool:
    """Whether the layer of `good` is there."""
    with debian.plain_client(f"http://{registry}/v2/acme/good") as client:
        return client.head(f"/blobs/{debian.digest(OWN)}").is_success


def built(engine: Engine) -> set[str]:
    """The commands that ran since it was asked last."""
    found = {ran(asked) for asked in engine.asked if asked[-1].startswith("stdout")}
    engine.asked.clear()
    return found


def tagged(pipeline: Pipeline, engine: Engine, *names: str, dirty: str = "") -> Pipeline:
    """`good` alone, at a commit with these tags."""
    usual = engine._answers["stdout"]
    history = f"{COMMIT}\t1700000000\tv1.2.3\t0\t{' '.join(names)}\t{dirty}\tfalse\n"
    engine.answers(stdout=lambda asked: history if "rev-list" in " ".join(asked) else usual(asked), url=None)
    app = pipeline.go_app("good", held(dagger.Directory, "good"), repository=held(dagger.GitRepository, "there"))
    return pipeline.without_apps().with_app(app)


async def test_a_rebuild_brings_back_what_the_registry_lost_under_the_same_tags(
    published: Pipeline, registry: str
) -> None:
    """Which is what `verify` and `promote` advise."""
    to = [f"{registry}/acme"]
    await published.publish(to=to, tag=["try"])
    lose(registry)
    text = await published.publish(to=to, tag=["try"], rebuild=True)
    assert re.search(r"^uploaded 1 blob", text, re.MULTILINE)
    assert whole(registry)


async def test_an_image_that_is_found_and_has_lost_a_part_is_built_again(
    published: Pipeline, registry: str, other_registry: str, engine: Engine
) -> None:
    """Once, whichever registry finds out first, and it passes all that publishing asks for; a note says why."""
    await published.publish(to=[f"{registry}/acme"], tag=["try"])
    lose(registry)
    built(engine)
    text = await published.publish(to=[f"{registry}/acme", f"{other_registry}/acme"], tag=["other"])
    assert tags(other_registry, "acme/good") == {"other": tags(registry, "acme/good")["other"]}
    asked = [asked for asked in engine.asked if asked[-1].startswith("stdout")]
    assert [ran(one) for one in asked].count("test") == 1
    assert {"test", "smoke"} <= built(engine)
    assert re.search(r"^note: good: key-\w+ had lost a part, so it was built and tested again$", text, re.MULTILINE)
    assert whole(registry)


async def test_an_image_that_lost_a_part_and_passes_no_longer_is_not_published(
    published: Pipeline, registry: str, shops: Shops
) -> None:
    """The error has the table; the other application has its tag."""
    await published.publish(to=[f"{registry}/acme"], tag=["try"])
    lose(registry, "bad")
    shops.bad["test"] = "began\t9999999999\nstep\ttest\t1\n"
    with pytest.raises(Failed, match=r"^publish: 1 of 2 publications failed\n\npublish: .*") as caught:
        await published.publish(to=[f"{registry}/acme"], tag=["other"])
    assert "STAGE" in str(caught.value)
    assert tags(registry, "acme/bad").keys() == {"try"}
    assert tags(registry, "acme/good").keys() == {"try", "other"}


@pytest.mark.parametrize(("ref", "put"), [("v1.2.3-rc.1", "1.2.3-rc.1"), ("v1.2.3", "1.2.3")])
async def test_of_two_tags_on_a_commit_the_one_that_was_pushed_is_published(
    published: Pipeline, engine: Engine, registry: str, ref: str, put: str
) -> None:
    """A candidate that became the release without a change is published as what it is."""
    pipeline = tagged(published, engine, "v1.2.3", "v1.2.3-rc.1")
    await pipeline.publish(to=[f"{registry}/acme"], ref=f"refs/tags/{ref}", with_v=False)
    assert put in tags(registry, "acme/good")
    assert ("latest" in tags(registry, "acme/good")) == ("-" not in put)


async def test_a_tag_that_is_not_on_the_commit_is_refused(published: Pipeline, engine: Engine, registry: str) -> None:
    """Whatever else is tagged there."""
    pipeline = tagged(published, engine, "v1.2.3")
    with pytest.raises(Failed, match=r"v1\.2\.2 was pushed, and the image is stamped 1\.2\.3; publish the commit"):
        await pipeline.publish(to=[f"{registry}/acme"], ref="refs/tags/v1.2.2")
    assert tags(registry, "acme/good") == {}


async def test_a_release_from_changed_files_fails(published: Pipeline, engine: Engine, registry: str) -> None:
    """A workflow that leaves all its tags would be green."""
    pipeline = tagged(published, engine, "v1.2.3", dirty="dirty")
    with pytest.raises(Failed, match=r"v1\.2\.3 was pushed, and the image was built from changes that no commit holds"):
        await pipeline.publish(to=[f"{registry}/acme"], ref="refs/tags/v1.2.3")
    text = await pipeline.publish(to=[f"{registry}/acme"], ref="refs/heads/main", commit=COMMIT)
    assert re.search(r"^main-abc1234 +left +the image was built from changes that no commit holds$", text, re.MULTILINE)


async def test_what_was_published_stands_in_the_error_when_it_cannot_be_verified(
    published: Pipeline, engine: Engine, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its registry ends with the call: nobody can ask it afterwards."""

    async def started(_: dagger.Container) -> dagger.Service:
        return held(dagger.Service, "registry")

    async def looked(*_: object) -> object:
        raise Failed("the registry is gone")

    engine.answers(
        endpoint=lambda asked: f"http://{registry}" if "scheme" in asked[-1] else registry.replace("127.0.0.1", "x")
    )
    monkeypatch.setattr(publish, "ephemeral", started)
    monkeypatch.setattr(verify, "looked", looked)
    with pytest.raises(Failed, match=r"^the registry is gone\n") as caught:
        await published.publish(tag=["try"])
    digest = tags(registry, "good")["try"]
    assert f"/good@{digest}\n" in str(caught.value)
    assert re.search(r"^try +put +asked for$", str(caught.value), re.MULTILINE)
    assert str(caught.value).endswith("name another with --to or --registry\n")
