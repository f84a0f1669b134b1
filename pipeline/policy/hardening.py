"""What has to be true of a file that deploys something: images by digest, no root, nothing to write to."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import yaml

from pipeline.policy.references import address

_LATEST: Final = "latest"
_LISTS: Final = ("initContainers", "containers", "ephemeralContainers")
_PARTS: Final = ((":", "tag"), ("@", "digest"))
"""What values say of an image besides its repository, and the sign before it in a reference."""


@dataclasses.dataclass(frozen=True)
class _Run:
    """A container that will run: where it stands, the image that it names, and what it may do and should not."""

    name: str
    image: object
    wrong: Sequence[str] = ()


def problems(text: str) -> list[str]:
    """What is wrong with a compose.yaml, a kubernetes.yaml or a values.yaml, a sentence each.

    Every image is named by its digest, and none as latest; every container runs as somebody who is not root, by number,
    on a file system that it cannot write to. A file in which no image is found is a problem, too.
    """
    try:
        documents = [document for document in yaml.safe_load_all(text) if document is not None]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return [f"it is no YAML: {' '.join(str(error).split())}"]
    runs = [run for document in documents for run in _runs(_mapping(document))]
    found = ["a document of it is no mapping" for document in documents if not isinstance(document, Mapping)]
    found += [] if runs else ["it names no image, so there is nothing to deploy"]
    return [*found, *(problem for run in runs for problem in (*_image(run.name, run.image), *run.wrong))]


def _runs(document: Mapping[str, Any]) -> Iterator[_Run]:
    if "services" in document:
        for name, service in _mapping(document["services"]).items():
            yield _service(str(name), _mapping(service))
    elif "kind" in document:
        named = f"{document['kind']} {_mapping(document.get('metadata')).get('name', '')}".rstrip()
        for pod in _pods(document):
            for kind in _LISTS:
                yield from (_container(named, pod, _mapping(each)) for each in _list(pod.get(kind)))
    else:
        for place, image in _images(document, ""):
            tag, digest = (f"{sign}{image[part]}" if image.get(part) else "" for sign, part in _PARTS)
            yield _Run(place, f"{image.get('repository', '')}{tag}{digest}")


def _service(name: str, service: Mapping[str, Any]) -> _Run:
    user = str(service.get("user", ""))
    wrong = []
    if not _is_somebody(user.partition(":")[0]):
        said = repr(user) if user else "whoever its image says"
        wrong.append(f"{name} runs as {said}; give the number of a user that is not root")
    if service.get("read_only") is not True:
        wrong.append(f"{name} can write to its root file system; say read_only: true")
    return _Run(name, service.get("image"), wrong)


def _container(named: str, pod: Mapping[str, Any], container: Mapping[str, Any]) -> _Run:
    name = f"{named}: {container.get('name', 'a container')}"
    own = _mapping(container.get("securityContext"))
    both = {**_mapping(pod.get("securityContext")), **own}
    wrong = []
    if both.get("runAsNonRoot") is not True or not _is_somebody(both.get("runAsUser")):
        wrong.append(f"{name} may run as root; say runAsNonRoot: true and the number of a user in runAsUser")
    if own.get("readOnlyRootFilesystem") is not True:
        wrong.append(f"{name} can write to its root file system; say readOnlyRootFilesystem: true")
    return _Run(name, container.get("image"), wrong)


def _image(name: str, reference: object) -> Iterator[str]:
    try:
        found = address(str(reference or ""))
    except ValueError as error:
        yield f"{name}: {error}"
        return
    if not found.digest:
        yield f"{name} runs {reference}, which has no digest; a tag can be moved"
    if found.tag == _LATEST:
        yield f"{name} runs {reference}; latest names no version"


def _pods(content: object) -> Iterator[Mapping[str, Any]]:
    """The pod specifications in an object, wherever its kind has them."""
    if isinstance(content, Mapping):
        if any(_list(content.get(name)) for name in _LISTS):
            yield content
        else:
            for below in content.values():
                yield from _pods(below)
    elif isinstance(content, list):
        for below in content:
            yield from _pods(below)


def _images(content: object, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What values call `image`, with the path to it."""
    for name, below in _mapping(content).items():
        at = f"{place}.{name}".lstrip(".")
        if name == "image" and isinstance(below, Mapping):
            yield at, below
        else:
            yield from _images(below, at)


def _is_somebody(user: object) -> bool:
    return str(user).isdecimal() and int(str(user)) > 0


def _mapping(content: object) -> Mapping[str, Any]:
    return content if isinstance(content, Mapping) else {}


def _list(content: object) -> list[Any]:
    return content if isinstance(content, list) else []
