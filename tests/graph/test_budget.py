"""What it costs to publish what did not change, with all that it takes to say who asks."""

import collections
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import dagger
import httpx
import pytest

from pipeline.main import Pipeline
from pipeline.nodes import publication
from pipeline.nodes.registries import Kept
from pipeline.policy.tags import Change
from pipeline.remote.transport import Request, Transport
from tests.http import debian
from tests.http.servers import Reply, serving

from .checked import Shops
from .queries import Engine, held

pytestmark = pytest.mark.anyio

MOST: Final = 12
COMMIT: Final = "abc1234def5678abc1234def5678abc1234def56"
REF: Final = "refs/tags/v1.2.3"


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Requests from now on, as method and path; those to token servers are among them."""
    real = Transport.send
    made: list[str] = []

    async def send(self: Transport, request: Request, base: httpx.URL, limit: float) -> httpx.Response:
        made.append(f"{request.method} {request.url}")
        return await real(self, request, base, limit)

    monkeypatch.setattr(Transport, "send", send)
    return made


@asynccontextmanager
async def private(folder: Path, kind: str, *repositories: str) -> AsyncIterator[str]:
    """The name of a registry that wants to know who asks: a user and a password, or a token of these repositories."""
    if not debian.found():
        pytest.skip("publishing to a real registry: left out, docker-registry is not on PATH")
    if kind == "basic":
        with debian.running(folder, debian.passwords(folder)) as name:
            yield name
        return
    async with serving() as server:
        auth, token = debian.tokens(debian.certificate(folder), f"http://{server.name}/token", *repositories)
        for one in repositories:
            scope = f"repository%3A{one.replace('/', '%2F')}%3Apull%2Cpush"
            server.answer(f"/token?service={debian.SERVICE}&scope={scope}", Reply(f'{{"token": "{token}"}}'.encode()))
        with debian.running(folder, auth) as name:
            yield name


def released(pipeline: Pipeline, engine: Engine, registry: str, *names: str) -> Pipeline:
    """Applications whose commit is tagged v1.2.3, asked of as a user of the registry."""
    usual = engine._answers["stdout"]
    history = f"{COMMIT}\t1700000000\tv1.2.3\t0\tv1.2.3\t\tfalse\n"
    engine.answers(
        stdout=lambda asked: history if "rev-list" in " ".join(asked) else usual(asked),
        url=None,
        plaintext=debian.PASSWORD,
    )
    found = pipeline.with_registry_auth(registry, debian.USER, held(dagger.Secret, "password")).without_apps()
    for name in names:
        repository = held(dagger.GitRepository, f"repository of {name}")
        found = found.with_app(found.go_app(name, held(dagger.Directory, name), repository=repository))
    return found


@pytest.mark.parametrize("kind", ["basic", "token"])
@pytest.mark.parametrize("rebuild", [True, False], ids=["built again", "by its key"])
async def test_what_did_not_change_costs_twelve_requests_with_the_login(
    published: Pipeline, engine: Engine, counted: list[str], tmp_path: Path, kind: str, *, rebuild: bool
) -> None:
    """All tags of a release; nothing is written, and nobody says twice who asks."""
    async with private(tmp_path, kind, "acme/good") as registry:
        pipeline = released(published, engine, registry, "good")
        to = [f"{registry}/acme"]
        await pipeline.publish(to=to, ref=REF)
        counted.clear()
        if rebuild:
            await _published_again(pipeline, to)
        else:
            await pipeline.publish(to=to, ref=REF)
    assert {one.partition(" ")[0] for one in counted} == {"GET"}
    assert len(counted) <= MOST


async def _published_again(pipeline: Pipeline, to: list[str]) -> None:
    """As when the key is not found."""
    (app,) = pipeline.members
    image = await app.build()
    change = Change(ref=REF, commit=COMMIT, version=image.version, key=await image.key())
    async with Kept(pipeline.registries) as kept:
        await publication.publish(image, f"{to[0]}/good", kept, change)


@pytest.mark.parametrize("kind", ["basic", "token"])
async def test_another_application_that_is_built_meanwhile_costs_nothing_more(
    published: Pipeline, engine: Engine, shops: Shops, counted: list[str], tmp_path: Path, kind: str
) -> None:
    """The monorepo's case: one changed, the other is found by its key."""
    async with private(tmp_path, kind, "acme/good", "acme/bad") as registry:
        pipeline = released(published, engine, registry, "good", "bad")
        to = [f"{registry}/acme"]
        await pipeline.publish(to=to, tag=["try"])
        await pipeline.without_apps().with_app(pipeline.members[0]).publish(to=to, ref=REF)
        shops.bad["content key"] = "07her"
        counted.clear()
        text = await pipeline.publish(to=to, ref=REF)
    assert "bad: key-" not in text
    own = [one for one in counted if "acme/good" in one or "acme%2Fgood" in one]
    assert {one.partition(" ")[0] for one in own} == {"GET"}
    assert len(own) <= MOST


async def test_each_of_two_registries_costs_no_more(
    published: Pipeline, engine: Engine, counted: list[str], empty_registry: str, tmp_path: Path
) -> None:
    """The image that one of them has by its key is not read to be copied where the other has it, too."""
    (folder := tmp_path / "other").mkdir()
    async with private(folder, "basic") as other:
        pipeline = released(published, engine, other, "good")
        for _ in range(2):
            counted.clear()
            await pipeline.publish(to=[f"{empty_registry}/acme", f"{other}/acme"], ref=REF)
    asked = collections.Counter(httpx.URL(one.partition(" ")[2]).netloc.decode() for one in counted)
    assert asked.keys() == {empty_registry, other}
    assert max(asked.values()) <= MOST
