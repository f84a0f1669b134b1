"""The vulnerability database: out of a real registry, out of a file, or out of what the engine kept."""

import datetime as dt
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dagger
import httpx
import pytest

from pipeline.nodes import database
from pipeline.nodes.errors import Failed
from pipeline.nodes.registries import Registries
from pipeline.nodes.scanner import Scanner
from tests.http import debian

from .queries import Engine, failed, held, parent, steps
from .scans import METADATA, NOW, archive

pytestmark = pytest.mark.anyio

MEDIA_TYPE = "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
GONE = "the vulnerability database is not here"
CORRUPT = "the vulnerability database db is corrupt: it is no tar.gz archive"
HOLDS_NO = "the vulnerability database db is corrupt: its archive holds no"


ARCHIVE = archive(metadata=METADATA, trivy="advisories")
MANIFEST = debian.encoded(
    {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": debian.described("application/vnd.aquasec.trivy.config.v1+json", b"{}"),
        "layers": [debian.described(MEDIA_TYPE, ARCHIVE)],
    }
)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry with a database, acme/db:2, and an image that is none, acme/shop:1."""
    if not debian.found():
        pytest.skip("database from a real registry: left out, docker-registry is not on PATH")
    with debian.running(tmp_path_factory.mktemp("registry")) as name:
        debian.push(name)
        with debian.plain_client(f"http://{name}/v2/acme/db") as client:
            for blob in (b"{}", ARCHIVE):
                place = httpx.URL(client.post("/blobs/uploads/").headers["location"])
                url = place.copy_merge_params({"digest": debian.digest(blob)})
                client.put(url, content=blob).raise_for_status()
            client.put("/manifests/2", content=MANIFEST, headers={"Content-Type": MANIFEST_TYPE}).raise_for_status()
        yield name


class Volume:
    """What the engine keeps of databases: nothing, until one is put there."""

    def __init__(self, engine: Engine, *, kept: bool = False, error: str = "") -> None:
        """An engine that unpacks what is kept, or fails with an error even then."""
        self.kept, self.error, self.puts = kept, error, 0
        engine.answers(sync=self.sync, contents=METADATA, stdout=f"{'d' * 64}  /db.tar.gz\n", name="db.tar.gz")

    def sync(self, asked: list[str]) -> object:
        """Put a database there, unpack one, or take a file."""
        if ".part" in asked[-2]:
            self.kept, self.puts = True, self.puts + 1
        elif asked[-2].startswith("withExec") and (self.error or not self.kept):
            return failed(["sh", "-c", "script", "database"], 1, f"pipeline-error: {self.error or GONE}")
        return " | ".join(asked[:-1])


def scanner(reference: str = "", file: dagger.File | None = None, max_age: int = 3) -> Scanner:
    """Trivy, with a database."""
    local = held(dagger.Service, "local")
    return Scanner(
        image="trivy:1", reference=reference, max_age=max_age, file=file, registries=Registries(service=local)
    )


@pytest.fixture(autouse=True)
def work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The working directory of the function, from which alone the engine takes files."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def left(folder: Path) -> dict[str, bytes]:
    """The files in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def sha(content: bytes) -> str:
    """Its digest in figures."""
    return hashlib.sha256(content).hexdigest()


async def test_a_database_that_is_new_is_downloaded(engine: Engine, registry: str, work: Path) -> None:
    """Checked by its digest, and kept for the next scan."""
    volume = Volume(engine)
    loaded = await scanner(f"{registry}/acme/db:2").load("shop")
    ((name, content),) = left(work).items()
    assert content == ARCHIVE
    assert volume.puts == 1
    assert f'workdirFile(path="{name}")' in str(engine.asked)
    assert (loaded.about.reference, loaded.about.digest) == (f"{registry}/acme/db:2", debian.digest(MANIFEST))
    assert loaded.about.updated == NOW


async def test_a_database_that_is_kept_is_not_downloaded_again(engine: Engine, registry: str, work: Path) -> None:
    """Its manifest says which one it is: the same digest is the same database."""
    volume = Volume(engine, kept=True)
    loaded = await scanner(f"{registry}/acme/db:2").load("shop")
    assert (left(work), volume.puts) == ({}, 0)
    (made,) = [asked for asked in engine.asked if asked[-1] == "sync"]
    kept = '<cacheVolume(key="pipeline-trivy-db")>'
    assert f'withMountedCache(path="/archives", cache={kept}, sharing="LOCKED")' in made
    assert json.loads(made[-2][len("withExec(args=") : -1])[3:] == [
        "database",
        f"/archives/{sha(ARCHIVE)}",
        f"{registry}/acme/db:2",
    ]
    assert str(steps(loaded.files)[-1]) == 'directory(path="/cache/db")'


async def test_mirrors_are_asked_where_the_first_does_not_answer(
    engine: Engine, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In their order, until one has it; the report says which one it was."""
    Volume(engine, kept=True)
    asked = (f"{registry}/acme/nothing:2", f"{registry}/acme/shop:1", f"{registry}/acme/db:2", "never/asked")
    monkeypatch.setattr(database, "PUBLIC", asked)
    assert (await scanner().load("shop")).about.reference == f"{registry}/acme/db:2"


async def test_without_any_answer_the_error_says_what_each_said(
    engine: Engine, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And how to pass another one."""
    Volume(engine)
    monkeypatch.setattr(database, "PUBLIC", (f"{registry}/acme/nothing:2", f"{registry}/acme/shop:1"))
    with pytest.raises(Failed) as caught:
        await scanner().load("shop")
    first, second, third = str(caught.value).splitlines()
    assert first.startswith("shop: database: the vulnerability database could not be fetched; pass another one with ")
    assert second.startswith(
        f"the manifest {registry}/acme/nothing:2 was asked of the registry {registry}: it answered 404"
    )
    assert (
        third == f"{registry}/acme/shop:1 is no vulnerability database of Trivy's: it has no layer of type {MEDIA_TYPE}"
    )


async def test_a_reference_that_was_passed_has_no_mirrors(engine: Engine, registry: str) -> None:
    """Whoever names a database wants that one."""
    Volume(engine)
    with pytest.raises(Failed, match=r"(?s)^shop: database: .*acme/nothing:2 was asked"):
        await scanner(f"{registry}/acme/nothing:2").load("shop")


async def test_a_registry_of_the_callers_machine_is_reached_through_its_service(engine: Engine, registry: str) -> None:
    """The name localhost means that one, and no other does: there the service is not asked."""
    Volume(engine, kept=True)
    engine.answers(endpoint=f"http://{registry}")
    assert (await scanner("localhost:5000/acme/db:2").load("shop")).about.digest == debian.digest(MANIFEST)
    assert ['node(id="local")', 'endpoint(scheme="http")'] in engine.asked


async def test_a_file_stands_in_for_a_registry(engine: Engine) -> None:
    """It is known by its own digest, and nobody is asked."""
    Volume(engine)
    loaded = await scanner("ghcr.io/acme/db:2", file=held(dagger.File, "given")).load("shop")
    assert (loaded.about.reference, loaded.about.digest) == ("db.tar.gz", f"sha256:{'d' * 64}")
    unpacked = parent(loaded.files, dagger.Container)
    assert 'withMountedFile(path="/db.tar.gz", source=<node(id="given")>)' in map(str, steps(unpacked))


async def test_a_corrupt_database_is_an_error(engine: Engine, registry: str) -> None:
    """A scan without advisories would find nothing."""
    Volume(engine, error=CORRUPT)
    with pytest.raises(Failed, match=f"^shop: database: {CORRUPT}$"):
        await scanner(f"{registry}/acme/db:2").load("shop")
    engine.answers(stdout=failed(["sh", "-c", "script", "database"], 1, f"pipeline-error: {CORRUPT}"))
    with pytest.raises(Failed, match=f"^shop: database: {CORRUPT}$"):
        await scanner(file=held(dagger.File, "given")).load("shop")
    Volume(engine)
    engine.answers(contents="{}")
    with pytest.raises(Failed, match=r"^shop: database: the vulnerability database db.tar.gz is corrupt: its metadata"):
        await scanner(file=held(dagger.File, "given")).load("shop")


async def test_an_old_database_is_an_error_unless_it_may_be_old(engine: Engine) -> None:
    """It knows nothing of the advisories since."""
    Volume(engine)
    engine.answers(contents=json.dumps({"Version": 2, "UpdatedAt": (NOW - dt.timedelta(days=4)).isoformat()}))
    given = held(dagger.File, "given")
    with pytest.raises(Failed, match=r"^shop: database: the vulnerability database db.tar.gz is 4.0 days old "):
        await scanner(file=given).load("shop")
    assert (await scanner(file=given, max_age=5).load("shop")).about.days(NOW) == 4


async def test_the_database_says_what_it_is(engine: Engine) -> None:
    """Reference, digest and time, a line each."""
    Volume(engine)
    said = await scanner(file=held(dagger.File, "given")).database()
    assert said == f"db.tar.gz\nsha256:{'d' * 64}\n{NOW:%Y-%m-%dT%H:%M:%SZ}\n"


def shell(script: str, root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a script as the container does, on a folder of this machine."""
    for place in ("/cache/db", "/archives", "/db.tar.gz"):
        script = script.replace(place, f"{root}{place}")
    command = ["sh", "-c", script, "database", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=20)


def test_a_database_is_kept_and_unpacked(work: Path) -> None:
    """One of three days makes room, one of yesterday may be in use; the archive's digest says what was unpacked."""
    (work / "archives").mkdir()
    for name, days in (("yesterday", 1), ("old", 3)):
        (work / "archives" / name).write_bytes(b"old")
        os.utime(work / "archives" / name, ((NOW - dt.timedelta(days)).timestamp(),) * 2)
    (work / "db.tar.gz").write_bytes(ARCHIVE)
    assert shell(database._KEEP, work, "new").returncode == 0
    assert left(work / "archives") == {"new": ARCHIVE, "yesterday": b"old"}
    done = shell(database._UNPACK, work, f"{work}/archives/new", "db")
    assert done.stdout.split()[0] == sha(ARCHIVE)
    assert (work / "cache/db/trivy.db").read_text("utf-8") == "advisories"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, GONE),
        (b"no archive", CORRUPT),
        (ARCHIVE[:-40], CORRUPT),
        (archive(metadata=METADATA), f"{HOLDS_NO} trivy.db"),
        (archive(metadata=METADATA, trivy=""), f"{HOLDS_NO} trivy.db"),
        (archive(trivy="x"), f"{HOLDS_NO} metadata.json"),
    ],
    ids=["missing", "text", "cut", "without a database", "with an empty one", "without metadata"],
)
def test_what_is_no_database_is_not_unpacked(work: Path, content: bytes | None, said: str) -> None:
    """The sentence says what is wrong with it."""
    if content is not None:
        (work / "db.tar.gz").write_bytes(content)
    done = shell(database._UNPACK, work, f"{work}/db.tar.gz", "db")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"pipeline-error: {said}"
