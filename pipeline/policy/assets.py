"""Assets: what the files of a release are called, and the file that has the checksums of the others."""

import re
from collections.abc import Iterable
from typing import Final

from pipeline.policy.platforms import Machine
from pipeline.policy.versions import parse_tag

CHECKSUMS: Final = "checksums.txt"
SCAN: Final = "scan.json"
REPORT: Final = "report.html"

# Names as sha256sum writes them without a backslash before the line.
_NAME: Final = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]*")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_LINE: Final = re.compile(r"([0-9a-f]{64}) [ *](.+)")


def archive(name: str, version: str, machine: Machine) -> str:
    """The archive of a binary: `neuronip-api_1.2.3_linux_amd64.tar.gz`, and a zip for Windows."""
    ending = "zip" if machine.is_windows else "tar.gz"
    return f"{name}_{_number(version)}_{machine.system}_{machine.arch}.{ending}"


def plain(name: str, version: str) -> str:
    """The binary for linux/amd64 as it is: `neuronip-api-v1.2.3`."""
    return f"{name}-v{_number(version)}"


def sbom(app: str, version: str, platform: str) -> str:
    """The CycloneDX document of a platform of an image: `api_1.2.3_linux_amd64.cdx.json`."""
    return f"{app}_{_number(version)}_{platform.replace('/v', 'v').replace('/', '_')}.cdx.json"


def provenance(app: str, version: str) -> str:
    """The provenance of an image: `api_1.2.3.intoto.jsonl`."""
    return f"{app}_{_number(version)}.intoto.jsonl"


def checksums(files: Iterable[tuple[str, str]]) -> str:
    """Names and their SHA-256, as `sha256sum --check` reads them, sorted by name.

    Raises:
        ValueError: a name occurs twice or is none of a plain file, or a checksum is none.
    """
    found: dict[str, str] = {}
    for name, digest in files:
        _add(found, name, digest.removeprefix("sha256:"))
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(found.items()))


def parse_checksums(text: str) -> dict[str, str]:
    """Read the SHA-256 of each name.

    Raises:
        ValueError: a line is of another form, or a name occurs twice.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line:
            continue
        match = _LINE.fullmatch(line)
        if not match:
            raise ValueError(f"line {number} of {CHECKSUMS} is not a checksum and a name: {line!r}")
        _add(found, match[2], match[1])
    return found


def _add(found: dict[str, str], name: str, digest: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be a name in {CHECKSUMS}; use letters, digits, '.', '_', '+' and '-'")
    if not _SHA256.fullmatch(digest):
        raise ValueError(f"{digest!r}, which is to be the checksum of {name}, is no SHA-256")
    if name in found:
        raise ValueError(f"{name} stands twice in {CHECKSUMS}")
    found[name] = digest


def _number(version: str) -> str:
    """The version without a v."""
    found = parse_tag(version)
    if not found:
        raise ValueError(f"{version!r} is no version, and the names of a release's files have one, such as 1.2.3")
    return str(found)
