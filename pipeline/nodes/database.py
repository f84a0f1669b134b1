"""The vulnerability database: fetched by our own client, so that its digest is known and Trivy needs no network."""

import contextlib
import dataclasses
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import dagger
from dagger import dag

from pipeline.nodes.registries import Registries
from pipeline.policy.databases import Database, parse_database
from pipeline.remote.registry import Registry, RegistryError, Retries

PUBLIC: Final = (
    "ghcr.io/aquasecurity/trivy-db:2",
    "mirror.gcr.io/aquasec/trivy-db:2",
    "public.ecr.aws/aquasecurity/trivy-db:2",
)
"""The public database and its mirrors, which are asked when it does not answer."""

PLACE: Final = "/cache/db"
"""Where the files lie in a container that has them."""

_IMPATIENT: Final = 10
"""Seconds that one of several registries is tried for: the next may answer at once."""

_MEDIA_TYPE: Final = "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip"

_VOLUME: Final = "/archives"

_OLD: Final = 2 * 24 * 60
"""Minutes after which a database makes place for a newer one: until then another call may be about to unpack it."""

_KEEP: Final = f"""\
set -eu
find {_VOLUME} -type f -mmin +{_OLD} -delete
cp /db.tar.gz "{_VOLUME}/$1.part"
mv "{_VOLUME}/$1.part" "{_VOLUME}/$1"
"""

_UNPACK: Final = f"""\
set -eu
fail() {{ echo "pipeline-error: $1" >&2; exit 1; }}
[ -e "$1" ] || fail 'the vulnerability database is not here'
mkdir -p {PLACE}
tar -xzf "$1" -C {PLACE} || fail "the vulnerability database $2 is corrupt: it is no tar.gz archive"
for file in metadata.json trivy.db; do
  [ -s "{PLACE}/$file" ] || fail "the vulnerability database $2 is corrupt: its archive holds no $file"
done
sha256sum "$1"
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Loaded:
    """A database that was fetched and unpacked: its files, and what it is."""

    files: dagger.Directory
    about: Database


async def from_file(file: dagger.File, container: dagger.Container) -> Loaded:
    """Unpack a database that somebody gave, db.tar.gz, in a container with a shell and tar.

    Raises:
        dagger.ExecError: it is no such archive.
        ValueError: there is no database of Trivy's in it.
    """
    name = await file.name()
    unpacked = _unpacked(container.with_mounted_file("/db.tar.gz", file), "/db.tar.gz", name)
    digest, *_ = (await unpacked.stdout()).split()
    return await _loaded(unpacked, name, f"sha256:{digest}")


async def from_registries(asked: Sequence[str], container: dagger.Container, registries: Registries) -> Loaded:
    """Fetch the database from the first reference that answers.

    Raises:
        ValueError: none of them has it; what each said stands in the sentence.
    """
    tried = []
    retries = Retries(limit=_IMPATIENT) if len(asked) > 1 else Retries()
    for reference in asked:
        try:
            return await _from_registry(reference, container, registries, retries)
        except (RegistryError, ValueError) as error:
            tried.append(str(error))
    raise ValueError(
        "the vulnerability database could not be fetched; pass another one with --trivy-db or --trivy-db-file\n"
        + "\n".join(tried)
    )


async def _from_registry(
    reference: str, container: dagger.Container, registries: Registries, retries: Retries
) -> Loaded:
    """Unpack what the engine has of this digest; download it where it has nothing."""
    async with registries.open(reference, retries) as registry:
        manifest = await registry.manifest(reference)
        layer = _layer(reference, manifest.content)
        digest = layer["digest"]
        archive = digest.removeprefix("sha256:")
        volume = dag.cache_volume("pipeline-trivy-db")
        kept = container.with_mounted_cache(_VOLUME, volume, sharing=dagger.CacheSharingMode.LOCKED)
        unpacked = _unpacked(kept, f"{_VOLUME}/{archive}", reference)
        try:
            done = await unpacked.sync()
        except dagger.ExecError:
            downloaded = await _downloaded(registry, reference, digest, layer["size"])
            # The moment makes it run although it ran before: the volume may have been pruned since.
            keep = kept.with_mounted_file("/db.tar.gz", downloaded).with_env_variable("KEPT_AT", str(time.time()))
            _ = await keep.with_exec(["sh", "-c", _KEEP, "database", archive]).sync()
            done = await unpacked.sync()
    return await _loaded(done, reference, manifest.digest)


async def _downloaded(registry: Registry, reference: str, digest: str, size: int) -> dagger.File:
    # The engine takes files of a function from its working directory alone.
    with tempfile.NamedTemporaryFile(dir=".", prefix="trivy-db-", delete=False) as file:
        async with contextlib.aclosing(registry.blob(reference, digest, size)) as chunks:
            async for chunk in chunks:
                file.write(chunk)
    return await dag.current_module().workdir_file(Path(file.name).name).sync()


def _layer(reference: str, document: Mapping[str, Any]) -> dict[str, Any]:
    layers = document.get("layers") or []
    if len(layers) != 1 or layers[0].get("mediaType") != _MEDIA_TYPE:
        raise ValueError(f"{reference} is no vulnerability database of Trivy's: it has no layer of type {_MEDIA_TYPE}")
    layer: dict[str, Any] = layers[0]
    return layer


def _unpacked(container: dagger.Container, archive: str, reference: str) -> dagger.Container:
    return container.with_exec(["sh", "-c", _UNPACK, "database", archive, reference])


async def _loaded(unpacked: dagger.Container, reference: str, digest: str) -> Loaded:
    files = unpacked.directory(PLACE)
    return Loaded(files=files, about=parse_database(await files.file("metadata.json").contents(), reference, digest))
