"""Images of what did not change, taken from where they were published."""

import re

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes import verbs
from pipeline.nodes.errors import Failed
from pipeline.nodes.registries import Registries
from pipeline.remote.registry import Retries

from .published import tags
from .queries import Engine, held, refused

pytestmark = pytest.mark.anyio


@pytest.fixture
async def there(published: Pipeline, engine: Engine, empty_registry: str) -> str:
    """Where both images are; what was asked of the engine for that is forgotten."""
    at = f"{empty_registry}/acme"
    await published.publish(to=[at], tag=["1.2.3"])
    engine.asked.clear()
    return at


def compiled(engine: Engine) -> bool:
    """Whether anything was compiled since it was asked last."""
    return "go build" in str(engine.asked)


async def test_what_did_not_change_is_pulled_and_not_built(published: Pipeline, engine: Engine, there: str) -> None:
    """By its digest, for each platform; a note says under which name it was found, and no row that it was built."""
    text = await published._with(published=there).check()
    assert not compiled(engine)
    assert text.count(" pulled: ") == 2
    digest = tags(there.partition("/")[0], "acme/good")["1.2.3"]
    assert f'from(address="{there}/good@{digest}"' in str(engine.asked)
    assert f"note: good: {there}/good:key-" in text
    assert text.count(" is there already: not built again\n") == 2


async def test_only_the_platforms_that_were_asked_for_are_pulled(
    published: Pipeline, engine: Engine, there: str
) -> None:
    """The image holds more of them."""
    text = await published._with(published=there).smoke()
    assert not compiled(engine)
    assert text.count(" is there already: not built again\n") == 2
    pulled = [said for said in map(str, engine.asked) if f"{there}/good@" in said]
    assert pulled
    assert "arm64" not in str(pulled)


async def test_what_changed_is_built(published: Pipeline, engine: Engine, there: str) -> None:
    """Other files have another key, so nothing is found, and nothing is said."""
    usual = engine._answers["stdout"]
    engine.answers(stdout=lambda asked: f"{'7' * 64}\n" if "content key" in asked[-2] else usual(asked))
    text = await published._with(published=there).build()
    assert compiled(engine)
    assert "note:" not in text


async def test_an_image_that_cannot_be_pulled_is_built(published: Pipeline, engine: Engine, there: str) -> None:
    """It is there, says the registry, and does not give it: a note says why."""
    usual, lost = engine._answers.get("sync"), refused("blob unknown")
    engine.answers(sync=lambda asked: lost if f"{there}/" in str(asked) else usual(asked) if usual else "synced")
    text = await published._with(published=there).build()
    assert compiled(engine)
    assert re.search(rf"^note: good: pull {there}/good@sha256:\w+: .*blob unknown.*; it was built$", text, re.MULTILINE)
    assert "pulled:" not in text


async def test_a_registry_that_does_not_answer_is_said_and_fails_nothing(
    published: Pipeline, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is built."""
    monkeypatch.setattr(verbs, "PATIENCE", Retries(limit=0.1))
    text = await published._with(published="127.0.0.1:1/acme").build()
    assert compiled(engine)
    assert "note: good: 127.0.0.1:1/acme/good does not say whether it has this image: " in text


async def test_an_image_of_other_platforms_is_not_pulled(published: Pipeline, engine: Engine, there: str) -> None:
    """What was asked for is built, and nothing is said to be wrong."""
    text = await published._with(published=there).build(platform=[dagger.Platform("linux/arm/v7")])
    assert compiled(engine)
    assert "note:" not in text


async def test_an_image_is_pulled_as_the_user_who_asks(published: Pipeline, engine: Engine, there: str) -> None:
    """Applications that another object made know no users: those of the verb count."""
    engine.answers(plaintext="open sesame")
    asking = published._with(auth=Registries().with_auth(there, "ann", held(dagger.Secret, "token")))
    await asking._with(published=there).build()
    pulls = [said for said in map(str, engine.asked) if f"{there}/good@" in said]
    assert pulls
    assert all("withRegistryAuth" in said for said in pulls)


async def test_what_is_pulled_needs_no_caches(published: Pipeline, there: str) -> None:
    """So nobody waits for them; nor is anything said of a repository that has none."""
    text = await published._with(published=there, caches="127.0.0.1:1/caches").build()
    assert "caches of" not in text


async def test_an_address_that_is_none_is_said(published: Pipeline) -> None:
    """Before anything is built."""
    with pytest.raises(
        Failed, match=r"pipeline: published: 'ghcr\.io/acme:1' is no place for images; give what publish"
    ):
        await published._with(published="ghcr.io/acme:1").build()
