"""Scanner: Trivy, and the vulnerability database that it reads."""

import datetime as dt
from typing import Annotated, Final

import dagger
from dagger import Doc, dag

from pipeline.nodes import database
from pipeline.nodes.database import Loaded
from pipeline.nodes.errors import stage
from pipeline.nodes.recipe import named
from pipeline.nodes.registries import Registries
from pipeline.nodes.typed import field, function, object_type
from pipeline.policy.databases import too_old
from pipeline.policy.inline import FILES, PATTERN
from pipeline.policy.platforms import normal
from pipeline.report.failures import is_missing

_CACHE: Final = "/cache"
_SCAN: Final = "/scan"
_GOPATH: Final = "/go"

# The log is kept beside the report: Trivy says in it what it does not know.
_RUN: Final = """\
code=0
"$@" 2>/out/scan.log || code=$?
cat /out/scan.log >&2
exit $code
"""

_NAMES: Final = " -o ".join(f"-iname '{name}'" for name in FILES)
_INLINE: Final = f"""\
(cd "$1" && find . -type f \\( {_NAMES} \\) -exec grep -onHE '{PATTERN}' {{}} + >/out/inline) || true
shift
"""

# What lock files speak of, and what is made from the sources: it is scanned where it ships, in the image.
_NOT_SCANNED: Final = ["**/.git", "**/node_modules", "**/.next", "**/coverage"]

# Everything that Trivy would fetch is switched off: what it needs lies in the container.
OFFLINE: Final = [
    f"--cache-dir={_CACHE}",
    "--cache-backend=memory",
    "--skip-db-update",
    "--skip-java-db-update",
    "--skip-check-update",
    "--skip-vex-repo-update",
    "--offline-scan",
    "--timeout=30m",
    "--disable-telemetry",
    "--skip-version-check",
]
"""Options of every command that looks at files."""

JSON: Final = ["--format=json", "--output=/out/scan.json"]
"""Options of every scan."""


@object_type
class Scanner:
    """Trivy, and the vulnerability database that it reads."""

    image: Annotated[str, Doc("Image with Trivy")] = field()
    reference: Annotated[str, Doc('Reference of the database in a registry; "" is the public one and its mirrors')] = (
        field()
    )
    max_age: Annotated[int, Doc("Days that the database may be old")] = field()
    file: Annotated[dagger.File | None, Doc("The database as a file, db.tar.gz, in place of a registry's")] = field(
        default=None
    )
    registries: Annotated[Registries, Doc("Who asks registries, and where `localhost` is")] = field(default=Registries)

    @function(cache="never")
    async def database(self) -> str:
        """Fetch the vulnerability database and say which one it is: reference, digest and time."""
        found = (await self.load("scanner")).about
        return f"{found.reference}\n{found.digest}\n{found.updated:%Y-%m-%dT%H:%M:%SZ}\n"

    async def load(self, app: str) -> Loaded:
        """Fetch the database, unpack it, and look whether it may be used; errors name `app`.

        Raises:
            Failed: it is missing, corrupt or too old.
        """
        with stage(app, "database"):
            tools = dag.container().from_(self.image)
            if self.file:
                found = await database.from_file(self.file, tools)
            else:
                asked = [self.reference] if self.reference else database.PUBLIC
                found = await database.from_registries(asked, tools, self.registries)
            if problem := too_old(found.about, dt.datetime.now(dt.UTC), self.max_age):
                raise ValueError(problem)
            return found

    def image_report(
        self, database: dagger.Directory, name: str, image: dagger.Container, moment: str
    ) -> dagger.Container:
        """Trivy after an image of one platform: vulnerabilities and secrets, its config's too.

        Reports and SBOMs speak of the image by this name, since Trivy calls it as its file is called.
        """
        scan = self._trivy().with_mounted_file(f"{_SCAN}/{name}", image.as_tarball())
        kinds = ["--scanners=vuln,secret", "--image-config-scanners=secret"]
        return self._report(scan, database, [_RUN, "scan"], ["image", f"--input={name}", *kinds], moment)

    def packages(self, name: str, image: dagger.Container) -> dagger.File:
        """CycloneDX of what an image of one platform holds. It needs no database, so it is the same on every day."""
        command = ["trivy", "image", f"--input={name}", *OFFLINE, "--format=cyclonedx", "--output=/out/sbom.json"]
        scan = self._trivy().with_mounted_file(f"{_SCAN}/{name}", image.as_tarball())
        return scan.with_exec(named("sbom", command)).file("/out/sbom.json")

    def source_report(
        self, database: dagger.Directory, name: str, source: dagger.Directory, licenses: dagger.Directory, moment: str
    ) -> dagger.Container:
        """Trivy after a source tree: lock files, secrets, licences and misconfiguration.

        `licenses` is laid out as GOPATH, where Trivy looks for the licences of Go modules.
        """
        scan = self._trivy().with_mounted_directory(f"{_SCAN}/{name}", source.filter(exclude=_NOT_SCANNED))
        scan = scan.with_mounted_directory(_GOPATH, licenses).with_env_variable("GOPATH", _GOPATH)
        kinds = "--scanners=vuln,secret,license,misconfig"
        return self._report(scan, database, [_INLINE + _RUN, "scan", name], ["fs", kinds, name], moment)

    async def pulled(self, reference: str, platform: dagger.Platform) -> dagger.Container | None:
        """A published image; None where the registry says that it holds no such image, or not for this platform.

        Raises:
            dagger.QueryError: the registry did not answer, or refused.
        """
        image = self.registries.image(reference, platform)
        try:
            found = normal(str(await image.platform()))
        except dagger.QueryError as error:
            if is_missing(str(error)):
                return None
            raise
        # An image that is no index is given for any platform that is asked for.
        return image if found == normal(str(platform)) else None

    def converted(self, report: dagger.File, form: str) -> dagger.File:
        """Another form of a report, made by Trivy's converter from its JSON alone."""
        command = ["trivy", "convert", f"--format={form}", "--output=/out/converted", "/scan.json"]
        return (
            self._trivy()
            .with_mounted_file("/scan.json", report)
            .with_exec(named("report", command))
            .file("/out/converted")
        )

    def _report(
        self, scan: dagger.Container, database: dagger.Directory, script: list[str], arguments: list[str], moment: str
    ) -> dagger.Container:
        # The moment makes the command another one each time: a scan is of its day, and no cache may hold it.
        return (
            scan.with_mounted_directory(f"{_CACHE}/db", database)
            .with_env_variable("SCANNED_AT", moment)
            .with_exec(["sh", "-c", *script, "trivy", *arguments[:1], *OFFLINE, *JSON, *arguments[1:]])
        )

    def _trivy(self) -> dagger.Container:
        # Trivy reads settings and waivers from its working directory, which holds nothing but what is scanned.
        return dag.container().from_(self.image).with_workdir(_SCAN).with_new_file("/out/.keep", "")
