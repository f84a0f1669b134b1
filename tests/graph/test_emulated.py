"""The smoke test of another platform's image: a service of the engine, played here by a server on the loopback."""

import dataclasses
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anyio
import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes import smoke
from pipeline.nodes.errors import Failed
from pipeline.nodes.image import Image
from pipeline.policy.versions import Stamp

from .queries import Engine, held, refused

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("anyio_backend")]

ARM = dagger.Platform("linux/arm64")
STATUS = {"/health": 200, "/missing": 404, "/moved": 302}
LOADING: list[int] = []


class Handler(BaseHTTPRequestHandler):
    """Answers each path with its status, or with those of LOADING first, and drops the connection on any other."""

    def do_GET(self) -> None:
        """Answer."""
        if self.path in STATUS:
            self.send_response(LOADING.pop() if LOADING else STATUS[self.path])
            self.send_header("Location", "/health")
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of the service."""
    LOADING.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()
        thread.join()


@pytest.fixture
async def image(pipeline: Pipeline, stamp: Stamp, engine: Engine, server: str) -> Image:
    """An image for another platform than the engine's."""
    engine.answers(entries=["go.mod", "go.sum"], imageRef="a@sha256:1", user="65532:65532")
    engine.answers(start="id", stop="id", endpoint=server)
    return await pipeline.go_app("shop", held(dagger.Directory, "source"), port=9000).image(stamp, [ARM])


async def test_an_image_that_behaves_is_healthy_and_stops(image: Image, engine: Engine) -> None:
    """Memory would be the emulator's, so it is not said; what was started is killed in the end."""
    result = await image.smoke(ARM, expect=["/missing=404"])
    assert result.startswith("healthy after ")
    assert result.endswith(" ms (as a service: root not read-only)")
    assert "memory" not in result
    assert 'container(platform="linux/arm64")' in engine.asked[-1]
    assert engine.asked[-1][-2:] == ["asService(useEntrypoint=true)", "stop(kill=true)"]


async def test_a_wrong_answer_fails_and_the_service_is_stopped_all_the_same(image: Image, engine: Engine) -> None:
    """One sentence, with the platform."""
    with pytest.raises(Failed, match=r"^shop: smoke linux/arm64: /missing answered 404, not 200; it logged nothing$"):
        await image.smoke(ARM, expect=["/missing=200"])
    assert engine.asked[-1][-1] == "stop(kill=true)"


async def test_a_service_that_never_starts_is_told_by_the_engines_words(image: Image, engine: Engine) -> None:
    """Its port is watched by the engine."""
    engine.answers(start=refused("exited with code 1"))
    with pytest.raises(Failed, match=r"^shop: smoke linux/arm64: exited with code 1$"):
        await image.smoke(ARM)
    assert engine.asked[-1][-1] == "stop(kill=true)"


async def test_a_service_that_is_not_ready_yet_is_asked_again(image: Image) -> None:
    """503 is what a server answers while it loads."""
    LOADING.extend([503, 500, 503])
    assert (await image.smoke(ARM)).startswith("healthy after ")
    assert LOADING == []


async def test_a_service_that_never_answers_well_is_given_up(
    image: Image, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the last status, and killed."""
    monkeypatch.setattr(smoke, "SLOW_HEALTH", 0)
    LOADING.extend([503] * 9)
    with pytest.raises(Failed, match=r"^shop: smoke linux/arm64: /health answered 503; a healthy application answers"):
        await image.smoke(ARM)
    assert engine.asked[-1][-1] == "stop(kill=true)"


async def test_the_health_path_may_redirect_and_others_are_not_followed(image: Image) -> None:
    """Health counts at the end of the way; of a request its own status."""
    moved = dataclasses.replace(image, run=dataclasses.replace(image.run, health_path="/moved"))
    assert (await moved.smoke(ARM, expect=["/moved=302"])).startswith("healthy after ")


@pytest.mark.parametrize("slow", ["start", "endpoint"])
async def test_the_whole_has_a_time_limit(image: Image, monkeypatch: pytest.MonkeyPatch, slow: str) -> None:
    """Whatever hangs, it is said and the service is killed."""
    monkeypatch.setattr(smoke, "SLOW_PATIENCE", 0.05)
    killed: list[bool] = []

    async def hang(_: dagger.Service, **__: object) -> None:
        await anyio.sleep(30)

    async def stop(_: dagger.Service, *, kill: bool = False) -> None:
        await anyio.sleep(0.01)
        killed.append(kill)

    monkeypatch.setattr(dagger.Service, slow, hang)
    monkeypatch.setattr(dagger.Service, "stop", stop)
    with pytest.raises(Failed, match=r"^shop: smoke linux/arm64: nobody answered /health on port 9000 within 0.05 s$"):
        await image.smoke(ARM)
    assert killed == [True]


async def test_a_service_is_killed_when_the_call_is_given_up(image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever cancels leaves nothing running."""
    killed: list[bool] = []

    async def hang(_: dagger.Service) -> None:
        await anyio.sleep(30)

    async def stop(_: dagger.Service, *, kill: bool = False) -> None:
        await anyio.sleep(0.01)
        killed.append(kill)

    monkeypatch.setattr(dagger.Service, "start", hang)
    monkeypatch.setattr(dagger.Service, "stop", stop)
    with anyio.move_on_after(0.05):
        await image.smoke(ARM)
    assert killed == [True]


async def test_a_service_that_does_not_stop_is_killed(image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM has a time limit; `stop` of a deaf process would hang for minutes."""
    monkeypatch.setattr(smoke, "GRACE", 0.05)
    killed: list[bool] = []

    async def stop(_: dagger.Service, *, kill: bool = False) -> None:
        killed.append(kill)
        await anyio.sleep(0 if kill else 30)

    monkeypatch.setattr(dagger.Service, "stop", stop)
    with pytest.raises(Failed, match=r"the process did not stop within 0.05 s of SIGTERM and was killed"):
        await image.smoke(ARM)
    assert killed == [False, True]


async def test_a_connection_that_breaks_is_a_failure_of_the_application(image: Image) -> None:
    """A server that crashes at a request is one that does not behave."""
    with pytest.raises(Failed, match=r"^shop: smoke linux/arm64: /crash answered "):
        await image.smoke(ARM, expect=["/crash=200"])


@pytest.mark.parametrize("user", ["", "root", "0:0"])
async def test_an_image_that_runs_as_root_is_refused(image: Image, engine: Engine, user: str) -> None:
    """On another platform as on the engine's own."""
    engine.answers(user=user)
    with pytest.raises(Failed, match=r"^shop: smoke linux/arm64: the image runs as root; give it a USER"):
        await image.smoke(ARM)
