"""Cache volumes that a registry keeps: what is packed and named, and what begins with it."""

import dataclasses
import re
from pathlib import Path

import anyio
import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes import caches, keep
from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed
from pipeline.nodes.hub import Hub
from pipeline.nodes.release import Wish
from pipeline.remote.registry import Retries
from tests.http import debian

from .keeping import Kept
from .queries import Engine, arguments, failed, held, refused

pytestmark = pytest.mark.anyio

EACH = 6
"""Images of a Go application: three volumes, each under two names."""


@pytest.fixture
async def filled(two: Pipeline, kept: Kept, engine: Engine, registry: str) -> str:
    """A repository that keeps the caches of both; what was asked of the engine for that is forgotten."""
    _ = kept
    address = f"{registry}/acme/caches"
    await two.keep_caches(address)
    engine.asked.clear()
    return address


def begins(engine: Engine) -> set[str]:
    """What the volume of Go modules began with in whatever was compiled."""
    compiled = " ".join(said for said in map(" ".join, engine.asked) if "go build" in said)
    assert compiled
    mount = r'path="/go/pkg/mod", cache=<cacheVolume\(key="pipeline-go-mod"\)>(.*?)\)'
    return set(re.findall(mount, compiled))


async def test_caches_are_kept_once_for_the_lock_files(two: Pipeline, kept: Kept, registry: str) -> None:
    """A line an application says so; the second time nothing is packed."""
    address = f"{registry}/acme/caches"
    first = (await two.keep_caches(address)).splitlines()
    second = (await two.keep_caches(address)).splitlines()
    assert first[-2:] == [f"{app}: kept caches for these lock files, 12.0 MB unpacked" for app in ("good", "bad")]
    assert second[-2:] == [f"{app}: caches for these lock files are there already" for app in ("good", "bad")]
    assert len(kept.pushed) == 2 * EACH


async def test_what_is_kept_has_a_name_of_the_toolchain_too(two: Pipeline, engine: Engine, filled: str) -> None:
    """So that another lock file begins with most of it."""
    engine.answers(digest="sha256:07e5")
    assert "note:" not in await two._with(caches=filled).build()
    assert all("from(" in began for began in begins(engine))


async def test_volumes_begin_with_what_is_kept(two: Pipeline, engine: Engine, filled: str) -> None:
    """By digest, each volume with its image; what came from there is held against go.sum."""
    await two._with(caches=filled).build()
    (began,) = begins(engine)
    assert f'from(address=\\"{filled}@{debian.digest(debian.MANIFEST)}\\"' in began
    assert '"dependencies", "verify"' in str(engine.asked)


async def test_what_cannot_be_read_is_said_and_fails_nothing(
    two: Pipeline, engine: Engine, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a registry the build begins with empty volumes."""
    _ = kept
    monkeypatch.setattr(caches, "PATIENCE", Retries(limit=0.1))
    text = await two._with(caches="127.0.0.1:1/acme/caches").build()
    assert "note: good: caches of 127.0.0.1:1/acme/caches: " in text
    assert "; it begins with empty caches\n" in text
    assert begins(engine) == {""}


async def test_a_broken_image_is_said_and_fails_nothing(two: Pipeline, engine: Engine, filled: str) -> None:
    """Where the engine cannot unpack it the build begins with an empty volume."""
    broken = refused("failed to unpack: unexpected EOF")
    engine.answers(sync=lambda asked: broken if asked[-2] == "rootfs" else " | ".join(asked[:-1]))
    text = await two._with(caches=filled).build()
    assert "note: good: cache pipeline-go-mod: " in text
    assert text.count("unexpected EOF; it does without\n") == EACH
    assert begins(engine) == {""}


async def test_nothing_kept_is_said(two: Pipeline, kept: Kept, registry: str) -> None:
    """Not an error: the first run of a repository has nothing to begin with."""
    _ = kept
    text = await two._with(caches=f"{registry}/acme/caches").build()
    assert f"note: good: {registry}/acme/caches keeps no caches for it yet" in text


@pytest.mark.parametrize("address", ["ghcr.io/acme/caches:1", "Not An Address"])
async def test_an_address_that_is_none_keeps_nothing(two: Pipeline, kept: Kept, address: str) -> None:
    """With a sentence, before anything is packed."""
    with pytest.raises(Failed, match="good: keep caches in "):
        await two.keep_caches(address)
    assert kept.pushed == []


async def test_volumes_that_are_too_large_are_not_kept(two: Pipeline, kept: Kept, registry: str) -> None:
    """The error of the script, with the application and the stage."""
    problem = "pipeline-error: the caches hold 9000 MB, and 2000 MB may be kept"
    kept.size = failed(["sh", "-c", "script", "keep caches"], 1, problem)
    with pytest.raises(Failed, match="good: keep caches: the caches hold 9000 MB, and 2000 MB may be kept"):
        await two.keep_caches(f"{registry}/acme/caches")
    assert kept.pushed == []


async def test_what_is_published_never_begins_with_them(published: Pipeline, engine: Engine, registry: str) -> None:
    """Compilers believe their caches, and so whoever writes these would write the binaries."""
    kept = Kept(engine)
    await published.keep_caches(f"{registry}/acme/caches")
    del engine.asked[:]
    await published._with(caches=f"{registry}/acme/caches").publish([f"{registry}/acme"], tag=["1"])
    assert begins(engine) == {""}
    assert len(kept.pushed) == 2 * EACH


async def test_a_volume_that_is_not_kept_begins_empty_beside_those_that_are(two: Pipeline, engine: Engine) -> None:
    """And is another one than without them: what they hold gets into nothing that is published."""
    good, _ = two.members
    seeds = [held(dagger.Directory, "tools")]
    begun = dataclasses.replace(good, seeds=seeds, seed_names=["pipeline-go-tools"])
    await two._with(apps=[begun]).build()
    assert begins(engine) == {", source=<directory>"}


async def test_lint_says_it_as_well(two: Pipeline, kept: Kept, registry: str) -> None:
    """Every verb that would begin with them."""
    _ = kept
    assert (
        f"note: good: {registry}/acme/caches keeps no caches for it yet"
        in await two._with(caches=f"{registry}/acme/caches").lint()
    )


async def test_what_is_kept_never_begins_with_what_was_kept(
    two: Pipeline, kept: Kept, engine: Engine, filled: str
) -> None:
    """What somebody put into caches once is gone with the next ones."""
    engine.answers(digest="sha256:07e5")
    await two._with(caches=filled).keep_caches(filled)
    assert begins(engine) == {""}
    assert len(kept.pushed) == 4 * EACH


@pytest.mark.parametrize(
    ("files", "most", "code", "said"),
    [
        ({"a/x": 1_500_000}, "2", 0, "2\n"),
        ({"a/x": 2_500_000}, "2", 1, "and 2 MB may be kept; say --most 3"),
        ({"a/x": 400_000, "../installed/x": 2_200_000}, "2", 1, "and 2 MB may be kept; say --most 3"),
        ({}, "2", 1, "its cache volume a is empty: prune the cache of the engine"),
    ],
)
async def test_volumes_are_packed_within_bounds(
    app: App, engine: Engine, tmp_path: Path, files: dict[str, int], most: str, code: int, said: str
) -> None:
    """The script as it is, with its folders below another root."""
    _ = engine
    shell, option, script, stage, _ = arguments(keep._packed(app, None, 1), "withExec")[-1]["args"]
    (tmp_path / "volumes/a").mkdir(parents=True)
    for name, size in files.items():
        path = tmp_path / "volumes" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(size))
    there = re.sub("/(?=volumes|kept|installed)", f"{tmp_path}/", script)
    done = await anyio.run_process([shell, option, there, stage, most], check=False)
    assert done.returncode == code
    assert said in (done.stdout + done.stderr).decode()
    assert (tmp_path / "kept/a/x").exists() == bool(files)


async def test_what_is_released_never_begins_with_them(two: Pipeline) -> None:
    """As with what is published; images it looks for by itself."""
    wish = Wish(version="v1.2.3", to=["ghcr.io/acme"])
    hub = Hub(repository="acme/shop", token=None, service=None)
    seeded = two._with(caches="ghcr.io/acme/caches", published="ghcr.io/acme")
    plans = [seeded.staged(["build"]), (await seeded._release(wish, hub)).stages]
    assert [(plan.caches, plan.published) for plan in plans] == [("ghcr.io/acme/caches", "ghcr.io/acme"), ("", "")]
