"""A world to release in: git as an engine tells it, a registry on the loopback, and the stand-in for GitHub."""

import dataclasses
import json
import re
import traceback
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import dagger
import httpx
import pytest

from pipeline.main import Pipeline
from pipeline.nodes import hub
from pipeline.nodes.errors import Failed
from pipeline.policy.assets import CHECKSUMS, parse_checksums
from pipeline.policy.shipment import MOMENTARY
from pipeline.rehearsal.github import Stand
from pipeline.remote.github import GitHub
from pipeline.remote.manifests import MEDIA_TYPES
from tests.http.conftest import Clock
from tests.http.debian import PASSWORD, plain_client
from tests.http.gateway import BASE, COMMIT, REPOSITORY, TAG, TOKEN, Gateway, stand
from tests.http.shop import state
from tests.http.stopping import Stopped

from .checked import PINNED
from .queries import Engine, held
from .scans import path, ran

OTHER: Final = "d" * 40
FLOATING: Final = ("1.2", "1", "v1.2", "v1", "latest")
READING: Final = ("GET ", "HEAD ")
TRACELESS: Final = re.compile(r"(POST|DELETE) /v2/.*/blobs/uploads/")
"""An upload that is begun, or cancelled: it changes nothing that anybody sees."""
AGAIN: Final = "nothing that is done is done again: put this in order, and run the release again"
CHANGELOG: Final = "# Changelog\n\n" + "".join(
    f"## [{version}]\n\n### Added\n\n- What {version} has.\n\n" for version in ("1.2.3", "1.2.4", "1.3.0", "1.4.0-rc.1")
)

Before = Callable[[str], Awaitable[httpx.Response | None]]
"""Is told of each request before it is made, and may answer it in place of who is asked."""


@dataclasses.dataclass
class World:
    """Where a release happens. `made` has every request, to the registry and to GitHub, in one order.

    `folder` is where images go in the registry. Before the request of number `last`, of those that write, or of that
    spelling, the process ends. `commit`, `tagged`, `changed` and `branches` are what git says, `planned` what stands in
    a plan's file.
    """

    pipeline: Pipeline
    registry: str
    engine: Engine
    folder: str = "acme"
    gateway: Gateway = dataclasses.field(default_factory=lambda: Gateway(stand()))
    before: Before | None = None
    last: int | str = -1
    made: list[str] = dataclasses.field(default_factory=list)
    commit: str = COMMIT
    tagged: str = COMMIT
    changed: str = ""
    branches: tuple[str, ...] = ("main",)
    planned: str = ""

    @property
    def stand(self) -> Stand:
        """GitHub."""
        return self.gateway.stand

    @property
    def to(self) -> str:
        """Where images go."""
        return f"{self.registry}/{self.folder}"

    @property
    def written(self) -> list[str]:
        """The requests that changed something, or tried to."""
        return [one for one in self.made if not one.startswith(READING)]

    @property
    def stages(self) -> set[str]:
        """What the engine ran."""
        return {ran(asked) for asked in self.engine.asked if asked[-1] == "stdout"}

    def anew(self, folder: str) -> None:
        """Nothing is there."""
        self.folder, self.gateway, self.before = folder, Gateway(stand()), None
        self.made.clear()

    def given(self, given: dict[str, Any]) -> dict[str, Any]:
        """Arguments of a release, and of its plan."""
        token = held(dagger.Secret, "token")
        return {"to": [self.to], "github_repository": REPOSITORY, "github_api": BASE, "github_token": token} | given

    async def release(self, version: str = TAG, **given: Any) -> str:  # noqa: ANN401 - those of the function
        """Release a version."""
        return await self.pipeline.release(version, **self.given(given))

    async def failure(self, version: str = TAG, **given: Any) -> str:  # noqa: ANN401 - same
        """Release a version in vain."""
        return await self.failed(self.release(version, **given))

    async def failed(self, of: Awaitable[str]) -> str:
        """What goes wrong with something; no error holds the token or the password."""
        with pytest.raises(Failed) as failed:
            await of
        told = "".join(traceback.format_exception(failed.value)) + repr(failed.value)
        assert TOKEN not in told
        assert PASSWORD not in told
        return str(failed.value)

    async def killed(self, last: int | str) -> bool:
        """Release until the process ends before the request `last`; False where there is none."""
        self.last, self.made[:], ended = last, [], False
        try:
            await self.release()
        except* Stopped:
            ended = True
        finally:
            self.last = -1
        return ended

    def tags(self, app: str = "shop") -> dict[str, str]:
        """Every tag of an application's repository; whatever it leads to is there."""
        return state(self.registry, f"{self.folder}/{app}")

    def floats(self, app: str = "shop") -> dict[str, str]:
        """Those that float."""
        return {tag: digest for tag, digest in self.tags(app).items() if tag in FLOATING}

    @property
    def published(self) -> list[str]:
        """The tags of releases that are no drafts."""
        return [one.tag for one in self.stand.state.releases.values() if not one.draft]

    def assets(self, tag: str = TAG) -> dict[str, bytes]:
        """The files of the release of a tag, which are whole."""
        (release,) = [one for one in self.stand.state.releases.values() if one.tag == tag]
        assert {one.state for one in self.stand.state.of(release)} <= {"uploaded"}
        return {one.name: one.content for one in self.stand.state.of(release)}

    def picture(self, *apps: str) -> dict[str, Any]:
        """All that people see; of files of a day and of the checksums, which hold, that they are there."""
        own, newest = self.stand.state, self.stand.state.newest()
        return {
            "tags": {app: self._all(app) for app in apps or ("shop",)},
            "releases": [
                (one.tag, one.draft, one.prerelease, one.target, one.body.replace(f"/{self.folder}/", "/acme/"))
                for one in own.releases.values()
            ],
            "assets": {one.tag: self._sums(one.tag) for one in own.releases.values()},
            "count": len(own.assets),
            "refs": dict(own.refs),
            "latest": newest.tag if newest else "",
            "unknown": self.stand.unknown,
        }

    def _sums(self, tag: str) -> dict[str, str]:
        sums = parse_checksums(self.assets(tag)[CHECKSUMS].decode())
        (release,) = [one for one in self.stand.state.releases.values() if one.tag == tag]
        found = {one.name: one.digest.removeprefix("sha256:") for one in self.stand.state.of(release)}
        assert sums | {CHECKSUMS: found[CHECKSUMS]} == found
        return found | dict.fromkeys([*MOMENTARY, CHECKSUMS], "")

    def _all(self, app: str) -> dict[str, str]:
        """Every tag, also those of what refers to an image, each entry of which is there once."""
        found = self.tags(app)
        with plain_client(f"http://{self.registry}/v2/{self.folder}/{app}") as client:
            for tag in client.get("/tags/list").json()["tags"]:
                if tag.startswith("sha256-"):
                    answer = client.get(f"/manifests/{tag}", headers={"Accept": MEDIA_TYPES[0]}).raise_for_status()
                    hung = [one["digest"] for one in answer.json()["manifests"]]
                    assert len(hung) == len(set(hung))
                    found[tag] = answer.headers["docker-content-digest"]
        return found

    def _ends(self, spelled: str) -> bool:
        if isinstance(self.last, str):
            return bool(re.match(self.last, spelled))
        return 0 <= self.last <= len(self.written) and not spelled.startswith(READING)

    async def answer(
        self, real: Callable[[httpx.Request], Awaitable[httpx.Response]], request: httpx.Request
    ) -> httpx.Response:
        """Count a request, end the process there, or let it be answered."""
        spelled = f"{request.method} {request.url.raw_path.decode()}"
        if self._ends(spelled):
            raise Stopped
        self.made.append(spelled)
        if self.before and (found := await self.before(spelled)):
            return found
        return await (self.gateway if request.url.host == httpx.URL(BASE).host else real)(request)

    def printed(self, asked: list[str]) -> str:
        """What git says; "" of other commands."""
        (said,) = re.findall(r"^withExec\(args=(\[.*\])\)$", asked[-2]) or ["[]"]
        _, _, script, _, *arguments = json.loads(said) or [""] * 4
        if "rev-list" in script:
            return f"{COMMIT}\t1700000000\t\t3\t\t\tfalse\n" * len(arguments)
        if "--contains HEAD" in script:
            refs = "".join(f"refs/heads/{branch}\n" for branch in self.branches)
            return f"{self.commit}\n{self.tagged}\n{self.changed}\n{refs}"
        return ""

    def contents(self, asked: list[str]) -> str:
        """What stands in files of the repository, of a caller, and of the query's own; "" of others."""
        if asked[0] == 'node(id="plan")':
            return self.planned
        if of_tree(asked):
            return CHANGELOG
        found = re.fullmatch(r'withNewFile\(path="[^"]*", contents=(".*")\)', asked[-3]) if len(asked) > 2 else None
        return str(json.loads(found[1])) if found else ""


def releasing(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Let the engine answer for releases in a world, and all requests go through it; nobody waits for anything."""
    usual = dict(world.engine._answers)
    world.engine.answers(
        stdout=lambda asked: world.printed(asked) or usual["stdout"](asked),
        entries=lambda asked: ["LICENSE", "README.md", "CHANGELOG.md"] if of_tree(asked) else ["go.mod", "go.sum"],
        contents=lambda asked: world.contents(asked) or usual["contents"](asked),
        name=lambda asked: path(asked) if of_tree(asked) else "db.tar.gz",
        export=lambda asked: _compiled(asked) if asked[0] == "directory" else usual["export"](asked),
        plaintext=lambda asked: TOKEN if asked[0] == 'node(id="token")' else PASSWORD,
        exists=True,
        url=None,
    )
    monkeypatch.setattr(hub, "GitHub", partial(GitHub, retries=Clock().retries()))
    sent = httpx.AsyncHTTPTransport.handle_async_request

    async def handle(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        return await world.answer(lambda asked: sent(self, asked), request)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle)
    return world


def programs(pipeline: Pipeline, *names: str) -> Pipeline:
    """A pipeline of Go applications of these names, in one repository."""
    pipeline = dataclasses.replace(pipeline, static_image=PINNED).without_apps()
    for name in names:
        app = pipeline.go_app(name, held(dagger.Directory, name), repository=pipeline.repository)
        pipeline = pipeline.with_app(app)
    return pipeline


def image_only(pipeline: Pipeline, name: str = "shop") -> Pipeline:
    """A pipeline of an application without binaries, whose release takes less."""
    app = pipeline.dockerfile_app(name, held(dagger.Directory, name), repository=pipeline.repository)
    return pipeline.without_apps().with_app(app)


def of_tree(asked: list[str]) -> bool:
    """Whether a query is about the files of the repository."""
    return asked[:3] == ['node(id="repository")', "uncommitted", "after"]


def refused(status: int = 403) -> httpx.Response:
    """An answer as GitHub writes it, which repeats what it was sent, and as a registry does."""
    said = {"message": f"no {TOKEN}", "errors": [{"code": "DENIED", "message": "no"}]}
    return httpx.Response(status, stream=httpx.ByteStream(json.dumps(said).encode()))


def _compiled(asked: list[str]) -> str:
    """Write what a compiler would have: the same bytes for the same name."""
    (folder,) = re.findall(r'^export\(path="([^"]+)"', asked[-1])
    for name in re.findall(r'withFile\(path="([^"]+)"', "\n".join(asked[1:-1])):
        if "/" not in name:
            (Path(folder) / name).write_bytes(f"the program {name}\n".encode())
    return str(folder)
