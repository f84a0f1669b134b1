"""BuildKit: a daemon of the comparison's own, and a build an application, both at once."""

import contextlib
import dataclasses
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.compare.applications import APPLICATIONS, Application, arguments
from bench.compare.contenders import BOTH, Name, repository
from bench.compare.programs import Command, needed, run

DOCKERFILES: Final = Path(__file__).parents[1] / "dockerfiles"

_MIRRORED: Final = ("docker.io", "gcr.io")
"""The registries that the images come from."""

_INSTALL: Final = "install BuildKit (github.com/moby/buildkit), v0.34.2 was measured"
_RUNC: Final = "BuildKit runs commands with it; install runc"

_PATIENCE: Final = 60
"""Seconds that a daemon may take until it can be asked."""


@dataclasses.dataclass
class Daemon:
    """A daemon with a state of its own, in a folder; a mirror answers in place of the public registries."""

    home: Path
    mirror: str
    _process: subprocess.Popen[bytes] | None = None

    @property
    def client(self) -> list[str]:
        """How it is asked."""
        return [needed("buildctl", _INSTALL), "--addr", f"unix://{self.home}/buildkit.sock"]

    def renew(self) -> float:
        """Start it on an empty state; gives the seconds until it answers."""
        self.stop()
        shutil.rmtree(self.home / "state", ignore_errors=True)
        (settings := self.home / "buildkitd.toml").write_text(configuration(self.mirror), "utf-8")
        needed("runc", _RUNC)
        command = [needed("buildkitd", _INSTALL), f"--config={settings}", f"--root={self.home}/state"]
        command += [f"--addr=unix://{self.home}/buildkit.sock", "--oci-worker-net=host", "--containerd-worker=false"]
        begun = time.perf_counter()
        with (self.home / "buildkitd.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - the comparison's own
        run(Command([*self.client, f"--timeout={_PATIENCE}", "--wait", "debug", "workers"], self.home))
        return time.perf_counter() - begun

    def stop(self) -> None:
        """End it, and wait until it has taken its mounts away."""
        if self._process:
            self._process.terminate()
            self._process.wait()
            self._process = None


@dataclasses.dataclass(frozen=True)
class BuildKit:
    """What a daemon makes of a checkout."""

    daemon: Daemon
    checkout: Path

    @property
    def name(self) -> Name:
        """Who it is."""
        return Name.BUILDKIT

    def build(self, platforms: Sequence[str]) -> None:
        """Make both images; they stay with the daemon."""
        self._build(platforms, _local())

    def empty(self) -> float:
        """Take away what the daemon keeps; it needs no time after that."""
        run(Command([*self.daemon.client, "prune", "--all"], self.checkout))
        return 0

    def renewed(self) -> float:
        """Another daemon on an empty folder."""
        return self.daemon.renew()

    def push(self, registry: str, tag: str) -> None:
        """Make both images and push them."""
        self._build(BOTH, _pushed(registry, tag))

    def keep(self, registry: str) -> None:
        """Push both images, and every layer of every stage as a cache."""
        caches = {one.name: ["--export-cache", f"{_cache(registry, one)},mode=max"] for one in APPLICATIONS}
        self._build(BOTH, _pushed(registry, "kept"), caches)

    def again(self, registry: str) -> None:
        """Build on top of that cache, and push."""
        self._build(BOTH, _pushed(registry, "again"), _imports(registry))

    def seeded(self, registry: str) -> None:
        """Build on top of that cache."""
        self._build(BOTH, _local(), _imports(registry))

    def _build(
        self,
        platforms: Sequence[str],
        outputs: Mapping[str, str],
        caches: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        commands = []
        for application in APPLICATIONS:
            asked = [*words(application, platforms, self.checkout), f"--output={outputs[application.name]}"]
            cache = (caches or {}).get(application.name, [])
            commands.append(Command([*self.daemon.client, *asked, *cache], self.checkout))
        run(*commands)


@contextlib.contextmanager
def running(home: Path, checkout: Path, mirror: str) -> Iterator[BuildKit]:
    """BuildKit with a daemon that keeps nothing yet, and ends with this."""
    daemon = Daemon(home, mirror)
    try:
        daemon.renew()
        yield BuildKit(daemon, checkout)
    finally:
        daemon.stop()


def configuration(mirror: str) -> str:
    """The daemon's settings: nothing is collected as garbage, and where a mirror is given, images come from there."""
    lines = ["[worker.oci]", "gc = false"]
    if mirror:
        for registry in _MIRRORED:
            lines += [f'[registry."{registry}"]', f'mirrors = ["{mirror}"]']
        lines += [f'[registry."{mirror}"]', "http = true"]
    return "\n".join([*lines, ""])


def words(application: Application, platforms: Sequence[str], checkout: Path) -> list[str]:
    """What a build of an application is asked for, but for where the image goes."""
    given = [f"--opt=build-arg:{name}={value}" for name, value in arguments(application, checkout).items()]
    return [
        "build",
        "--progress=plain",
        "--frontend=dockerfile.v0",
        f"--local=context={checkout / application.name}",
        f"--local=dockerfile={DOCKERFILES}",
        f"--opt=filename={application.dockerfile}",
        f"--opt=platform={','.join(platforms)}",
        *given,
    ]


def _local() -> dict[str, str]:
    return {one.name: f"type=image,name=bench/{one.name},push=false" for one in APPLICATIONS}


def _pushed(registry: str, tag: str) -> dict[str, str]:
    places = {one.name: repository(registry, Name.BUILDKIT, one.name) for one in APPLICATIONS}
    return {name: f"type=image,name={place}:{tag},push=true" for name, place in places.items()}


def _cache(registry: str, application: Application) -> str:
    return f"type=registry,ref={repository(registry, Name.BUILDKIT, application.name)}:cache"


def _imports(registry: str) -> dict[str, Sequence[str]]:
    return {one.name: ["--import-cache", _cache(registry, one)] for one in APPLICATIONS}
