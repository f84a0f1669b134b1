"""This module, called by the Dagger CLI, with the engine that the CLI finds."""

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.compare.applications import APPLICATIONS
from bench.compare.contenders import BOTH, Name, repository
from bench.compare.programs import BenchError, Command, needed, run

_INSTALL: Final = "install the Dagger CLI (docs.dagger.io/install)"

_EMPTY: Final = 100e6
"""Bytes that an engine may hold and count as empty."""

_PRUNES: Final = 2
_PAUSE: Final = 10
"""What a session that is just ending still holds is not pruned: so it is done again, seconds later."""


@dataclasses.dataclass(frozen=True)
class Module:
    """What is made of a checkout by the module in it; `renew` is a shell's command that empties the engine's state."""

    checkout: Path
    renew: str = ""

    @property
    def name(self) -> Name:
        """Who it is."""
        return Name.MODULE

    def build(self, platforms: Sequence[str]) -> None:
        """Make both images; they stay in the engine."""
        self._call(*build_words(platforms))

    def empty(self) -> float:
        """Take away what the engine keeps; the module is then loaded again.

        Raises:
            BenchError: something is left.
        """
        if self.renew:
            run(Command(["sh", "-c", self.renew], self.checkout))
        else:
            for _ in range(_PRUNES):
                time.sleep(_PAUSE)
                self._dagger("core", "engine", "local-cache", "prune")
        self._see_empty()
        begun = time.perf_counter()
        self._dagger("functions")
        return time.perf_counter() - begun

    def renewed(self) -> float:
        """The same: all that an engine has of others is what it keeps."""
        return self.empty()

    def push(self, registry: str, tag: str) -> None:
        """Make both images and push them, a call each, side by side."""
        self._side_by_side(*(push_words(registry, one.name, tag) for one in APPLICATIONS))

    def keep(self, registry: str) -> None:
        """Publish both applications, under their content keys too, and keep the caches."""
        self._call(*publish_words(registry, "kept"))
        self._call(*keep_words(registry))

    def again(self, registry: str) -> None:
        """Publish: the images are found by their content keys."""
        self._call(*publish_words(registry, "again"))

    def seeded(self, registry: str) -> None:
        """Build what changed, with the caches out of the registry; what did not is pulled."""
        self._call(*seeded_words(registry))

    def asked(self, number: int) -> None:
        """The least that a call can be: an object is made, and says its name. A number that is new makes it run."""
        self._call(*asked_words(number))

    def _see_empty(self) -> None:
        """Pruned, an engine may keep cache volumes, and what it builds then is not built cold."""
        (said,) = run(self._command("core", "engine", "local-cache", "entry-set", "disk-space-bytes"))
        if (left := float(said)) > _EMPTY:
            raise BenchError(
                f"the engine keeps {left / 1e6:.0f} MB although it was emptied, so nothing would be built cold; give a "
                "command with --renew that ends it, takes its state away (/var/lib/dagger) and starts it again"
            )

    def _call(self, *words: str) -> None:
        self._side_by_side(words)

    def _side_by_side(self, *calls: Sequence[str]) -> None:
        run(*(self._command("call", *words) for words in calls))

    def _dagger(self, *words: str) -> None:
        run(self._command(*words))

    def _command(self, *words: str) -> Command:
        return Command([needed("dagger", _INSTALL), "--progress=plain", *words], self.checkout)


def build_words(platforms: Sequence[str]) -> list[str]:
    """A call that builds; both platforms are what it does without being told."""
    return ["build"] if tuple(platforms) == BOTH else ["build", f"--platform={','.join(platforms)}"]


def push_words(registry: str, application: str, tag: str) -> list[str]:
    """A call that builds one application and pushes it."""
    place = repository(registry, Name.MODULE, application)
    return [*_with(registry), application, "build", "publish", f"--address={place}", f"--tag={tag}", "pushed"]


def publish_words(registry: str, tag: str) -> list[str]:
    """A call that publishes both applications, under a tag and their content keys."""
    return [*_with(registry), "publish", f"--to={repository(registry, Name.MODULE)}", f"--tag={tag}"]


def keep_words(registry: str) -> list[str]:
    """A call that puts what cache volumes hold into a registry."""
    return [*_with(registry), "keep-caches", f"--address={_caches(registry)}"]


def seeded_words(registry: str) -> list[str]:
    """A call that builds where cache volumes begin with that, and what did not change is where it was published."""
    kept = [f"--caches={_caches(registry)}", f"--published={repository(registry, Name.MODULE)}"]
    return [*_with(registry), *kept, "build"]


def asked_words(number: int) -> list[str]:
    """A call that makes an object and asks for its name."""
    return ["go-app", f"--name=bench-{number}", "--source=api", "name"]


def _with(registry: str) -> list[str]:
    return ["--registry", f"tcp://{registry}"]


def _caches(registry: str) -> str:
    return repository(registry, Name.MODULE, "caches")
