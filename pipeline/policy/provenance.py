"""Where an image comes from: SLSA provenance, as an in-toto statement."""

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from pipeline.policy.documents import Document, is_digest
from pipeline.policy.references import address, parse
from pipeline.policy.versions import Stamp, is_dirty

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://slsa.dev/provenance/v1"
IN_TOTO: Final = "application/vnd.in-toto+json"
"""Media type of a statement."""

BUILD_TYPE: Final = "https://github.com/neurondb/NeuronIP/pipeline/build/v1"
"""Says how the parameters are to be read; a change of their meaning is another version of it."""

UNSIGNED: Final = "https://github.com/neurondb/NeuronIP/pipeline#unsigned"
"""The builder of a statement that nobody signs, such as one of a laptop: it informs, and no SLSA level is claimed."""

_END: Final = re.compile(r"[?#]")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Build:
    """What is known of a build; "" and empty where nothing is.

    `digest` is the image's, `path` the application's folder in the repository at `url`. `parameters` are the arguments
    of whoever asked, written as they are, so none may be secret; `secrets` are names of secrets, never what they hold.
    `pins` are the module's images by name, `key` names the inputs, `module` the module. `images` are the references of
    those that the build used.

    `builder` is the identity that signs, which verifiers compare with the certificate: on GitHub Actions the workflow,
    `https://github.com/<owner>/<repository>/.github/workflows/<file>@<ref>`. Who does not sign leaves it as it is.
    """

    app: str
    digest: str
    url: str = ""
    path: str = ""
    stamp: Stamp
    platforms: Sequence[str] = ()
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    secrets: Sequence[str] = ()
    pins: Mapping[str, str] = dataclasses.field(default_factory=dict)
    key: str = ""
    module: str = ""
    images: Sequence[str] = ()
    builder: str = UNSIGNED
    builder_version: Mapping[str, str] = dataclasses.field(default_factory=dict)
    invocation: str = ""


def statement(build: Build) -> bytes:
    """Write the statement: the same build has the same bytes, and no time of the moment is in it.

    Raises:
        ValueError: the digest is no SHA-256, or the builder has no name.
    """
    if not is_digest(build.digest):
        raise ValueError(f"{build.digest!r}, which the provenance of {build.app} is to speak of, is no SHA-256")
    if not build.builder:
        raise ValueError(f"the provenance of {build.app} names no builder; who does not sign is {UNSIGNED}")
    inner = {"pins": dict(build.pins), "key": build.key, "module": build.module}
    definition = {
        "buildType": BUILD_TYPE,
        "externalParameters": _external(build),
        "internalParameters": _said(inner),
        "resolvedDependencies": [*_source(build), *_images(build.images)],
    }
    details = {
        "builder": {"id": build.builder} | _said({"version": dict(build.builder_version)}),
        "metadata": _said({"invocationId": build.invocation}),
    }
    content = {
        "_type": STATEMENT,
        "subject": [{"name": build.app, "digest": {"sha256": build.digest.removeprefix("sha256:")}}],
        "predicateType": PREDICATE,
        "predicate": {"buildDefinition": _said(definition), "runDetails": _said(details)},
    }
    return Document.write(IN_TOTO, content).raw


def public(url: str) -> str:
    """An address without what may be secret in it: user, password, query and fragment; `host:path` becomes ssh."""
    scheme, known, rest = url.partition("://") if "://" in url else ("", "", url)
    authority, slash, path = rest.partition("/")
    host = _END.split(authority.rpartition("@")[2])[0]
    if not known and ":" in host:
        scheme, known, host = "ssh", "://", host.replace(":", "/").rstrip("/")
    return f"{scheme}{known}{host}{slash}{_END.split(path)[0]}"


def _external(build: Build) -> dict[str, Any]:
    """What whoever asked for the build could choose."""
    source = {"url": public(build.url), "revision": build.stamp.revision, "path": build.path}
    return _said(
        {
            "source": _said(source),
            "app": build.app,
            "platforms": sorted(build.platforms),
            "parameters": dict(build.parameters),
            "secrets": sorted(set(build.secrets)),
        }
    )


def _source(build: Build) -> Iterator[dict[str, Any]]:
    """The commit. Files that were changed since are in the image and not in it, and that is said."""
    if build.url and build.stamp.revision:
        found: dict[str, Any] = {"uri": f"git+{public(build.url)}", "digest": {"gitCommit": build.stamp.revision}}
        changed = is_dirty(build.stamp.version)
        yield found | ({"annotations": {"dirty": True}} if changed else {})


def _images(references: Sequence[str]) -> list[dict[str, Any]]:
    """The images that a digest fixes, each once."""
    found = {reference: _image(reference) for reference in references if parse(reference).digest}
    return [image for _, image in sorted({(image["name"], image["uri"]): image for image in found.values()}.items())]


def _image(reference: str) -> dict[str, Any]:
    """An image as a package URL (purl-spec, docker); the name keeps the tag, which is for people."""
    split = address(reference)
    hub = split.registry == "docker.io"
    name = split.repository.removeprefix("library/") if hub else split.repository
    place = "" if hub else f"?repository_url={quote(split.registry, safe=':')}"
    return {
        "name": parse(reference).name,
        "uri": f"pkg:docker/{quote(name)}@{split.digest}{place}",
        "digest": {"sha256": split.digest.removeprefix("sha256:")},
    }


def _said(content: Mapping[str, Any]) -> dict[str, Any]:
    """Without members that have nothing to say."""
    return {name: value for name, value in content.items() if value not in ("", [], {})}
