"""What a release is deployed as: the database, the API and the front end, by digest, whatever runs them.

Whatever is changed here is how a product runs that somebody has already: names of volumes, users and secrets stay.
"""

import dataclasses
import re
from collections.abc import Sequence
from typing import Any, Final

import yaml

from pipeline.policy.references import Address, address
from pipeline.policy.versions import parse_tag

NAME: Final = "neuronip"
"""The product: its project, its database and its role; what is made for it begins with this name."""

USER: Final = 65532
"""Who the applications run as, by number: `nonroot` of distroless."""

API_PORT: Final = 8082
API_ALIVE: Final = "/health"
API_READY: Final = "/ready"
API_CHECK: Final = ("/usr/local/bin/neuronip-api", "healthcheck")
"""Asks the API on its own machine: there is no shell and no curl beside it."""

FRONTEND_PORT: Final = 3000
FRONTEND_ALIVE: Final = "/healthz"
FRONTEND_CHECK: Final = (
    "/nodejs/bin/node",
    "-e",
    "fetch('http://127.0.0.1:'+(process.env.PORT||3000)+\"/healthz\").then(r=>process.exit(r.ok?0:1),()=>process.exit(1))",
)

DATABASE_PORT: Final = 5432
DATABASE_FILES: Final = "/var/lib/postgresql/data"
DATABASE_SOCKET: Final = "/var/run/postgresql"

# By address: while a new database is made, a server without a network answers at the socket.
DATABASE_CHECK: Final = ("pg_isready", "-q", "-h", "127.0.0.1", "-U", NAME, "-d", NAME)

# A folder below the volume: PostgreSQL wants to own its folder alone, and some volumes have a lost+found.
_DATABASE: Final = {
    "POSTGRES_DB": NAME,
    "POSTGRES_USER": NAME,
    "POSTGRES_INITDB_ARGS": "--data-checksums",
    "PGDATA": f"{DATABASE_FILES}/pgdata",
}

_REVISION: Final = re.compile(r"[0-9a-f]{7,64}")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Deployed:
    """The images of a release, each as `registry/repository@sha256:...`, and what the release is called.

    `postgres_user` is the number that the user postgres has in its image: 70 in Alpine's, 999 in Debian's.
    """

    api: str
    frontend: str
    postgres: str
    version: str
    revision: str = ""
    postgres_user: int = 70

    def __post_init__(self) -> None:
        """Refuse what would deploy something else tomorrow, and what is no name of a release."""
        for reference in (self.api, self.frontend, self.postgres):
            if not address(reference).digest:
                raise ValueError(
                    f"{reference} is to be deployed and has no digest; name it as registry/name@sha256:..."
                )
        if not parse_tag(self.version):
            raise ValueError(f"{self.version!r} is to be deployed and is no version; give one such as 1.2.3")
        if self.revision and not _REVISION.fullmatch(self.revision):
            raise ValueError(f"{self.revision!r} is no commit; give its hash, or leave it out")
        if self.postgres_user < 1:
            raise ValueError(
                f"the database would run as user {self.postgres_user}; give the number of one that is not root"
            )

    @property
    def images(self) -> dict[str, Address]:
        """The images by what they are."""
        named = {"api": self.api, "frontend": self.frontend, "postgres": self.postgres}
        return {name: address(reference) for name, reference in named.items()}

    @property
    def label(self) -> str:
        """The version as labels of Kubernetes and tags can hold it."""
        return self.version.replace("+", "_")[:63].rstrip("._-")


def pinned(reference: str) -> str:
    """A reference by digest alone, its registry said: some runtimes take no tag beside a digest."""
    split = address(reference)
    return f"{split.full}@{split.digest}"


def api_environment(database: str) -> dict[str, str]:
    """How the API is configured, without the password and the addresses that browsers use."""
    return {
        "SERVER_PORT": str(API_PORT),
        "DB_HOST": database,
        "DB_PORT": str(DATABASE_PORT),
        "DB_NAME": NAME,
        "DB_USER": NAME,
        # The database of this bundle speaks no TLS, and nothing but the API reaches it.
        "DB_SSLMODE": "disable",
    }


def frontend_environment(api: str) -> dict[str, str]:
    """How the front end is configured, without the address that browsers use."""
    # Runtimes set HOSTNAME to the container's name, and the server would listen at that address alone.
    return {
        "HOSTNAME": "0.0.0.0",  # noqa: S104
        "PORT": str(FRONTEND_PORT),
        "API_INTERNAL_URL": f"http://{api}:{API_PORT}",
    }


def database_environment() -> dict[str, str]:
    """How the database is made, without its password."""
    return dict(_DATABASE)


def write(deployed: Deployed, documents: Sequence[Any], usage: str) -> str:
    """The documents as YAML, under a comment that says what they are of and how they are used."""
    revision = f", revision {deployed.revision}" if deployed.revision else ""
    pins = [f"  {name}: {_tagged(found)}" for name, found in deployed.images.items() if found.tag]
    said = [
        f"NeuronIP {deployed.version}{revision}. Every image is pinned by its digest.",
        *(["Where a digest was taken from a tag, it was:", *pins] if pins else []),
        "",
        *usage.strip().split("\n"),
    ]
    comment = "".join(f"# {line}".rstrip() + "\n" for line in said)
    return comment + "".join(f"---\n{_dump(document)}" for document in documents)


def values(deployed: Deployed) -> str:
    """A fragment of Helm values: `image.repository`, `image.digest` and `image.tag` of each application."""
    images: dict[str, dict[str, dict[str, str]]] = {}
    for name, found in deployed.images.items():
        tag = found.tag or ("" if name == "postgres" else deployed.label)
        known = {"repository": found.full, "tag": tag, "digest": found.digest}
        images[name] = {"image": {key: text for key, text in known.items() if text}}
    return write(deployed, [images], _VALUES)


_VALUES: Final = """\
For charts that read image.repository, image.tag and image.digest of each application:
  helm upgrade --install neuronip ./chart --values values.yaml
The digest decides; the tag is for people.
"""


class _Dumper(yaml.SafeDumper):
    """Writes what occurs twice twice: anchors are for machines."""

    def ignore_aliases(self, data: object) -> bool:
        """Whether what occurs again is written again: always."""
        _ = data
        return True


def _dump(document: object) -> str:
    # The longest line is a command; folded it could hardly be read.
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=4096)


def _tagged(found: Address) -> str:
    return f"{found.full}:{found.tag}"
