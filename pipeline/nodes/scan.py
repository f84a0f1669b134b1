"""Scan: what scanners say of an image or of a source tree, and whether it may pass."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Final

import dagger
from dagger import Doc, dag

from pipeline.nodes.arguments import OnePlatform
from pipeline.nodes.database import Loaded
from pipeline.nodes.errors import Failed, stage
from pipeline.nodes.look import look
from pipeline.nodes.scanner import Scanner
from pipeline.nodes.settings import Rules
from pipeline.nodes.together import together
from pipeline.nodes.typed import enum_type, field, function, object_type
from pipeline.policy import gates
from pipeline.policy.findings import SOURCE, Scanned
from pipeline.policy.gates import Verdict
from pipeline.policy.inline import parse_inline
from pipeline.policy.looks import parse_look
from pipeline.policy.platforms import normal
from pipeline.policy.trivy import is_unknown, parse_scan
from pipeline.policy.waivers import parse_waivers
from pipeline.report.failures import sentence
from pipeline.report.findings import findings_markdown, findings_table, verdict_problems

WAIVERS: Final = ".trivyignore.yaml"

# Asked of the container and not of its folder, which the engine would look into when it first names the file: then the
# scan would run, and fail, before anybody asked for it.
_REPORT: Final = "/out/scan.json"
_LOG: Final = "/out/scan.log"
_INLINE: Final = "/out/inline"


@enum_type
class ReportFormat(enum.Enum):
    """Forms of a scan report."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"
    SARIF = "sarif"


@enum_type
class SbomFormat(enum.Enum):
    """Forms of a software bill of materials."""

    CYCLONEDX = "cyclonedx"
    SPDX = "spdx-json"


@enum_type
class Threshold(enum.Enum):
    """Severities, as Trivy rates them."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


@object_type
class Target:
    """One thing that was scanned: a platform of an image, or the source tree."""

    name: Annotated[str, Doc('The platform, or "source"')] = field()
    report: Annotated[dagger.File, Doc("Trivy's JSON")] = field()
    log: Annotated[dagger.File, Doc("What Trivy said while it scanned")] = field()
    inline: Annotated[dagger.File | None, Doc("Comments in the source that hide findings from Trivy")] = field(
        default=None
    )
    look: Annotated[dagger.Container | None, Doc("The second look at the layers; it prints JSON")] = field(default=None)

    async def scanned(self, app: str) -> Scanned:
        """What was found, by both.

        Raises:
            Failed: a scanner did not run to its end, or printed something else.
        """
        with stage(app, f"scan {self.name}"):
            more = [(self.look.stdout, parse_look)] if self.look else []
            more += [(self.inline.contents, parse_inline)] if self.inline else []
            report, log, *texts = await together([self.report.contents, self.log.contents, *(read for read, _ in more)])
            found = parse_scan(report, self.name)
            others = [one for text, (_, parse) in zip(texts, more, strict=True) for one in parse(text)]
            return dataclasses.replace(found, findings=[*found.findings, *others], unknown=is_unknown(log))


@object_type
class Scan:
    """What scanners say of an image or of a source tree. Trivy runs when something is asked."""

    app: Annotated[str, Doc("Name of the application")] = field()
    targets: Annotated[list[Target], Doc("What was scanned: each platform, or the source tree")] = field()
    before: Annotated[list[Target], Doc("The same of the image that is compared with")] = field()
    against: Annotated[str, Doc("The image that is compared with")] = field()
    scanner: Annotated[Scanner, Doc("Trivy")] = field()
    database: Annotated[str, Doc("The vulnerability database that is used: reference, digest and time")] = field()
    source: Annotated[dagger.Directory, Doc("The source tree, which may hold .trivyignore.yaml")] = field()
    notes: Annotated[list[str], Doc("Warnings")] = field(default=list)
    rules: Rules

    @function
    async def gate(self) -> str:
        """Fail on findings that are bad enough (see with-gate) and that nobody waived; else print the table."""
        found = await judge([self], self.rules)
        text = (
            findings_table(found) + "".join(f"note: {note}\n" for note in self.notes) + f"database: {self.database}\n"
        )
        if found.failed:
            raise Failed("\n".join([*verdict_problems(self.app, found), "", text]).rstrip())
        return text

    @function
    async def report(
        self,
        format: Annotated[ReportFormat, Doc("Form of the report")] = ReportFormat.TABLE,  # noqa: A002 - the design's name
        platform: OnePlatform = None,
    ) -> str:
        """What was found: a table or Markdown of all targets, JSON or SARIF of one. Findings do not fail it."""
        if format is ReportFormat.TABLE:
            return findings_table(await judge([self], self.rules))
        if format is ReportFormat.MARKDOWN:
            return findings_markdown(await judge([self], self.rules))
        target = await self._chosen(platform)
        with stage(self.app, f"report {target.name}"):
            raw = target.report
            return await (raw if format is ReportFormat.JSON else self.scanner.converted(raw, "sarif")).contents()

    @function
    async def sbom(
        self,
        format: Annotated[SbomFormat, Doc("Form of the document")] = SbomFormat.CYCLONEDX,  # noqa: A002 - as in `report`
        platform: OnePlatform = None,
    ) -> dagger.File:
        """The software bill of materials of one target: packages, versions, licences."""
        target = await self._chosen(platform)
        with stage(self.app, f"sbom {target.name}"):
            return await self.scanner.converted(target.report, format.value).sync()

    async def waivers(self) -> str:
        """The text of `.trivyignore.yaml` in the source tree; "" where there is none."""
        found = await self.source.glob(WAIVERS)
        return await self.source.file(WAIVERS).contents() if found else ""

    async def _chosen(self, platform: dagger.Platform | None) -> Target:
        held = {target.name: target for target in self.targets}
        wanted = normal(str(platform or await dag.default_platform()))
        if wanted in held:
            return held[wanted]
        if platform is None:
            return self.targets[0]
        raise Failed(sentence(self.app, "scan", f"{wanted} was not scanned; the scan holds {', '.join(held)}"))


async def judge(scans: Sequence[Scan], rules: Rules) -> Verdict:
    """What a gate says of everything that the scans of one application found, the source's waivers considered.

    Raises:
        Failed: a scan did not run to its end, or the waivers cannot be read.
    """
    first = scans[0]
    with stage(first.app, "waivers"):
        waivers = parse_waivers(await first.waivers())
    targets = [target for scan in scans for target in scan.targets]
    before = [target for scan in scans for target in scan.before]
    found = await together([partial(target.scanned, first.app) for target in [*targets, *before]])
    compared = found[len(targets) :] if before else None
    # A waiver may be meant for what was not scanned here: whether it is of use, only both together can tell.
    whole = {SOURCE} < {target.name for target in targets}
    now = dt.datetime.now(dt.UTC)
    return gates.judge(found[: len(targets)], rules.gate, waivers, now, compared, whole=whole)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Means:
    """What scans are made with: Trivy, a database that was fetched, the image that runs the second look, and a name.

    `subject` is what reports and SBOMs call the thing that is scanned.
    """

    scanner: Scanner
    loaded: Loaded
    node: str
    subject: str
    moment: str = dataclasses.field(default_factory=lambda: dt.datetime.now(dt.UTC).isoformat())

    def target(self, platform: str, container: dagger.Container, own_layers: int) -> Target:
        """A variant of an image."""
        done = self.scanner.image_report(self.loaded.files, self.subject, container, self.moment)
        seen = look(container, self.node, own_layers)
        return Target(name=platform, report=done.file(_REPORT), log=done.file(_LOG), look=seen)

    def source(self, app: str, source: dagger.Directory, licenses: dagger.Directory, rules: Rules) -> Scan:
        """A source tree."""
        done = self.scanner.source_report(self.loaded.files, self.subject, source, licenses, self.moment)
        inline = done.file(_INLINE)
        target = Target(name=SOURCE, report=done.file(_REPORT), log=done.file(_LOG), inline=inline)
        return Scan(
            app=app,
            targets=[target],
            before=[],
            against="",
            scanner=self.scanner,
            database=str(self.loaded.about),
            source=source,
            rules=rules,
        )
