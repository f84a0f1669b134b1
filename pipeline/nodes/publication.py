"""Publication: an image that lies in a registry, under which tags and why."""

import dataclasses
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from dagger import Doc

from pipeline.nodes.errors import Failed, problem, stage
from pipeline.nodes.evidence import evidence
from pipeline.nodes.layers import Layers, working_folder
from pipeline.nodes.registries import Kept, Registries
from pipeline.nodes.together import settled
from pipeline.nodes.typed import field, function, object_type
from pipeline.policy.destinations import repository_of
from pipeline.policy.tags import Change
from pipeline.remote import publishing
from pipeline.remote.asking import PUSH
from pipeline.remote.copying import Copy
from pipeline.remote.errors import LostError
from pipeline.remote.publishing import Artifact, Known, Published
from pipeline.report.failures import sentence
from pipeline.report.tags import moved, proof_table, tag_json, tag_table
from pipeline.report.text import plural

if TYPE_CHECKING:
    from pipeline.nodes.image import Image


@object_type
class Publication:
    """An image in a registry, read back from it."""

    app: Annotated[str, Doc("Name of the application")] = field()
    repository: Annotated[str, Doc("Where it lies, as registry/name")] = field()
    digest: Annotated[str, Doc("Digest of the image index")] = field()
    tags: Annotated[list[str], Doc("The tags that point at it")] = field()
    table: Annotated[str, Doc("Every tag that was asked for, and why it points at this image or not")] = field()
    proofs: Annotated[str, Doc("What hangs on the image: SBOMs and provenance, by digest; and who signed")] = field()
    pushed: Annotated[str, Doc("What had to be uploaded")] = field()
    decisions: str
    # The digests of the manifests that hang on it.
    hung: list[str]
    # Whether this call built the image; otherwise a registry had it.
    built: bool = False
    note: str = ""

    @function
    def reference(self) -> str:
        """The name by which everybody gets these very bytes: registry/name@sha256:..."""
        return f"{self.repository}@{self.digest}"

    @function
    def details(self) -> str:
        """Reference, digest, each tag with the reason, and the proofs, as JSON."""
        return self.decisions

    @property
    def signed(self) -> bool:
        """Whether a Sigstore bundle is known to hang on it, whoever signed."""
        return bool(json.loads(self.decisions).get("signatures"))

    @property
    def text(self) -> str:
        """What a person reads: the reference, what was uploaded, the tags, the proofs, and what to think of."""
        note = f"note: {self.app}: {self.note}\n" if self.note else ""
        return f"{self.app}: {self.reference()}\n{self.pushed}\n{self.table}{self.proofs}{note}"


class Lost(Failed):
    """A registry has an image, and has lost a part of it."""


# As its base class.
Lost.__module__ = Failed.__module__


async def publish(
    image: "Image", address: str, registries: Registries | Kept, change: Change, *, whole: bool = False
) -> Publication:
    """Push an image into a repository, what speaks of it, and the tags that the change makes there, floating ones last.

    The change has a content key where the image passed all that publishing asks for: who finds it tests no more. What
    is to be `whole` is asked for part by part although all names lead there.

    Raises:
        Failed: the registry refused, or a tag that never moves points at another image.
    """
    with stage(image.app, f"publish to {address}"):
        repository = repository_of(address)
    variants, index = await image.documents()
    hung = await evidence(image, variants, index, change.key)
    with stage(image.app, f"publish to {address}"), working_folder() as folder:
        layers = Layers(image.variants, variants, image.compression, Path(folder))
        artifact = Artifact(
            index=index,
            manifests=[variant.manifest for variant in variants],
            configs=[variant.config for variant in variants],
            layers=layers.open,
            referrers=hung,
        )
        async with registries.open(repository, actions=PUSH) as registry:
            done = await publishing.publish(registry, repository, artifact, change, whole=whole)
        proofs = [one.proof for one in hung]
        known = Known(repository=repository, index=index, proofs=proofs, signatures=done.signatures)
        return dataclasses.replace(_said(image.app, known, done), built=True)


async def promote(app: str, origin: Known, address: str, registries: Registries | Kept, change: Change) -> Publication:
    """Give an image that a registry has other tags there, or those tags and its bytes to another repository.

    Raises:
        Lost: a part of the image is gone.
        Failed: a registry refused, or a tag that never moves points at another image.
    """
    with stage(app, f"publish to {address}"):
        repository = repository_of(address)
        same = repository == origin.repository
        async with AsyncExitStack() as stack:
            target = await stack.enter_async_context(registries.open(repository, actions=PUSH))
            source = target if same else await stack.enter_async_context(registries.open(origin.repository))
            copy = Copy(source=source, origin=origin.repository, target=target, repository=repository)
            tags, keyed = origin.tags if same else None, dataclasses.replace(change, key=origin.key)
            try:
                done = await publishing.promote(copy, origin.index, keyed, tags)
            except LostError as error:
                raise Lost(sentence(app, f"publish to {address}", str(error))) from None
        return _said(app, dataclasses.replace(origin, repository=repository), done)


async def several(
    verb: str, tasks: Mapping[tuple[str, str], Callable[[], Awaitable[Publication]]], before: str = ""
) -> tuple[str, list[Publication]]:
    """Make publications side by side, each by what it is of and its address; gives their text, after `before`.

    Raises:
        Failed: some could not be made; the text has those that were.
    """
    found = await settled([*tasks.values()])
    done = [one for one in found if isinstance(one, Publication)]
    text = "\n".join([*([before] if before else []), *(one.text for one in done)])
    failed = [
        problem(f"publish to {address}", subject, one)
        for (subject, address), one in zip(tasks, found, strict=True)
        if isinstance(one, Exception)
    ]
    if failed:
        count = f"{verb}: {len(failed)} of {plural(len(tasks), 'publication')} failed"
        raise Failed("\n\n".join([count, *failed, text]).rstrip())
    return text, done


def listed(done: Sequence[Publication]) -> str:
    """What was published, for machines, as JSON: a list of what each is of, where it lies, and its details.

    `built` says that this call built it: who signs as the builder signs nothing else.
    """
    said = [
        {"app": one.app, "repository": one.repository, "built": one.built, **json.loads(one.details())} for one in done
    ]
    return json.dumps(said, indent=2) + "\n"


def _said(app: str, image: Known, done: Published) -> Publication:
    reference = f"{image.repository}@{image.index.digest}"
    return Publication(
        app=app,
        repository=image.repository,
        digest=image.index.digest,
        tags=[decision.tag for decision in done.decisions if decision.moved or decision.present],
        table=tag_table(done.decisions),
        proofs=proof_table(image.proofs, image.signatures),
        pushed=moved(done.uploaded, done.mounted),
        hung=[one.digest for one in image.proofs],
        decisions=tag_json(reference, image.index.digest, done.decisions, image.proofs, image.signatures),
    )
