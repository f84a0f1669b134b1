"""Promote: an image that is there gets other tags, and what could not be done is said."""

import re

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.errors import Failed

from .published import tags
from .queries import Engine, held

pytestmark = pytest.mark.anyio

COMMIT = "abc1234def5678abc1234def5678abc1234def56"


async def image(pipeline: Pipeline, registry: str) -> str:
    """`good` in a registry, which says no commit."""
    await pipeline.without_apps().with_app(pipeline.members[0]).publish(to=[f"{registry}/acme"], tag=["try"])
    return f"{registry}/acme/good:try"


async def stamped(pipeline: Pipeline, engine: Engine, registry: str, version: str = "") -> str:
    """`shop` in a registry, at a commit of its repository that may be tagged."""
    usual = engine._answers["stdout"]
    history = f"{COMMIT}\t1700000000\t{version}\t3\t{version}\t\tfalse\n"
    engine.answers(stdout=lambda asked: history if "rev-list" in " ".join(asked) else usual(asked), url=None)
    repository = held(dagger.GitRepository, "there")
    app = pipeline.go_app("shop", held(dagger.Directory, "good"), repository=repository)
    await pipeline.without_apps().with_app(app).publish(to=[f"{registry}/acme"], tag=["try"])
    return f"{registry}/acme/shop:try"


def placed(text: str) -> dict[str, str]:
    """The tags that were put, with their reasons."""
    return dict(re.findall(r"^(\S+) +put +(.*)$", text, re.MULTILINE))


async def test_an_image_is_promoted_into_each_repository_that_is_named(
    published: Pipeline, empty_registry: str
) -> None:
    """The same digest everywhere; where none is named, it is its own."""
    reference = await image(published, empty_registry)
    to = [f"{empty_registry}/one/good", f"{empty_registry}/two/good"]
    text = await published.promote(reference, to=to, tag=["stable"])
    (digest,) = tags(empty_registry, "acme/good").values()
    assert [tags(empty_registry, f"{place}/good") for place in ("one", "two")] == [{"stable": digest}] * 2
    assert text.count(f"@{digest}\n") == 2
    await published.promote(reference, tag=["stable"])
    assert tags(empty_registry, "acme/good") == {"try": digest, "stable": digest}


async def test_a_branch_names_the_commit_that_the_image_was_built_from(
    published: Pipeline, empty_registry: str, engine: Engine
) -> None:
    """Nobody has to say it again."""
    reference = await stamped(published, engine, empty_registry)
    text = await published.promote(reference, ref="refs/heads/main")
    assert placed(text) == {"main-abc1234": "commit of main", "edge": "newest of main"}


async def test_a_caller_may_name_another_commit(published: Pipeline, empty_registry: str, engine: Engine) -> None:
    """The head of the branch, where the last change of the application is older."""
    reference = await stamped(published, engine, empty_registry)
    text = await published.promote(reference, ref="refs/heads/main", commit="def5678" + "0" * 33)
    assert placed(text).keys() == {"main-def5678", "edge"}


async def test_an_image_that_says_no_commit_needs_one_for_a_branch(published: Pipeline, empty_registry: str) -> None:
    """The sentence names the argument."""
    reference = await image(published, empty_registry)
    with pytest.raises(Failed, match=r"the tag of a branch names its commit, and '' is none; give it with --commit"):
        await published.promote(reference, ref="refs/heads/main")
    assert tags(empty_registry, "acme/good").keys() == {"try"}


async def test_a_release_is_promoted_by_its_tag_and_by_no_other(
    published: Pipeline, empty_registry: str, engine: Engine
) -> None:
    """What its labels say is what it is called."""
    reference = await stamped(published, engine, empty_registry, "v1.2.3")
    text = await published.promote(reference, ref="refs/tags/v1.2.3", with_v=False)
    assert placed(text).keys() == {"1.2.3", "1.2", "1", "latest"}
    for wish in ({"tag": ["1.2.4"]}, {"tag": ["1.2.4"], "force": True}, {"ref": "refs/tags/v1.2.4"}):
        with pytest.raises(Failed, match=r"^promote: 1 of 1 publication failed\n\n.*image is stamped 1\.2\.3"):
            await published.promote(reference, **wish)
    assert "1.2.4" not in tags(empty_registry, "acme/shop")


async def test_an_image_that_is_not_there_is_not_promoted(published: Pipeline, empty_registry: str) -> None:
    """In the registry's words, with the reference; nothing is put."""
    missing = f"{empty_registry}/acme/none:1"
    with pytest.raises(Failed, match=rf"^{missing}: promote: the manifest {missing} .* answered 404 Not Found"):
        await published.promote(missing, to=[f"{empty_registry}/acme/good"], tag=["stable"])
    assert tags(empty_registry, "acme/good") == {}


async def test_a_tag_that_never_moves_is_kept_and_the_other_repository_is_not_undone(
    published: Pipeline, empty_registry: str
) -> None:
    """The error shows both digests, and what could be promoted stands in its text."""
    await published.publish(to=[f"{empty_registry}/acme"], tag=["try"])
    reference = f"{empty_registry}/acme/good:try"
    await published.promote(f"{empty_registry}/acme/bad:try", to=[f"{empty_registry}/one/good"], tag=["1.2.3"])
    taken, wanted = (tags(empty_registry, f"acme/{name}")["try"] for name in ("bad", "good"))
    assert taken != wanted
    to = [f"{empty_registry}/one/good", f"{empty_registry}/two/good"]
    said = f"the tag 1.2.3 never moves: it points at {taken}, and {wanted} was to be published"
    with pytest.raises(Failed, match=rf"^promote: 1 of 2 publications failed\n\n.*one/good: {said}") as caught:
        await published.promote(reference, to=to, tag=["1.2.3"])
    assert placed(str(caught.value)) == {"1.2.3": "asked for"}
    assert tags(empty_registry, "one/good") == {"1.2.3": taken}
    assert tags(empty_registry, "two/good") == {"1.2.3": wanted}


@pytest.mark.parametrize("suffix", [":1.2.3", f"@sha256:{1:064}"])
async def test_an_address_with_a_tag_or_a_digest_is_refused(
    published: Pipeline, empty_registry: str, suffix: str
) -> None:
    """Tags are arguments, each with its reason."""
    reference = await image(published, empty_registry)
    with pytest.raises(Failed, match=r"names a tag or a digest; give the repository alone, and tags with --tag"):
        await published.promote(reference, to=[f"{empty_registry}/one/good{suffix}"], tag=["stable"])
    assert tags(empty_registry, "one/good") == {}
