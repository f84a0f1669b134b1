"""Publication: an image that lies in a registry, under which tags and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from dagger import Doc

from pipeline.nodes.errors import stage
from pipeline.nodes.layers import Layers, working_folder
from pipeline.nodes.registries import Registries
from pipeline.nodes.typed import field, function, object_type
from pipeline.policy import references
from pipeline.policy.tags import Change
from pipeline.remote import publishing
from pipeline.remote.asking import PUSH
from pipeline.remote.publishing import Artifact
from pipeline.report.table import megabytes
from pipeline.report.tags import tag_json, tag_table
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
    pushed: Annotated[str, Doc("What had to be uploaded")] = field()
    decisions: str

    @function
    def reference(self) -> str:
        """The name by which everybody gets these very bytes: registry/name@sha256:..."""
        return f"{self.repository}@{self.digest}"

    @function
    def details(self) -> str:
        """Reference, digest, and each tag with the reason, as JSON."""
        return self.decisions

    @property
    def text(self) -> str:
        """What a person reads: the reference, what was uploaded, and the table."""
        return f"{self.app}: {self.reference()}\n{self.pushed}\n{self.table}"


async def publish(image: "Image", address: str, registries: Registries, change: Change) -> Publication:
    """Push an image into a repository, then the tags that the change makes there, floating ones last.

    Raises:
        Failed: the registry refused, or a tag that never moves points at another image.
    """
    variants, index = await image.documents()
    with stage(image.app, f"publish to {address}"), working_folder() as folder:
        repository = _repository(address)
        layers = Layers(image.variants, variants, Path(folder))
        artifact = Artifact(
            index=index,
            manifests=[variant.manifest for variant in variants],
            configs=[variant.config for variant in variants],
            layers=layers.open,
        )
        async with registries.open(repository, actions=PUSH) as registry:
            decided = await publishing.decisions(registry, repository, change, index.digest)
            missing = await publishing.push(registry, repository, artifact)
            await publishing.tag(registry, repository, index, decided)
        size = megabytes(sum(blob.size for blob in missing))
        return Publication(
            app=image.app,
            repository=repository,
            digest=index.digest,
            tags=[decision.tag for decision in decided if decision.moved or decision.present],
            table=tag_table(decided),
            pushed=f"uploaded {plural(len(missing), 'blob')}, {size}" if missing else "nothing had to be uploaded",
            decisions=tag_json(f"{repository}@{index.digest}", index.digest, decided),
        )


def _repository(address: str) -> str:
    """Check that an address is one of a repository, and qualify it."""
    found = references.address(address)
    if found.tag or found.digest:
        raise ValueError(f"{address} names a tag or a digest; give the repository alone, and tags with --tag")
    return f"{found.registry}/{found.repository}"
