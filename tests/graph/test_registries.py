"""Registries: who asks them."""

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.errors import Failed
from pipeline.nodes.registries import Registries

from .queries import Engine, arguments, chain, held

pytestmark = pytest.mark.anyio


def users(*logins: tuple[str, str, str]) -> Registries:
    """Registries with these users."""
    found = Registries()
    for address, user, secret in logins:
        found = found.with_auth(address, user, held(dagger.Secret, secret))
    return found


async def test_each_registry_is_asked_by_its_own_user(engine: Engine) -> None:
    """The secret of one never goes to another; one without a user is asked by nobody."""
    engine.answers(plaintext=lambda asked: "first" if "one" in asked[0] else "second")
    known = users(("ghcr.io", "ann", "one"), ("docker.io", "bob", "two"))
    found = {}
    for reference in ("ghcr.io/acme/shop:1", "acme/shop:1", "quay.io/acme/shop:1"):
        async with known.open(reference) as registry:
            found[registry.name] = (registry.user, registry.password)
    assert found == {"ghcr.io": ("ann", "first"), "docker.io": ("bob", "second"), "quay.io": ("", "")}


def test_the_last_user_of_a_registry_counts() -> None:
    """A second one replaces the first, whatever path stands behind the address."""
    known = users(("ghcr.io", "ann", "one"), ("docker.io", "bob", "two"), ("ghcr.io/acme/", "eve", "three"))
    assert (known.names, known.users) == (["docker.io", "ghcr.io"], ["bob", "eve"])


def test_the_engine_pulls_as_the_same_users() -> None:
    """What a scan compares with may be private, too."""
    pulling = known = users(("ghcr.io", "ann", "one")).authenticated(dagger.dag.container())
    assert arguments(pulling, "withRegistryAuth")[0]["username"] == "ann"
    assert chain(known)[-1].startswith('withRegistryAuth(address="ghcr.io"')


def test_a_pipeline_gives_its_users_to_every_application(pipeline: Pipeline) -> None:
    """And the changed pipeline is a copy."""
    changed = pipeline.with_registry_auth("ghcr.io", "ann", held(dagger.Secret, "token"))
    assert changed.api().scanner.registries.names == ["ghcr.io"]
    assert changed.with_app(changed.go_app("shop", held(dagger.Directory, "x"))).registries.names == ["ghcr.io"]
    assert pipeline.api().scanner.registries.names == []


def test_an_address_that_is_none_is_refused(pipeline: Pipeline) -> None:
    """With a sentence, before anything is asked."""
    with pytest.raises(Failed, match=r"^pipeline: registry: .* is not a reference"):
        _ = pipeline.with_registry_auth("https://ghcr.io", "ann", held(dagger.Secret, "token"))
