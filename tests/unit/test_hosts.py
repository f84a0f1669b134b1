"""What the repository holds serves every mirror: no committed file names the host of a package registry."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# In parts, so that this file does not name them either.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("proxy", "golang", "org"),
        ("sum", "golang", "org"),
        ("crates", "io"),
        ("maven", "org"),
        ("maven", "apache", "org"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("snapshot", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("rubygems", "org"),
    )
]


def named(text: str) -> list[str]:
    """The hosts that a text names."""
    return [host for host in HOSTS if host in text]


def test_no_committed_file_names_the_host_of_a_package_registry() -> None:
    """Lock files, scripts, Dockerfiles, documentation: what is fetched comes from where the reader's machine says."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a git checkout: what is committed is not known")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    texts = {path: path.read_bytes().decode("utf-8", "ignore") for path in paths if path.is_file()}
    assert len(texts) > 20
    assert {str(path.relative_to(ROOT)): named(text) for path, text in texts.items() if named(text)} == {}


def test_a_lock_file_with_addresses_would_be_found() -> None:
    """The list knows the forms in which lock files write them."""
    assert named('"resolved": "https://registry.npmjs' + '.org/next/-/next.tgz"')
    assert named("FROM x\nRUN curl https://proxy.golang" + ".org/a")
