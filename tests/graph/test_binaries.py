"""Binaries for people's machines: their query, and the program that packs them, run as it is."""

import dataclasses
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.app import App
from pipeline.nodes.binaries import binaries
from pipeline.nodes.errors import Failed
from pipeline.policy.platforms import MACHINES
from pipeline.policy.versions import Stamp

from .queries import Engine, arguments, chain, held, pairs, steps

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("anyio_backend")]

PACK = Path(__file__).parents[2] / "pipeline/nodes/probes/pack.go"
LICENSE = held(dagger.File, "LICENSE")
README = held(dagger.File, "README.md")
TIME = 1_700_000_000


@pytest.fixture(autouse=True)
def _names(engine: Engine) -> None:
    engine.answers(name=lambda asked: asked[0].split('"')[1])


async def made(app: App, stamp: Stamp) -> dict[str, dagger.File]:
    """The assets of an application."""
    return await binaries(app, stamp, LICENSE, README)


def mounted(archive: dagger.File) -> dict[str, dagger.File]:
    """What lies before the program that packs."""
    return {step["path"]: step["source"] for step in arguments(archive, "withMountedFile")}


def program(archive: dagger.File) -> dagger.File:
    """What the compiler wrote, in an archive."""
    return next(file for path, file in mounted(archive).items() if path in {"/files/shop", "/files/shop.exe"})


async def test_there_is_an_archive_for_each_machine_and_a_plain_binary(app: App, stamp: Stamp) -> None:
    """The names say what is in them; Windows gets what it can open."""
    assert list(await made(app, stamp)) == [
        "shop_1.4.0_linux_amd64.tar.gz",
        "shop_1.4.0_linux_arm64.tar.gz",
        "shop_1.4.0_darwin_amd64.tar.gz",
        "shop_1.4.0_darwin_arm64.tar.gz",
        "shop_1.4.0_windows_amd64.zip",
        "shop_1.4.0_windows_arm64.zip",
        "shop-v1.4.0",
    ]


async def test_assets_are_called_as_the_binary(pipeline: Pipeline, stamp: Stamp) -> None:
    """The application may have another name than its program."""
    found = await made(pipeline.go_app("shop", held(dagger.Directory, "source"), binary="shopd"), stamp)
    assert "shopd-v1.4.0" in found
    assert "/files/shopd.exe" in mounted(found["shopd_1.4.0_windows_arm64.zip"])


async def test_each_machine_is_compiled_for(app: App, stamp: Stamp) -> None:
    """By the same toolchain, with the same caches and flags; system and architecture are all that differs."""
    compiled = [program(archive) for name, archive in (await made(app, stamp)).items() if "_" in name]
    targets = [(env["GOOS"], env["GOARCH"]) for env in (pairs(binary, "withEnvVariable") for binary in compiled)]
    assert targets == [(machine.system, machine.arch) for machine in MACHINES]
    same = {
        tuple(
            line
            for line in chain(binary)
            if not line.startswith(('withEnvVariable(name="GOOS', 'withEnvVariable(name="GOARCH'))
        )
        for binary in compiled
    }
    assert len(same) == 1
    assert 'withMountedCache(path="/root/.cache/go-build", cache=<cacheVolume(key="pipeline-go-build-host")>)' in chain(
        compiled[0]
    )
    assert "-X main.version=1.4.0" in chain(compiled[0])[-2]


async def test_what_the_image_holds_is_not_compiled_again(app: App, stamp: Stamp) -> None:
    """For Linux it is the very query of the image, so that the engine has its result."""
    image = await app.image(stamp, ["linux/arm64"])
    (rootfs,) = [step["source"] for step in arguments(image.variants[0], "withDirectory")]
    (added,) = arguments(rootfs, "withFile")
    assert chain(program((await made(app, stamp))["shop_1.4.0_linux_arm64.tar.gz"])) == chain(added["source"])


async def test_the_plain_binary_is_the_one_in_the_archive(app: App, stamp: Stamp) -> None:
    """Nothing but the packing differs."""
    found = await made(app, stamp)
    assert chain(found["shop-v1.4.0"]) == chain(program(found["shop_1.4.0_linux_amd64.tar.gz"]))


@pytest.mark.parametrize(
    ("archive", "name"), [("shop_1.4.0_darwin_arm64.tar.gz", "shop"), ("shop_1.4.0_windows_amd64.zip", "shop.exe")]
)
async def test_licence_and_readme_go_with_the_binary(app: App, stamp: Stamp, archive: str, name: str) -> None:
    """Under their own names, with the time of the commit on all."""
    found = (await made(app, stamp))[archive]
    files = {path: file for path, file in mounted(found).items() if path.startswith("/files/")}
    assert set(files) == {f"/files/{name}", "/files/LICENSE", "/files/README.md"}
    assert chain(files["/files/LICENSE"]) == ['node(id="LICENSE")']
    (command,) = arguments(found, "withExec")
    assert command["args"][3:] == ["binaries", "/opt/pipeline/pack", archive, str(TIME), "/files", name]
    assert chain(found)[-1] == f'file(path="/out/{archive}")'


async def test_the_program_that_packs_is_compiled_without_what_is_the_applications(app: App, stamp: Stamp) -> None:
    """Its secrets and variables are for its own source; the program needs nothing but Go."""
    app = app.with_secret("netrc", held(dagger.Secret, "netrc-value"))
    app = dataclasses.replace(app, go=dataclasses.replace(app.go, environment={"GOFLAGS": "-mod=vendor"}))  # type: ignore[type-var]
    archive = (await made(app, stamp))["shop_1.4.0_linux_amd64.tar.gz"]
    assert pairs(program(archive), "withEnvVariable")["GOFLAGS"] == "-mod=vendor"
    assert [step.name for step in steps(program(archive))].count("withMountedSecret") == 1
    packer = mounted(archive)["/opt/pipeline/pack"]
    assert pairs(packer, "withEnvVariable") == {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    assert [step.name for step in steps(packer)].count("withMountedSecret") == 0
    assert arguments(packer, "withNewFile") == [{"path": "/src/pack.go", "contents": PACK.read_text("utf-8")}]


async def test_other_applications_have_no_binaries(pipeline: Pipeline, stamp: Stamp) -> None:
    """The error names the application."""
    with pytest.raises(Failed, match=r"^frontend: binaries: there are binaries of Go applications alone"):
        await made(pipeline.frontend(), stamp)


async def test_cgo_is_refused(pipeline: Pipeline, stamp: Stamp) -> None:
    """There is no C compiler for other systems here."""
    app = pipeline.go_app("shop", held(dagger.Directory, "source"), cgo=True)
    with pytest.raises(Failed, match=r"^shop: binaries: it is built with cgo, which compiles for Linux alone"):
        await made(app, stamp)


@pytest.mark.parametrize("name", ["shop", "shop.exe", "LICENSE"])
async def test_two_files_of_one_name_are_refused(app: App, stamp: Stamp, name: str) -> None:
    """One would take the other's place."""
    with pytest.raises(Failed, match=r"^shop: binaries: two of shop.*have one name; rename one"):
        await binaries(app, stamp, LICENSE, held(dagger.File, name))


class Packer:
    """The program, and a folder to pack."""

    def __init__(self, program: Path, root: Path) -> None:
        """Three files."""
        self.program, self.root, self.files = program, root, root / "files"
        self.files.mkdir()
        for name, content in {"shop": b"\x7fELF" * 50_000, "README.md": b"# Shop\n", "LICENSE": b"Apache\n"}.items():
            (self.files / name).write_bytes(content)

    def run(self, archive: str, *, at: str = str(TIME), program: str = "shop") -> "subprocess.CompletedProcess[str]":
        """Pack."""
        command = [str(self.program), str(self.root / archive), at, str(self.files), program]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)

    def packed(self, archive: str, at: int = TIME) -> bytes:
        """The bytes of an archive."""
        done = self.run(archive, at=str(at))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        return (self.root / archive).read_bytes()

    def disturb(self) -> None:
        """Other times, modes and order of the files."""
        for number, path in enumerate(sorted(self.files.iterdir(), reverse=True)):
            content = path.read_bytes()
            path.unlink()
            path.write_bytes(content)
            path.chmod(0o600 + number * 0o011)
            os.utime(path, (number, 1_000_000 + number))


@pytest.fixture(scope="module")
def program_that_packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled, where Go is installed."""
    if not shutil.which("go"):
        pytest.skip("packing of binaries: left out, Go is not on PATH")
    out = tmp_path_factory.mktemp("pack") / "pack"
    offline = {"GOPROXY": "off", "GOFLAGS": "", "GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0"}
    command = ["go", "build", "-o", str(out), str(PACK)]
    subprocess.run(command, check=True, env=os.environ | offline, timeout=300)
    return out


@pytest.fixture
def packer(program_that_packs: Path, tmp_path: Path) -> Packer:
    """The program, with something to pack."""
    return Packer(program_that_packs, tmp_path)


def test_a_tar_archive_says_nothing_of_whoever_packed_it(packer: Packer) -> None:
    """Sorted, of root, of the commit's time; the program alone may be run."""
    packer.packed("shop.tar.gz")
    with tarfile.open(packer.root / "shop.tar.gz") as archive:
        members = archive.getmembers()
        read = {member.name: archive.extractfile(member) for member in members}
        contents = {name: file.read() for name, file in read.items() if file}
    assert [(member.name, member.mode) for member in members] == [
        ("LICENSE", 0o644),
        ("README.md", 0o644),
        ("shop", 0o755),
    ]
    assert {(one.uid, one.gid, one.uname, one.gname, one.mtime, one.isfile()) for one in members} == {
        (0, 0, "", "", TIME, True)
    }
    assert contents == {path.name: path.read_bytes() for path in packer.files.iterdir()}


def test_the_compression_names_neither_file_nor_moment(packer: Packer) -> None:
    """As `gzip -n` does; and it does compress."""
    found = packer.packed("shop.tar.gz")
    # RFC 1952: magic, deflate, no flags, no time.
    assert found[:8] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
    assert len(found) < 5_000


def test_a_zip_archive_holds_the_same(packer: Packer) -> None:
    """With the modes of Unix, for those who unpack it there."""
    packer.packed("shop.zip")
    with zipfile.ZipFile(packer.root / "shop.zip") as archive:
        assert archive.testzip() is None
        members = archive.infolist()
        contents = {member.filename: archive.read(member) for member in members}
    found = [(member.filename, member.external_attr >> 16) for member in members]
    assert found == [("LICENSE", 0o100644), ("README.md", 0o100644), ("shop", 0o100755)]
    assert {member.date_time for member in members} == {(2023, 11, 14, 22, 13, 20)}
    assert contents == {path.name: path.read_bytes() for path in packer.files.iterdir()}


@pytest.mark.parametrize("archive", ["shop.tar.gz", "shop.zip"])
def test_the_same_files_have_the_same_bytes(packer: Packer, archive: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever their own times and modes, and wherever it is packed; another commit has other bytes."""
    first = packer.packed(archive)
    packer.disturb()
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert packer.packed(archive) == first
    assert packer.packed(archive, TIME + 2) != first


@pytest.mark.parametrize("archive", ["shop.tar.gz", "shop.zip"])
def test_what_no_commit_stamped_can_be_packed(packer: Packer, archive: str) -> None:
    """Its time is 1970; zip begins ten years later."""
    packer.packed(archive, 0)
    if archive.endswith(".zip"):
        with zipfile.ZipFile(packer.root / archive) as found:
            assert {member.date_time for member in found.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"program": "till"}, "pipeline-error: there is no till in "),
        ({"at": "today"}, 'pipeline-error: "today" is no time in seconds since 1970\n'),
    ],
)
def test_what_cannot_be_packed_is_said(packer: Packer, change: dict[str, Any], said: str) -> None:
    """In a sentence, and with an exit code."""
    done = packer.run("shop.zip", **change)
    assert done.returncode == 1
    assert done.stderr.startswith(said)
