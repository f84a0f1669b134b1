"""Rehearsals: what is started for them, that a whole release goes through, and that nothing outside is touched."""

import dataclasses
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import dagger
import httpx
import pytest

from pipeline.main import Pipeline
from pipeline.policy.assets import CHECKSUMS, parse_checksums
from tests.http import debian
from tests.http.debian import digest, plain_client
from tests.http.gateway import COMMIT, REPOSITORY, TAG

from .published import tags
from .queries import Engine, chain, held
from .releases import FLOATING, OTHER, World, image_only, releasing

pytestmark = pytest.mark.anyio

NOTE: Final = "\nnote: a rehearsal; registry and GitHub were stand-ins of this call, and nothing outside was touched\n"


@dataclasses.dataclass
class Services:
    """What an engine starts for a rehearsal: the registry runs already, the stand-in runs as its container has it."""

    registry: str
    folder: Path
    started: list[list[str]] = dataclasses.field(default_factory=list)
    stand: str = ""
    process: "subprocess.Popen[bytes] | None" = None

    def start(self, asked: list[str]) -> str:
        """Start a service; its id says which one it is."""
        self.started.append([one for one in asked if not one.startswith("withNewFile")])
        if 'from(address="registry:1")' in asked:
            return "registry"
        self._run(asked)
        return "stand-in"

    def endpoint(self, asked: list[str]) -> str:
        """Where a service answers."""
        name = {'node(id="registry")': self.registry, 'node(id="stand-in")': self.stand}[asked[0]]
        return f"http://{name}" if "http" in asked[-1] else name

    def read(self, path: str) -> bytes:
        """What anybody reads on the site of the stand-in."""
        with plain_client(f"http://{self.stand}") as client:
            return client.get(path).raise_for_status().content

    def _run(self, asked: list[str]) -> None:
        """Run the files that the container has, and no others, on a port of this machine."""
        for call in asked:
            if found := re.fullmatch(r"withNewFile\(path=(\".*?\"), contents=(\".*\")\)", call):
                path = self.folder / json.loads(found[1]).removeprefix("/opt/")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.loads(found[2]), "utf-8")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.stand = f"127.0.0.1:{free.getsockname()[1]}"
        _, program, *given = self.command(asked)
        given = [one.replace("=8080", f"={self.stand.partition(':')[2]}") for one in given]
        given = [one.replace("=registry:8080", f"={self.registry}") for one in given]
        # Isolated: what is installed here is not in the container.
        command = [sys.executable, "-I", "-S", str(self.folder / program.removeprefix("/opt/")), *given]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        assert debian.wait_for(f"http://{self.stand}/")

    @staticmethod
    def command(asked: list[str]) -> list[str]:
        """The command of a service."""
        (said,) = re.findall(r"^asService\(args=(\[.*\])\)$", asked[-2])
        return list(json.loads(said))


@pytest.fixture
def services(empty_registry: str, tmp_path: Path) -> Iterator[Services]:
    """Nothing is started yet."""
    (folder := tmp_path / "opt").mkdir()
    found = Services(empty_registry, folder)
    yield found
    if found.process:
        found.process.kill()
        found.process.wait()


@pytest.fixture
def world(published: Pipeline, services: Services, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    """A checkout on a branch, with an application that has an image alone, and a caller with services of his own."""
    own = published.with_registry_auth("ghcr.io", "ann", held(dagger.Secret, "password"))
    own = dataclasses.replace(image_only(own), registry_image="registry:1", python_image="python:1")
    own = dataclasses.replace(own, registry=held(dagger.Service, "own")).without_apps()
    found = releasing(World(image_only(own), services.registry, engine, branches=("feature",), tagged=""), monkeypatch)

    def plaintext(asked: list[str]) -> str:
        (said,) = re.findall(r'^setSecret\(name="rehearsal-token", plaintext="(.*)"\)$', asked[0])
        return str(said)

    engine.answers(start=services.start, endpoint=services.endpoint, plaintext=plaintext)
    return found


async def test_a_whole_release_goes_through_stand_ins_alone(
    world: World, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From whatever branch, and with a tag that nobody made: it is to be seen before.

    Neither the caller's registry nor any user is asked, and every request stays on this machine.
    """
    sent, hosts = httpx.AsyncHTTPTransport.handle_async_request, set()

    async def handle(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        hosts.add(request.url.netloc.decode())
        return await sent(self, request)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle)
    text = await world.pipeline.rehearse(TAG, github_repository=REPOSITORY)
    assert hosts == {services.registry, services.stand}
    assert [asked for asked in world.engine.asked if asked[0] in {'node(id="own")', 'node(id="password")'}] == []
    local = f"localhost:{services.registry.partition(':')[2]}/shop"
    found = tags(services.registry, "shop")
    assert found.keys() == {"1.2.3", "v1.2.3", *FLOATING}
    assert f"\nshop: {local}@{found['latest']}\n" in text
    assert f"\nhttp://{services.stand}/acme/shop/releases/tag/{TAG}\n" in text
    assert text.endswith(NOTE)
    assert "  to do  " not in text
    released = f"/acme/shop/releases/download/{TAG}"
    sums = parse_checksums(services.read(f"{released}/{CHECKSUMS}").decode())
    assert {name: digest(services.read(f"{released}/{name}")) for name in sums} == {
        name: f"sha256:{one}" for name, one in sums.items()
    }
    assert sums.keys() > {"scan.json", "report.html", "shop_1.2.3.intoto.jsonl"}


async def test_the_stand_in_has_the_tag_where_head_is_and_is_served(world: World, services: Services) -> None:
    """Somebody would have pushed it; the service is the one with the release, to look at, and with its images."""
    service = await world.pipeline.rehearsal(TAG, github_repository=REPOSITORY)
    registry, stand = services.started
    assert registry == [
        "container",
        'from(address="registry:1")',
        'withEnvVariable(name="REGISTRY_HTTP_ADDR", value=":8080")',
        "withExposedPort(port=8080)",
        "asService(useEntrypoint=true)",
        "start",
    ]
    assert stand[:2] == ["container", 'from(address="python:1")']
    assert 'withServiceBinding(alias="registry", service=<node(id="registry")>)' in stand
    assert services.command(stand) == [
        "python3",
        "/opt/pipeline/rehearsal/github.py",
        "--port=8080",
        f"--repository={REPOSITORY}",
        "--token=rehearsal",
        f"--tag={TAG}={COMMIT}",
        "--registry=registry:8080",
    ]
    assert chain(service) == ['node(id="stand-in")']
    assert f"<h1>{TAG}</h1>" in services.read(f"/acme/shop/releases/tag/{TAG}").decode()
    assert tags(services.stand, "shop") == tags(services.registry, "shop") != {}


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"tagged": OTHER}, "here it is at dddddddddddd, and c0ffee000000 is checked out; check out the tag"),
        ({"changed": "!"}, "files are changed that no commit holds; commit them first"),
    ],
)
async def test_what_no_release_can_be_is_refused_as_a_release_would_be(
    world: World, services: Services, facts: dict[str, Any], why: str
) -> None:
    """A rehearsal is to show it."""
    for name, value in facts.items():
        setattr(world, name, value)
    said = await world.failed(world.pipeline.rehearse(TAG, github_repository=REPOSITORY))
    assert why in said
    assert "the release of v1.2.3 stopped at 'preflight'" in said
    assert tags(services.registry, "shop") == {}
