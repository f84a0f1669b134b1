"""The notes of a release: what has changed, the images, how to verify them, and what is new since the one before."""

import dataclasses
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from pipeline.policy.assets import CHECKSUMS
from pipeline.policy.findings import Finding
from pipeline.policy.references import address
from pipeline.policy.text import line
from pipeline.policy.verification import Finding as Check
from pipeline.report.markdown import code, escape, fenced, link, rows
from pipeline.report.table import megabytes
from pipeline.report.text import change, cut, plural

_LIMIT: Final = 120_000
"""Characters. GitHub takes 125 000, and whoever publishes may want to add a line."""

_FINDINGS: Final = 50
"""Rows of an image."""

_LONG: Final = "What has changed is too long for this page: CHANGELOG.md of this version has it."

_CELL: Final = 200
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shipped:
    """An image of a release: its application, its name with or without a tag, and its digest.

    `sizes` are bytes in the registry by platform. `findings` are those of its scan, None where it is not known.
    """

    app: str
    reference: str
    digest: str
    sizes: Mapping[str, int]
    findings: Sequence[Finding] | None = None

    @property
    def pinned(self) -> str:
        """The name by which everybody gets these very bytes."""
        return f"{address(f'{address(self.reference).full}@{self.digest}').full}@{self.digest}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Previous:
    """The release before: its version, and its images."""

    version: str
    images: Sequence[Shipped]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Notes:
    """What the notes of a release say.

    `changelog` is Markdown already, below headings of the third level; all else is data. `checks` is what was looked at
    before it was published. `attested` says that a workflow of `repository`, `owner/name` on GitHub, signs the files
    when they are published, and with them the images of the applications that are `signed`.
    """

    version: str
    changelog: str
    images: Sequence[Shipped]
    previous: Previous | None = None
    checks: Sequence[Check] = ()
    attested: bool = False
    signed: Collection[str] = ()
    repository: str = ""


def notes(content: Notes) -> str:
    """The notes in Markdown.

    Raises:
        ValueError: an image is not named by a digest, or something is signed and nobody says by whose workflow.
    """
    blocks = [*_images(content), *_verifying(content), *_checks(content)]
    if content.previous:
        blocks += _news(content.images, content.previous)
    rest = "\n\n".join(blocks)
    changelog = content.changelog.strip("\n")
    changed = changelog if len(changelog) + len(rest) <= _LIMIT else _LONG
    return f"{changed}\n\n{rest}\n".lstrip("\n")


def _images(content: Notes) -> Iterator[str]:
    if not content.images:
        return
    yield "## Images"
    cells = [
        [escape(image.app), code(image.reference), _sizes(image.sizes), code(image.digest)] for image in content.images
    ]
    yield "\n".join(rows(("Image", "Name", "Platforms, compressed", "Digest"), cells))
    yield fenced("\n".join(f"docker pull {image.pinned}" for image in content.images))


def _verifying(content: Notes) -> Iterator[str]:
    yield "## Verify"
    yield "The files, in the folder that they were downloaded to:"
    yield fenced(f"sha256sum --ignore-missing --check {CHECKSUMS}")
    if content.images:
        yield "The images, from a checkout of this repository: what they hold, how they run, and what hangs on them."
        yield fenced("\n".join(f"dagger call verify --image {image.pinned}" for image in content.images))
    if content.attested:
        yield from _signatures(content)


def _signatures(content: Notes) -> Iterator[str]:
    if not _REPOSITORY.fullmatch(content.repository):
        raise ValueError(
            f"a workflow signs this release, and {content.repository!r} is no repository that could have it; give it "
            "as owner/name"
        )
    who = link(content.repository, f"https://github.com/{content.repository}")
    yield f"Whose they are: a workflow of {who} signs them, some minutes after this page is published."
    images = [f"oci://{image.pinned}" for image in content.images if image.app in content.signed]
    of = [CHECKSUMS, *images]
    yield fenced("\n".join(f"gh attestation verify {one} --repo {content.repository}" for one in of))


def _checks(content: Notes) -> Iterator[str]:
    if not content.checks:
        return
    yield "Looked at before it was published:"
    cells = [[escape(one.check), "passed" if one.passed else "**failed**", _cell(one.seen)] for one in content.checks]
    yield "\n".join(rows(("Check", "Result", "Seen"), cells))


def _news(images: Sequence[Shipped], previous: Previous) -> Iterator[str]:
    before = {image.app: image for image in previous.images}
    yield f"## Since {escape(previous.version)}"
    cells = [cell for image in images for cell in _weighed(image, before.get(image.app))]
    yield "\n".join(rows(("Image", "Platform", "Compressed", "Before", "Change"), cells, right=(2, 3, 4)))
    for image in images:
        yield from _found(image, before.get(image.app))


def _weighed(image: Shipped, before: Shipped | None) -> Iterator[list[str]]:
    known = before.sizes if before else {}
    for platform, size in image.sizes.items():
        was = known.get(platform)
        then = ["-", "new"] if was is None else [megabytes(was), change(was, size)]
        yield [escape(image.app), escape(platform), megabytes(size), *then]
    for platform in (name for name in known if name not in image.sizes):
        yield [escape(image.app), escape(platform), "-", megabytes(known[platform]), "gone"]


def _found(image: Shipped, before: Shipped | None) -> Iterator[str]:
    """What a scan finds in this release and not in the one before, and the other way round."""
    if not before or image.findings is None or before.findings is None:
        return
    now, then = ({one.key: one for one in findings} for findings in (image.findings, before.findings))
    new = [one for key, one in now.items() if key not in then]
    gone = [one for key, one in then.items() if key not in now]
    if not new and not gone:
        yield f"{escape(image.app)}: no finding is new, and none is gone."
        return
    yield f"{escape(image.app)}: {plural(len(new), 'finding')} new, {len(gone)} gone."
    found = [(word, one) for word, some in (("new", new), ("gone", gone)) for one in sorted(some, key=_worst)]
    cells = [[word, one.severity.name, link(one.id, one.url), _cell(one.package or one.path)] for word, one in found]
    yield "\n".join(rows(("Since", "Severity", "Finding", "In"), cells[:_FINDINGS]))
    if len(cells) > _FINDINGS:
        yield f"And {len(cells) - _FINDINGS} more, which the report has."


def _worst(finding: Finding) -> tuple[object, ...]:
    return (-finding.severity, *finding.key)


def _sizes(sizes: Mapping[str, int]) -> str:
    return "<br>".join(f"{escape(platform)}: {megabytes(size)}" for platform, size in sizes.items())


def _cell(text: str) -> str:
    return escape(cut(line(text), _CELL))
