"""Publishing: what has to pass before, where it goes, and what a registry has afterwards."""

import json
import re
from pathlib import Path

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.errors import Failed
from tests.http import debian

from .checked import Shops
from .published import tags
from .queries import Engine, held
from .scans import ran

pytestmark = pytest.mark.anyio

HEAD = "abc1234def5678abc1234def5678abc1234def56\nrefs/heads/main\n"


async def test_what_passed_lies_in_a_repository_an_application(published: Pipeline, empty_registry: str) -> None:
    """Under the tags of the event, with the reference that everybody gets it by."""
    text = await published.publish(to=[f"{empty_registry}/acme"], ref="refs/pull/12/merge")
    for app in ("good", "bad"):
        found = tags(empty_registry, f"acme/{app}")
        assert list(found) == ["pr-12"]
        assert f"\n{app}: {empty_registry}/acme/{app}@{found['pr-12']}\n" in text
    assert len(re.findall(r"^pr-12 +put +pull request 12$", text, re.MULTILINE)) == 2
    assert len(re.findall(r"^key-[0-9a-f]{32} +put +content key of these inputs$", text, re.MULTILINE)) == 2


async def test_what_lies_there_of_the_same_inputs_is_neither_built_nor_tested_again(
    published: Pipeline, empty_registry: str, engine: Engine
) -> None:
    """The second time nothing is compiled, and the same digests and proofs are shown."""
    first = await published.publish(to=[f"{empty_registry}/acme"], ref="refs/pull/12/merge")
    engine.asked.clear()
    again = await published.publish(to=[f"{empty_registry}/acme"], ref="refs/pull/12/merge")
    assert len(re.findall(r"^(?:good|bad): key-[0-9a-f]{32} is there already: not built and", again, re.MULTILINE)) == 2
    assert again.count("nothing had to be uploaded") == 2
    assert len(re.findall(r"^pr-12 +unchanged +there already: pull request 12$", again, re.MULTILINE)) == 2
    assert {ran(asked) for asked in engine.asked if asked[-1].startswith("stdout")} == {"content key"}
    for pattern in (r"^\w+: .*@sha256:\w+$", r"^provenance.*$"):
        assert re.findall(pattern, again, re.MULTILINE) == re.findall(pattern, first, re.MULTILINE) != []


async def test_what_lies_in_one_registry_is_copied_to_another_and_not_built_again(
    published: Pipeline, empty_registry: str, other_registry: str, engine: Engine
) -> None:
    """The same bytes, and what speaks of them."""
    await published.publish(to=[f"{empty_registry}/acme"], tag=["try"])
    engine.asked.clear()
    text = await published.publish(to=[f"{empty_registry}/acme", f"{other_registry}/acme"], tag=["try"])
    assert tags(other_registry, "acme/good") == tags(empty_registry, "acme/good") != {}
    assert text.count("uploaded ") == 2
    assert {ran(asked) for asked in engine.asked if asked[-1].startswith("stdout")} == {"content key"}


async def test_a_rebuild_is_one(published: Pipeline, empty_registry: str, engine: Engine) -> None:
    """Although the registry has the image."""
    await published.publish(to=[f"{empty_registry}/acme"], tag=["try"])
    engine.asked.clear()
    text = await published.publish(to=[f"{empty_registry}/acme"], tag=["try"], rebuild=True)
    assert text.count("nothing had to be uploaded") == 2
    assert {"test", "smoke"} <= {ran(asked) for asked in engine.asked if asked[-1].startswith("stdout")}


async def test_changed_files_make_another_key(published: Pipeline, empty_registry: str, shops: Shops) -> None:
    """What was found before is of no use then."""
    await published.publish(to=[f"{empty_registry}/acme"], tag=["try"])
    shops.bad["content key"] = "07her"
    text = await published.publish(to=[f"{empty_registry}/acme"], tag=["try"])
    assert re.findall(r"^(\w+): key-[0-9a-f]{32} is there already", text, re.MULTILINE) == ["good"]


async def test_a_name_may_stand_anywhere_in_the_address(published: Pipeline, empty_registry: str) -> None:
    """As in the packaging guide's neuronip/api, or another's acme/neuronip-api."""
    await published.publish(to=[f"{empty_registry}/acme/shop-{{app}}"], tag=["try"])
    assert list(tags(empty_registry, "acme/shop-good")) == ["try"]


async def test_nothing_is_published_when_a_stage_fails(published: Pipeline, empty_registry: str, shops: Shops) -> None:
    """Not even of the application that passed: they belong together."""
    shops.bad["test"] = "began\t9999999999\nstep\ttest\t1\n"
    with pytest.raises(Failed, match=r"^publish: "):
        await published.publish(to=[f"{empty_registry}/acme"], tag=["try"])
    assert tags(empty_registry, "acme/good") == {}


async def test_a_registry_that_fails_does_not_undo_another(
    published: Pipeline, empty_registry: str, tmp_path: Path
) -> None:
    """The error says which, and what was published stands in its text."""
    (folder := tmp_path / "private").mkdir()
    with (
        debian.running(folder, debian.passwords(folder)) as private,
        pytest.raises(
            Failed, match=r"^publish: 2 of 4 publications failed\n\ngood: publish to .* answered 401"
        ) as caught,
    ):
        await published.publish(to=[f"{private}/acme", f"{empty_registry}/acme"], tag=["try"])
    assert [*tags(empty_registry, "acme/good"), *tags(empty_registry, "acme/bad")] == ["try", "try"]
    assert len(re.findall(r"^try +put +asked for$", str(caught.value), re.MULTILINE)) == 2


async def test_an_event_that_nothing_names_is_an_error(published: Pipeline, empty_registry: str) -> None:
    """These applications have no repository that could be asked."""
    with pytest.raises(Failed, match=r"good: publish to .*: the ref '' is neither .*--ref"):
        await published.publish(to=[f"{empty_registry}/acme"])


async def test_the_event_comes_from_git_where_nobody_says_it(
    published: Pipeline, empty_registry: str, engine: Engine
) -> None:
    """The branch and the commit that are checked out."""
    usual = engine._answers["stdout"]
    history = "abc1234def\t1700000000\t\t3\t\t\tfalse\n"
    git = {"symbolic-ref": HEAD, "rev-list": history}
    engine.answers(
        stdout=lambda asked: (
            next((text for word, text in git.items() if word in " ".join(asked)), None) or usual(asked)
        ),
        url="https://example.com/a.git",
    )
    app = published.go_app("shop", held(dagger.Directory, "good"), repository=held(dagger.GitRepository, "there"))
    text = await published.without_apps().with_app(app).publish(to=[f"{empty_registry}/acme"])
    assert list(tags(empty_registry, "acme/shop")) == ["edge", "main-abc1234"]
    rows = re.findall(r"^(\S+) +put +(.*)$", text, re.MULTILINE)
    assert rows[1:] == [("main-abc1234", "commit of main"), ("edge", "newest of main")]


async def test_an_image_is_published_by_itself(published: Pipeline, empty_registry: str) -> None:
    """Under the tags that a caller names, and no key, since nothing tested it; `digest` says the reference."""
    (app, *_) = published.members
    image = await app.build()
    publication = await image.publish(f"{empty_registry}/acme/shop", ["1.2.3", "latest"])
    assert publication.tags == ["1.2.3", "latest"]
    assert publication.reference() == f"{empty_registry}/acme/shop@{await image.digest()}"
    assert json.loads(publication.details())["digest"] == publication.digest


async def test_an_address_with_a_tag_is_refused(published: Pipeline, empty_registry: str) -> None:
    """Tags are arguments: one in the address would be pushed without a reason."""
    (app, *_) = published.members
    image = await app.build()
    with pytest.raises(Failed, match=r"good: publish to .*: .* names a tag or a digest; give the repository alone"):
        await image.publish(f"{empty_registry}/acme/shop:1")
