"""What scanners say of applications, and an engine that answers for them."""

import dataclasses
import datetime as dt
import io
import json
import re
import tarfile
from typing import Final

import dagger

from pipeline.nodes.app import App
from pipeline.nodes.database import Loaded
from pipeline.nodes.scan import Scan
from pipeline.policy.databases import Database
from pipeline.policy.versions import Stamp

from .queries import Engine, held

PUBLISHED: Final = "ghcr.io/acme/shop:latest"
NOW: Final = dt.datetime.now(dt.UTC)
METADATA: Final = json.dumps({"Version": 2, "UpdatedAt": NOW.isoformat()})

LOADED: Final = Loaded(
    files=held(dagger.Directory, "db"),
    about=Database(reference="localhost:5000/db:2", digest="sha256:d", updated=NOW),
)


def report(artifact: str, result: dict[str, object]) -> str:
    """Trivy's report with one result."""
    results = [{"Target": "shop", **result}]
    return json.dumps({"SchemaVersion": 2, "ArtifactType": artifact, "ArtifactName": "x", "Results": results})


def found(*advisories: str, severity: str = "HIGH", fixed: str = "1.2.4", artifact: str = "container_image") -> str:
    """Trivy's report with these advisories in a package."""
    each = [
        {
            "VulnerabilityID": name,
            "PkgName": "lib",
            "InstalledVersion": "1.2.3",
            "FixedVersion": fixed,
            "Severity": severity,
        }
        for name in advisories
    ]
    return report(artifact, {"Class": "lang-pkgs", "Packages": [{"Name": "lib"}], "Vulnerabilities": each})


def licensed(name: str, severity: str) -> str:
    """Trivy's report with a package of this licence in a source tree."""
    license_ = {"Name": name, "PkgName": "lib", "Severity": severity}
    return report("filesystem", {"Class": "license", "Licenses": [license_]})


def seen(*rules: str) -> str:
    """What the second look prints that found these."""
    each = [{"rule": rule, "path": f"app/{rule}", "layer": "sha256:1", "line": 0, "deleted": False} for rule in rules]
    return json.dumps({"layers": 2, "files": 9, "findings": each})


CLEAN: Final = found()

SBOM: Final = json.dumps({"bomFormat": "CycloneDX", "metadata": {"component": {"name": "x"}}})


@dataclasses.dataclass
class Scanners:
    """What is found in the image, in the source, and in the published image; an exception is what goes wrong."""

    image: str | Exception = CLEAN
    source: str | Exception = CLEAN
    before: str | Exception = CLEAN
    look: str = dataclasses.field(default_factory=seen)
    waivers: str = ""
    log: str | Exception = ""
    inline: str | Exception = ""
    metadata: str | Exception = METADATA
    files: dict[str, str] = dataclasses.field(default_factory=dict)

    def answer(self, engine: Engine) -> None:
        """Answer for them from now on."""
        engine.answers(
            contents=self.contents,
            stdout=self.printed,
            glob=lambda _: [".trivyignore.yaml"] if self.waivers else [],
            name="db.tar.gz",
        )

    def contents(self, asked: list[str]) -> str | Exception:
        """What stands in a file."""
        file = path(asked)
        if file == "/out/scan.json":
            return self.source if '"fs"' in asked[-3] else self.before if "ghcr.io/acme" in str(asked) else self.image
        if file == "/out/converted":
            return _first(r"--format=([\w-]+)", asked[-3])
        known = {"metadata.json": self.metadata, ".trivyignore.yaml": self.waivers}
        known |= {"/out/sbom.json": SBOM}
        known |= {"/out/scan.log": self.log, "/out/inline": self.inline}
        return (known | self.files)[file]

    def printed(self, asked: list[str]) -> str | Exception:
        """What a command prints."""
        return self.look if ran(asked) == "look" else "d1ce5 /db.tar.gz"


async def of_image(app: App, against: str = "") -> Scan:
    """A scan of the image."""
    return await (await app.image(Stamp(), ["linux/amd64"])).scanned(LOADED, against)


def of_source(app: App) -> Scan:
    """A scan of the source tree."""
    return app.scanned(LOADED)


def path(asked: list[str]) -> str:
    """The file whose contents are asked for."""
    return _first(r'^file\(path="(.*)"\)$', asked[-2])


def ran(asked: list[str]) -> str:
    """The stage of the command whose output is asked for."""
    return str(json.loads(asked[-2].removeprefix("withExec(args=").removesuffix(")"))[3])


def archive(**files: str) -> bytes:
    """A database as an archive; `metadata` is its metadata.json, `trivy` its trivy.db."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo({"metadata": "metadata.json", "trivy": "trivy.db"}[name])
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content.encode()))
    return packed.getvalue()


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, text
    return found[1]
