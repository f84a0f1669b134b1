"""What has to be true of a published image, from its documents alone."""

import base64
import binascii
import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pipeline.policy.documents import INDEX, Document
from pipeline.policy.images import PREFIX
from pipeline.policy.provenance import PREDICATE, UNSIGNED

BUNDLE: Final = "application/vnd.dev.sigstore.bundle"
"""Beginning of the artifact type of Sigstore's signatures, which end with a version."""

_SAID: Final = ("title", "version", "created")
"""What an index has to say of itself, whatever it is of."""


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was looked at, whether it is as it has to be, and what was seen."""

    check: str
    passed: bool
    seen: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Part:
    """One platform of an image as a registry gives it: what the index calls it, its config, and blobs that are gone."""

    platform: str
    digest: str
    config: Mapping[str, Any]
    lost: Sequence[str] = ()


def of_platforms(index: Document, parts: Sequence[Part]) -> list[Finding]:
    """Is it an index, does it hold what it says, and is all of it there."""
    held = ", ".join(part.platform for part in parts)
    wrong = [f"{part.platform} holds {built}" for part in parts if (built := _built_for(part)) != part.platform]
    lost = [f"{part.platform} lacks {blob}" for part in parts for blob in part.lost]
    unknown = [part.platform for part in parts if not part.platform or part.platform.startswith("unknown")]
    return [
        Finding("image index", index.media_type == INDEX, index.media_type),
        Finding("platforms", bool(parts) and not (wrong or unknown), "; ".join(wrong) or held or "none"),
        Finding("layers", not lost, "; ".join(lost) or "all there"),
    ]


def of_labels(annotations: Mapping[str, str], parts: Sequence[Part]) -> list[Finding]:
    """Does the index say what it is, and do the labels of every platform say the same."""
    missing = [name for name in _SAID if not annotations.get(PREFIX + name)]
    said = {name: text for name, text in annotations.items() if name.startswith(PREFIX)}
    other = [
        f"{name} is {text!r} in the index and {_labels(part).get(name)!r} in {part.platform}"
        for part in parts
        for name, text in sorted(said.items())
        if _labels(part).get(name) != text
    ]
    version, revision = annotations.get(f"{PREFIX}version", "none"), annotations.get(f"{PREFIX}revision", "none")
    lacks = f"the index does not say its {', '.join(missing)}"
    return [
        Finding("annotations", not missing, lacks if missing else f"version {version}, revision {revision}"),
        Finding("labels", not other, other[0] if other else "as the annotations"),
    ]


def of_sbom(part: Part, documents: Iterable[bytes]) -> Finding:
    """Is there an SBOM of a platform that speaks of it."""
    spoken = [[str(_at(_json(raw), "metadata", "component", "version"))] for raw in documents]
    return _about(f"sbom {part.platform}", part.digest, spoken, "CycloneDX")


def of_provenance(digest: str, statements: Iterable[bytes]) -> Finding:
    """Is there provenance that speaks of the index; whose it is stands in it."""
    read = [one for raw in statements if _at(one := _json(raw), "predicateType") == PREDICATE]
    if any(not _at(one, "predicate", "runDetails", "builder", "id") for one in read):
        return Finding("provenance", passed=False, seen="it names no builder")
    builders = [str(_at(one, "predicate", "runDetails", "builder", "id")) for one in read]
    who = "; ".join("unsigned" if builder == UNSIGNED else builder for builder in dict.fromkeys(builders))
    return _about("provenance", digest, [_subjects(one) for one in read], who)


def of_signatures(digest: str, bundles: Sequence[bytes]) -> Finding:
    """Do the signatures speak of the index. That they hold, and whose they are, `cosign verify` or `gh` has to say."""
    if not bundles:
        return Finding("signatures", passed=True, seen="none: no Sigstore bundle hangs on it")
    spoken = [_subjects(_payload(_json(raw))) for raw in bundles]
    return _about("signatures", digest, spoken, f"{len(bundles)}; check who signed with gh attestation verify")


def _about(check: str, digest: str, spoken: Sequence[Sequence[str]], seen: str) -> Finding:
    """`spoken` has what each document speaks of: it may be more than one image."""
    if not spoken:
        return Finding(check, passed=False, seen="none")
    other = [", ".join(one) or "nothing" for one in spoken if digest not in one]
    return Finding(check, not other, f"it speaks of {other[0]}, and not of {digest}" if other else seen)


def _built_for(part: Part) -> str:
    found = [str(part.config.get(name) or "") for name in ("os", "architecture", "variant")]
    # An index may leave out a variant that is the only one.
    return "/".join(filter(None, found if part.platform.count("/") > 1 else found[:2]))


def _labels(part: Part) -> Mapping[str, Any]:
    found = _at(part.config, "config", "Labels")
    return found if isinstance(found, dict) else {}


def _subjects(statement: object) -> list[str]:
    found = _at(statement, "subject")
    return [f"sha256:{_at(one, 'digest', 'sha256')}" for one in found] if isinstance(found, list) else []


def _payload(bundle: object) -> object:
    """The statement in a bundle's envelope (DSSE)."""
    try:
        return _json(base64.b64decode(str(_at(bundle, "dsseEnvelope", "payload")), validate=True))
    except (binascii.Error, ValueError):
        return {}


def _json(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return {}


def _at(content: object, *path: str) -> object:
    for name in path:
        content = content.get(name) if isinstance(content, dict) else None
    return content
