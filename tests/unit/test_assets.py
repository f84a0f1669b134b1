"""Names of a release's files, and their checksums."""

import hashlib
import shutil
import string
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy import assets, bundle
from pipeline.policy.platforms import MACHINES, Machine
from pipeline.policy.releases import Asset, check

ONE, TWO = "1" * 64, "2" * 64
NAMES = st.text(string.ascii_letters + string.digits + "._-", min_size=1).filter(lambda name: name[0] != ".")
DIGESTS = st.binary(max_size=4).map(lambda content: hashlib.sha256(content).hexdigest())


def test_archives_are_named_by_what_is_in_them() -> None:
    """Program, version, system, architecture; Windows gets a zip."""
    assert [assets.archive("neuronip-api", "1.2.3", machine) for machine in MACHINES] == [
        "neuronip-api_1.2.3_linux_amd64.tar.gz",
        "neuronip-api_1.2.3_linux_arm64.tar.gz",
        "neuronip-api_1.2.3_darwin_amd64.tar.gz",
        "neuronip-api_1.2.3_darwin_arm64.tar.gz",
        "neuronip-api_1.2.3_windows_amd64.zip",
        "neuronip-api_1.2.3_windows_arm64.zip",
    ]


def test_other_files_have_names_of_their_own() -> None:
    """The plain binary, SBOMs by platform, and the provenance of an image."""
    assert assets.plain("neuronip-api", "1.2.3") == "neuronip-api-v1.2.3"
    assert assets.sbom("api", "1.2.3", "linux/amd64") == "api_1.2.3_linux_amd64.cdx.json"
    assert assets.sbom("api", "1.2.3", "linux/arm/v7") == "api_1.2.3_linux_armv7.cdx.json"
    assert assets.provenance("api", "1.2.3") == "api_1.2.3.intoto.jsonl"


@pytest.mark.parametrize("version", ["1.3.0-rc.1", "v1.3.0-rc.1"])
def test_a_version_may_be_written_as_its_tag(version: str) -> None:
    """Both give the same names."""
    assert assets.plain("shop", version) == "shop-v1.3.0-rc.1"
    assert assets.archive("shop", version, Machine("linux", "amd64")) == "shop_1.3.0-rc.1_linux_amd64.tar.gz"


def test_what_is_no_version_names_nothing() -> None:
    """A file that says `latest` would be another one tomorrow."""
    with pytest.raises(ValueError, match="'latest' is no version, and the names of a release's files have one"):
        assets.plain("shop", "latest")


def test_a_release_takes_all_of_the_names() -> None:
    """The service would change some characters."""
    names = [assets.archive("neuronip-api", "1.2.3-rc.1", machine) for machine in MACHINES]
    names += [assets.plain("neuronip-api", "1.2.3-rc.1"), assets.sbom("api", "1.2.3-rc.1", "linux/amd64")]
    names += [assets.provenance("api", "1.2.3-rc.1"), assets.CHECKSUMS, assets.SCAN, assets.REPORT, *bundle.FILES]
    check([Asset(name=name, size=1, digest=f"sha256:{ONE}") for name in names])


def test_go_is_told_whose_machine_it_is() -> None:
    """By the two variables that it reads."""
    assert Machine("darwin", "arm64").go == {"GOOS": "darwin", "GOARCH": "arm64"}
    assert [machine.system for machine in MACHINES if machine.is_windows] == ["windows", "windows"]


def test_checksums_are_sorted_by_name() -> None:
    """So that the same files have the same list, in whatever order they were made."""
    expected = f"{TWO}  a.zip\n{ONE}  b.tar.gz\n"
    assert assets.checksums([("b.tar.gz", ONE), ("a.zip", f"sha256:{TWO}")]) == expected


@given(st.dictionaries(NAMES, DIGESTS))
def test_what_is_written_can_be_read(files: dict[str, str]) -> None:
    """Whatever the files."""
    assert assets.parse_checksums(assets.checksums(files.items())) == files


def test_sha256sum_reads_the_list(tmp_path: Path) -> None:
    """And finds a file that was changed."""
    if not shutil.which("sha256sum"):
        pytest.skip("checksums: left out, sha256sum is not on PATH")
    contents = {"a.zip": b"a", "-b": b"b", "c.txt": b""}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    listed = assets.checksums((name, hashlib.sha256(content).hexdigest()) for name, content in contents.items())
    (tmp_path / assets.CHECKSUMS).write_text(listed, "utf-8")
    command = ["sha256sum", "--strict", "--check", assets.CHECKSUMS]
    assert subprocess.run(command, check=False, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / "a.zip").write_bytes(b"b")
    assert subprocess.run(command, check=False, cwd=tmp_path, capture_output=True).returncode == 1


def test_lists_of_other_programs_are_read() -> None:
    """In binary mode there is a star before the name."""
    assert assets.parse_checksums(f"{ONE} *a.zip\n{TWO}  b\n") == {"a.zip": ONE, "b": TWO}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{ONE}  a\n{TWO}  a\n", "a stands twice in checksums.txt"),
        (f"{ONE}  a\nb\n", "line 2 of checksums.txt is not a checksum and a name: 'b'"),
        (f"{ONE[:-1]}  a\n", "line 1 of checksums.txt is not a checksum"),
        (f"{ONE}  ../a\n", "'../a' cannot be a name in checksums.txt"),
        (f"{ONE}  .\n", "'.' cannot be a name"),
        (f"{ONE}  a\r\n", r"'a\\r' cannot be a name"),
    ],
)
def test_a_list_that_cannot_be_trusted_is_refused(text: str, said: str) -> None:
    """A name that leads out of the folder, two sums for one file, or anything else than a sum."""
    with pytest.raises(ValueError, match=said):
        assets.parse_checksums(text)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("a", ONE), ("a", ONE)], "a stands twice"),
        ([("a b", ONE)], "'a b' cannot be a name"),
        ([("a\n", ONE)], "cannot be a name"),
        ([("a", "sha512:1")], "'sha512:1', which is to be the checksum of a, is no SHA-256"),
        ([("a", ONE.replace("1", "A"))], "is no SHA-256"),
    ],
)
def test_what_could_not_be_read_is_not_written(files: list[tuple[str, str]], said: str) -> None:
    """Each file has one plain name and one SHA-256."""
    with pytest.raises(ValueError, match=said):
        assets.checksums(files)
