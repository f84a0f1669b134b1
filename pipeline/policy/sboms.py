"""SBOMs that say the same at every build: Trivy's CycloneDX without the moment and without its random names."""

import collections
import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from pipeline.policy.documents import Document, is_digest
from pipeline.policy.versions import Stamp

CYCLONEDX: Final = "application/vnd.cyclonedx+json"
"""Media type of CycloneDX in JSON."""

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/neurondb/NeuronIP/pipeline/sbom")

_RANDOM: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_PASSING: Final = frozenset(
    f"aquasecurity:trivy:{name}" for name in ("ImageID", "Reference", "RepoDigest", "RepoTag", "Size")
)
"""Properties of the archive that was scanned, and not of the image."""

Node = dict[str, Any]


def stable(text: str, *, image: str, digest: str, platform: str, stamp: Stamp) -> bytes:
    """Write Trivy's CycloneDX document of one platform of an image again, so that the same image has the same bytes.

    The image is named by its digest, and the time is the commit's. Vulnerabilities are left out: they are of their
    day, and the report of the scan has them. A random `bom-ref` becomes one that is made of what the component says,
    and of its place among the others where several say the same.

    Raises:
        ValueError: it is no CycloneDX document, or the digest is no SHA-256. Nothing is guessed.
    """
    if not is_digest(digest):
        raise ValueError(f"{digest!r}, which the SBOM of {image} is to speak of, is no SHA-256")
    try:
        content = _read(text)
        purl = _purl(image, digest, platform)
        metadata = _object(content.get("metadata"), "metadata")
        subject = _object(metadata.get("component"), "metadata.component")
        old = subject.get("bom-ref")
        about = _plain(subject) | {"name": image, "version": digest, "purl": purl, "bom-ref": _uuid(purl)}
        about["properties"] = [kept for kept in about.get("properties", []) if kept.get("name") not in _PASSING]
        components = [_plain(raw) for raw in _objects(content, "components")]
        edges = _edges(content)
        names = _names(components, edges, old) | ({old: _uuid(purl)} if isinstance(old, str) else {})
        content |= {
            "serialNumber": f"urn:uuid:{_uuid(digest)}",
            "metadata": metadata | {"timestamp": stamp.created, "component": about},
            "components": sorted((_renamed(raw, names) for raw in components), key=_text),
            "dependencies": _dependencies(edges, names),
        }
        content.pop("vulnerabilities", None)
        return Document.write(CYCLONEDX, content).raw
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the SBOM of {image} is no CycloneDX document that can be read: {error}") from error


def _read(text: str) -> Node:
    """The document, if it is one."""
    content = _object(json.loads(text, parse_constant=_refuse), "the document")
    if content.get("bomFormat") != "CycloneDX":
        raise ValueError(f"bomFormat is {content.get('bomFormat')!r}")
    return content


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def _object(raw: object, place: str) -> Node:
    if not isinstance(raw, dict):
        raise ValueError(f"{place} is no object")  # noqa: TRY004 - a wrong value of a file
    return raw


def _objects(owner: Mapping[str, Any], name: str) -> list[Node]:
    """The objects of a list that may be left out."""
    found = owner.get(name, [])
    if not isinstance(found, list):
        raise ValueError(f"{name} is no list")  # noqa: TRY004 - a wrong value of a file
    return [_object(raw, f"an entry of {name}") for raw in found]


def _purl(image: str, digest: str, platform: str) -> str:
    """The package URL of an image (purl-spec, oci): the last part of its name, and where it is if the name says so."""
    place = f"&repository_url={quote(image, safe='/:')}" if "/" in image else ""
    arch = quote(platform.split("/")[1] if "/" in platform else platform)
    return f"pkg:oci/{quote(image.rpartition('/')[2].lower())}@{digest}?arch={arch}{place}"


def _plain(raw: Node) -> Node:
    """A component with its properties sorted, which have no order of their own."""
    return raw | ({"properties": sorted(_objects(raw, "properties"), key=_text)} if "properties" in raw else {})


def _edges(content: Mapping[str, Any]) -> dict[str, set[str]]:
    """What depends on what, by the names in the document."""
    found: dict[str, set[str]] = {}
    for raw in _objects(content, "dependencies"):
        below = raw.get("dependsOn", [])
        if not isinstance(below, list) or not all(isinstance(ref, str) for ref in [raw.get("ref"), *below]):
            raise ValueError("a dependency without ref, or whose dependsOn is no list of names")
        found.setdefault(raw["ref"], set()).update(below)
    return found


def _dependencies(edges: Mapping[str, set[str]], names: Mapping[str, str]) -> list[Node]:
    found = {_name(ref, names): sorted(_name(one, names) for one in below) for ref, below in edges.items()}
    return [{"ref": ref, "dependsOn": below} for ref, below in sorted(found.items())]


def _name(ref: str, names: Mapping[str, str]) -> str:
    if ref not in names and _RANDOM.fullmatch(ref):
        raise ValueError(f"dependencies name {ref}, which is no component")
    return names.get(ref, ref)


def _renamed(raw: Node, names: Mapping[str, str]) -> Node:
    return raw | {"bom-ref": names.get(raw["bom-ref"], raw["bom-ref"])} if "bom-ref" in raw else raw


def _names(components: list[Node], edges: Mapping[str, set[str]], root: object) -> dict[str, str]:
    """A lasting name for each random one.

    Components that say the same, such as a package in two lock files, are told apart by what depends on them and by
    what they depend on, and numbered. Those that are alike even so can be exchanged for each other.
    """
    said = _said(components, {root} if isinstance(root, str) else set())
    marks = said | ({root: "root"} if isinstance(root, str) else {})
    above: dict[str, set[str]] = collections.defaultdict(set)
    for ref, below in edges.items():
        for one in below:
            above[one].add(ref)

    def around(ref: str) -> tuple[set[str], set[str]]:
        return edges.get(ref, set()), above.get(ref, set())

    marks = _refined(_numbered(marks, around), around)
    while tied := _tied(marks):
        # Two that look alike may lie in rings of other lengths: which one is first is seen by what comes of it.
        chosen = [_refined(marks | {ref: _hash(f"first {marks[ref]}")}, around) for ref in tied]
        marks = min(chosen, key=lambda found: sorted(found.values()))
    seen: collections.Counter[str] = collections.Counter()
    found = {}
    for ref in sorted(filter(_RANDOM.fullmatch, said), key=lambda ref: marks[ref]):
        found[ref] = _uuid(f"{said[ref]} {seen[said[ref]]}")
        seen[said[ref]] += 1
    return found


def _said(components: list[Node], taken: set[str]) -> dict[str, str]:
    """What each component says, by its `bom-ref`; a random one is no part of it."""
    found: dict[str, str] = {}
    for raw in components:
        if (ref := raw.get("bom-ref")) is not None:
            if not isinstance(ref, str) or ref in taken or ref in found:
                raise ValueError(f"the bom-ref {ref!r} is no text, or stands twice")
            lasting = {} if _RANDOM.fullmatch(ref) else {"bom-ref": ref}
            found[ref] = _text({key: value for key, value in raw.items() if key != "bom-ref"} | lasting)
    return found


Around = Callable[[str], tuple[set[str], set[str]]]
"""What a component depends on, and what depends on it."""


def _numbered(marks: Mapping[str, str], around: Around) -> dict[str, str]:
    """Number those that say the same in the same place: which of them is first makes no difference."""
    seen: collections.Counter[object] = collections.Counter()
    found = {}
    for ref, mark in marks.items():
        key = (mark, *map(frozenset, around(ref)))
        found[ref] = f"{mark} {seen[key]}"
        seen[key] += 1
    return found


def _refined(marks: Mapping[str, str], around: Around) -> dict[str, str]:
    """Let each mark speak of the marks around it, until that tells no more of them apart."""
    found = dict(marks)
    while True:
        wider = {
            ref: _hash(_text([mark, *(sorted(found.get(one, one) for one in side) for side in around(ref))]))
            for ref, mark in found.items()
        }
        if len(set(wider.values())) == len(set(found.values())):
            return wider
        found = wider


def _tied(marks: Mapping[str, str]) -> list[str]:
    """Those with the lowest mark that several have; none when each has its own."""
    counts = collections.Counter(marks.values())
    lowest = min((mark for mark, count in counts.items() if count > 1), default="")
    return [ref for ref, mark in marks.items() if mark == lowest]


def _text(content: object) -> str:
    return json.dumps(content, separators=(",", ":"), sort_keys=True)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _uuid(text: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, text))
