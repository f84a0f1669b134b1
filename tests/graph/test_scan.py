"""Scans: what people get of them, and whether what was scanned may pass."""

import dataclasses
import json

import dagger
import pytest

from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed
from pipeline.nodes.registries import Registries
from pipeline.nodes.scan import ReportFormat, SbomFormat, Threshold, judge
from pipeline.policy.gates import Standing
from pipeline.policy.versions import Stamp

from .queries import Engine, arguments, chain, failed, held, made, refused
from .scans import CLEAN, LOADED, PUBLISHED, Scanners, found, licensed, of_image, of_source, seen

pytestmark = pytest.mark.anyio

AMD64 = dagger.Platform("linux/amd64")
MISSING = refused(f'failed to resolve image "{PUBLISHED}" (platform: "linux/amd64"): {PUBLISHED}: not found')
WAIVERS = "vulnerabilities:\n  - {id: CVE-1, statement: no way in, expired_at: 2999-01-01}\n"


@pytest.mark.usefixtures("scanners")
async def test_every_platform_is_scanned_by_itself(app: App) -> None:
    """As the archive of one variant, by both scanners."""
    built = await app.image(Stamp(), ["linux/amd64", "linux/arm64"])
    scan = await built.scanned(LOADED, "")
    assert [target.name for target in scan.targets] == ["linux/amd64", "linux/arm64"]
    for target, variant in zip(scan.targets, built.variants, strict=True):
        (mounted,) = arguments(target.report, "withMountedFile")
        assert chain(mounted["source"]) == [*chain(variant), "asTarball"]
        assert "look.mjs" in chain(target.look)[-1]


async def test_a_scan_that_found_nothing_passes(app: App, scanners: Scanners) -> None:
    """The gate says which database it rests on."""
    scanners.image = CLEAN
    assert await (await of_image(app)).gate() == f"no finding\ndatabase: {LOADED.about}\n"


async def test_a_bad_finding_fails(app: App, scanners: Scanners) -> None:
    """A sentence for each, of both scanners, and then the table."""
    scanners.image, scanners.look = found("CVE-1"), seen("env-file")
    with pytest.raises(Failed) as caught:
        await (await of_image(app)).gate()
    first, second, _, header, *_ = str(caught.value).splitlines()
    assert {word for line in (first, second) for word in line.split()} >= {"env-file", "CVE-1", "(HIGH)", "1.2.4"}
    assert header.split() == ["STANDING", "SEVERITY", "ID", "PACKAGE", "INSTALLED", "FIXED", "TARGET", "PATH"]
    assert str(caught.value).endswith(f"database: {LOADED.about}")


async def test_the_gate_is_the_applications(app: App, scanners: Scanners) -> None:
    """Severity, what nobody fixed, and a distribution that ended, for image and source."""
    scanners.image = scanners.source = found("CVE-1")
    strict = app.with_gate(Threshold.CRITICAL)
    assert (await (await of_image(strict)).gate()).startswith("STANDING")
    assert "minor" in await of_source(strict).gate()
    scanners.source = found("CVE-1", fixed="")
    assert "unfixed" in await of_source(app).gate()
    with pytest.raises(Failed, match="CVE-1"):
        await of_source(app.with_gate(ignore_unfixed=False)).gate()


async def test_licences_have_a_severity_of_their_own(app: App, scanners: Scanners) -> None:
    """Trivy rates GPL as HIGH, which says nothing of danger: it fails where somebody asks for it."""
    scanners.source = licensed("GPL-3.0", "HIGH")
    assert "minor" in await of_source(app.with_gate(Threshold.LOW)).gate()
    with pytest.raises(Failed, match=r"GPL-3\.0"):
        await of_source(app.with_gate(licenses=Threshold.HIGH)).gate()


async def test_a_release_that_trivy_does_not_know_is_noted(app: App, scanners: Scanners) -> None:
    """Its log alone says so: a scan that knows no advisory of a distribution would look like a clean one."""
    scanners.log = 'WARN\tThis OS version is not on the EOL list\tfamily="debian" version="99"\n'
    said = await judge([await of_image(app)], app.rules)
    assert (said.failed, len(said.notes)) == (False, 1)
    assert said.notes[0].startswith("the scanner does not know the distribution of linux/amd64")
    scanners.log = ""
    assert (await judge([await of_image(app)], app.rules)).notes == []


async def test_a_log_that_cannot_be_read_is_an_error(app: App, scanners: Scanners) -> None:
    """What stands in it is not known then."""
    scanners.log = refused("gone")
    with pytest.raises(Failed, match=r"^shop: scan linux/amd64: gone$"):
        await (await of_image(app)).gate()


async def test_a_comment_that_hides_findings_is_one(app: App, scanners: Scanners) -> None:
    """It fails like a file that no image should hold, until a waiver with a reason stands for it."""
    scanners.inline = "./deploy/main.tf:3:#trivy:ignore:AWS-0086\n"
    with pytest.raises(Failed, match=r"inline-ignore.*deploy/main\.tf"):
        await of_source(app).gate()
    scanners.waivers = "files:\n  - {id: inline-ignore, statement: why, expired_at: 2999-01-01, paths: [deploy/*]}\n"
    assert "waived" in await of_source(app).gate()


async def test_what_somebody_waived_passes(app: App, scanners: Scanners) -> None:
    """With a reason, in the source that the image was built from; the note of an unused one is for both together."""
    scanners.waivers, scanners.image, scanners.source = WAIVERS, found("CVE-1"), found("CVE-2", severity="LOW")
    assert "waived" in await (await of_image(app)).gate()
    assert "note" not in await of_source(app).gate()
    scanners.image = CLEAN
    both = [await of_image(app), of_source(app)]
    assert (await judge(both, app.rules)).notes == ["the waiver of CVE-1 matches nothing; delete it"]
    assert (await judge(both[:1], app.rules)).notes == []


async def test_waivers_that_cannot_be_read_are_an_error(app: App, scanners: Scanners) -> None:
    """Of the application, and not an empty list."""
    scanners.waivers = "vulnerabilities: [{id: CVE-1}]"
    with pytest.raises(Failed, match=r"^shop: waivers: waiver 1 of vulnerabilities \(CVE-1\) has no statement"):
        await of_source(app).gate()


async def test_only_what_is_new_fails(app: App, scanners: Scanners) -> None:
    """Compared with a published image, which is scanned with the same database."""
    scanners.image, scanners.before = found("CVE-1", "CVE-2"), found("CVE-1", "CVE-3")
    scan = await of_image(app, PUBLISHED)
    verdict = await judge([scan], app.rules)
    standings = {judged.finding.id: judged.standing for judged in verdict.judged}
    assert standings == {"CVE-1": Standing.KNOWN, "CVE-2": Standing.FAILS}
    assert [judged.finding.id for judged in verdict.gone] == ["CVE-3"]
    (published,) = scan.before
    assert f'from(address="{PUBLISHED}")' in str(chain(arguments(published.report, "withMountedFile")[0]["source"]))


@pytest.mark.usefixtures("scanners")
async def test_what_is_not_published_yet_is_not_compared_with(app: App, engine: Engine) -> None:
    """Everything counts as new then, and a note says so."""
    engine.answers(platform=MISSING)
    scan = await of_image(app, PUBLISHED)
    assert (scan.before, scan.notes) == ([], [f"nothing is published as {PUBLISHED} yet: every finding counts as new"])
    assert f"note: nothing is published as {PUBLISHED} yet" in await scan.gate()


@pytest.mark.usefixtures("scanners")
async def test_platforms_that_are_not_published_yet_are_named(app: App, engine: Engine) -> None:
    """The others are compared all the same."""
    engine.answers(platform=lambda asked: MISSING if "linux/arm64" in asked[0] else AMD64)
    scan = await (await app.image(Stamp(), ["linux/amd64", "linux/arm64"])).scanned(LOADED, PUBLISHED)
    assert [target.name for target in scan.before] == ["linux/amd64"]
    assert scan.notes == [f"{PUBLISHED} is not published for linux/arm64: every finding there counts as new"]


@pytest.mark.usefixtures("scanners")
async def test_an_image_without_an_index_is_compared_on_its_own_platform_alone(app: App, engine: Engine) -> None:
    """A registry gives it for any platform that is asked for."""
    engine.answers(platform=AMD64)
    scan = await (await app.image(Stamp(), ["linux/amd64", "linux/arm64"])).scanned(LOADED, PUBLISHED)
    assert [target.name for target in scan.before] == ["linux/amd64"]


@pytest.mark.usefixtures("scanners")
async def test_a_registry_that_fails_is_no_missing_image(app: App, engine: Engine) -> None:
    """Else an outage would let old findings count as new, or the other way round."""
    engine.answers(platform=refused(f'failed to resolve image "{PUBLISHED}": 503 Service Unavailable'))
    with pytest.raises(Failed, match=r"^shop: compare: the image ghcr.io/acme/shop:latest could not be pulled \(503"):
        await of_image(app, PUBLISHED)


@pytest.mark.usefixtures("scanners")
async def test_a_registry_on_the_callers_machine_is_asked_through_its_service(app: App) -> None:
    """For what is compared with, too; others are not."""
    scanner = dataclasses.replace(app.scanner, registries=Registries(service=held(dagger.Service, "local")))
    pulled = await scanner.pulled("localhost:5000/shop:1", dagger.Platform("linux/amd64"))
    assert chain(pulled)[-1] == 'from(address="localhost:5000/shop:1", registryService=<node(id="local")>)'
    pulled = await scanner.pulled(PUBLISHED, dagger.Platform("linux/amd64"))
    assert chain(pulled)[-1] == f'from(address="{PUBLISHED}")'


async def test_a_report_has_several_forms(app: App, scanners: Scanners) -> None:
    """Findings do not fail it; SARIF is made by Trivy's converter, which sees its JSON alone."""
    scanners.image = found("CVE-1")
    scan = await of_image(app)
    assert (await scan.report()).startswith("STANDING")
    assert (await scan.report(ReportFormat.MARKDOWN)).startswith("1 finding: 1 fails.")
    assert json.loads(await scan.report(ReportFormat.JSON)) == json.loads(str(scanners.image))
    assert await scan.report(ReportFormat.SARIF) == "sarif"


@pytest.mark.parametrize("form", SbomFormat)
@pytest.mark.usefixtures("scanners")
async def test_an_sbom_is_made_from_the_scan(app: App, form: SbomFormat) -> None:
    """In both usual forms, without another scan."""
    query = made(await (await of_image(app)).sbom(form))
    command = ["trivy", "convert", f"--format={form.value}", "--output=/out/converted", "/scan.json"]
    words = ", ".join(json.dumps(word) for word in command)
    assert query.endswith(f'"report", {words}]) | file(path="/out/converted")')
    assert query.startswith("container | from(address=")


@pytest.mark.usefixtures("scanners")
async def test_a_target_is_chosen_by_its_platform(app: App) -> None:
    """The source has one only; a platform that was not scanned is refused."""
    assert await of_source(app).report(ReportFormat.SARIF) == "sarif"
    with pytest.raises(Failed, match=r"^shop: scan: linux/arm64 was not scanned; the scan holds linux/amd64$"):
        await (await of_image(app)).report(ReportFormat.JSON, dagger.Platform("linux/arm64"))


async def test_a_scanner_that_fails_is_no_clean_result(app: App, scanners: Scanners) -> None:
    """Its words are the error; a report that is none is one too."""
    scanners.image = failed(["sh", "-c", "script", "scan", "trivy"], 1, "FATAL\tout of memory")
    with pytest.raises(Failed, match=r"(?s)^shop: scan: the command exited with 1:\nFATAL\tout of memory"):
        await (await of_image(app)).gate()
    scanners.image = "{}"
    with pytest.raises(Failed, match=r"^shop: scan linux/amd64: the scan of linux/amd64 gave no report of Trivy's"):
        await (await of_image(app)).gate()


@pytest.mark.usefixtures("scanners")
async def test_image_and_source_load_the_database_themselves(app: App) -> None:
    """When somebody scans one of them by hand."""
    given = dataclasses.replace(app, scanner=dataclasses.replace(app.scanner, file=app.source.file("db.tar.gz")))
    scan = await given.scan()
    assert [target.name for target in scan.targets] == ["source"]
    assert scan.database.startswith("db.tar.gz@sha256:d1ce5, of ")
    built = await given.image(Stamp(), ["linux/amd64"])
    assert (await built.scan()).database == scan.database
