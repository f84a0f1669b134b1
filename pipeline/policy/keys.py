"""Content keys: a name for everything that decides what an image holds, so that nothing is built twice."""

import dataclasses
import functools
import hashlib
import json
from pathlib import Path
from typing import Any, Final

from pipeline.policy.versions import Stamp

ANNOTATION: Final = "com.github.neurondb.neuronip.key"
"""On the provenance: the key of the inputs that it speaks of."""

SBOMS: Final = "com.github.neurondb.neuronip.sboms"
"""On the provenance: what hangs on each platform, as `digest of the platform=digest of the SBOM`, with spaces."""

_LENGTH: Final = 32
"""Hexadecimal digits of a key: 128 bits, so that nobody meets two inputs with one key."""

_PACKAGE: Final = Path(__file__).parents[1]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Inputs:
    """What decides what an image holds, besides the files that go in.

    `parameters` is canonical JSON of the arguments. `pins` are the module's images by name, `used` are those in which
    this application is built, and `base` is what it stands on, with its digest. `secrets` are names: what they hold is
    in no key.
    """

    app: str
    path: str
    parameters: str
    secrets: list[str]
    pins: dict[str, str]
    base: str
    used: list[str]
    platforms: list[str]
    stamp: Stamp


def canonical(content: object) -> str:
    """JSON that is the same for the same content, in whatever order its members came."""
    return json.dumps(content, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def content_key(inputs: Inputs, tree: str, module: str, engine: str) -> str:
    """`key-<32 hexadecimal digits>`: a tag, and the same for the same inputs alone.

    Args:
        inputs: what is known before anything is built.
        tree: the hash of the files that go in, as git computes it, never that of a commit.
        module: the digest of the code that builds.
        engine: the version of the engine that runs it.
    """
    content: dict[str, Any] = dataclasses.asdict(inputs) | {"tree": tree, "module": module, "engine": engine}
    content |= {"secrets": sorted(inputs.secrets), "platforms": sorted(inputs.platforms)}
    return f"key-{hashlib.sha256(canonical(content).encode()).hexdigest()[:_LENGTH]}"


@functools.cache
def module_digest(package: Path = _PACKAGE) -> str:
    """SHA-256 of the files of this package: other code may build another image from the same inputs."""
    found = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = path.read_bytes()
            found.update(f"{path.relative_to(package).as_posix()}\0{len(content)}\0".encode() + content)
    return f"sha256:{found.hexdigest()}"
