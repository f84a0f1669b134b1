"""What the kinds of application share: images to build with, how the application is run, what it may weigh."""

import dataclasses
import json
import re
from typing import Final, Self

from pipeline import pins
from pipeline.policy.findings import Severity
from pipeline.policy.gates import Gate

_LAST_PORT: Final = 65535


@dataclasses.dataclass(frozen=True, kw_only=True)
class Toolbox:
    """The images that the stages run in; each may be replaced.

    With a `salt` a build shares nothing with one of another salt: no cache volume, and no command that ran before.
    """

    go: str = pins.GO
    node: str = pins.NODE
    static: str = pins.STATIC
    libc: str = pins.LIBC
    nodejs: str = pins.NODEJS
    salt: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Run:
    """How the image is run: its port, the path that says it is healthy, arguments, environment.

    The engine sorts the keys of what passes through it, so whoever reads the environment sorts it too: otherwise the
    same image had two digests.
    """

    port: int
    health_path: str = ""
    arguments: list[str] = dataclasses.field(default_factory=list)
    environment: dict[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what can only be a mistake."""
        if not 0 < self.port <= _LAST_PORT:
            raise ValueError(f"port {self.port} is not a TCP port; one from 1 to {_LAST_PORT} is")
        if self.health_path and not self.health_path.startswith("/"):
            raise ValueError(f"the health path {self.health_path!r} does not begin with a slash")

    @classmethod
    def node(cls, port: int, health_path: str, environment: dict[str, str] | None = None) -> Self:
        """How the server of Next.js is run: it reads PORT and HOSTNAME."""
        own = {"NODE_ENV": "production", "NEXT_TELEMETRY_DISABLED": "1", "HOSTNAME": "0.0.0.0", "PORT": str(port)}  # noqa: S104
        return cls(port=port, health_path=health_path, environment=own | (environment or {}))

    @property
    def node_health_command(self) -> list[str]:
        """A HEALTHCHECK for images that hold Node.js and no shell."""
        url = f"'http://127.0.0.1:'+(process.env.PORT||{self.port})+{json.dumps(self.health_path or '/')}"
        script = f"fetch({url}).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"
        return ["/nodejs/bin/node", "-e", script]


@dataclasses.dataclass(frozen=True, kw_only=True)
class About:
    """What the labels say besides version, revision and time."""

    title: str
    description: str = ""
    url: str = ""
    licenses: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rules:
    """Which findings of a scan fail: a gate, with the severity by its name, as the engine can hold it."""

    severity: str = Severity.HIGH.name
    licenses: str = Severity.CRITICAL.name
    ignore_unfixed: bool = True
    allow_ended: bool = False

    @property
    def gate(self) -> Gate:
        """The gate of these rules."""
        return Gate(
            severity=Severity[self.severity],
            licenses=Severity[self.licenses],
            ignore_unfixed=self.ignore_unfixed,
            allow_ended=self.allow_ended,
        )


def checked(name: str, what: str) -> str:
    """A name that is part of paths and of tables.

    Raises:
        ValueError: it is no plain word.
    """
    if not re.fullmatch(r"\w[\w.-]*", name, re.ASCII):
        raise ValueError(f"{what} {name!r} is not a word of letters, digits, '.', '_' and '-'")
    return name


def pairs(assignments: list[str], what: str) -> dict[str, str]:
    """Read `NAME=value` arguments.

    Raises:
        ValueError: one has no `=` or an empty name.
    """
    found: dict[str, str] = {}
    for place, assignment in enumerate(assignments, start=1):
        name, equals, value = assignment.partition("=")
        if not (name and equals):
            # Not shown: it may be a value, and a secret one.
            raise ValueError(f"{what} number {place} is not of the form NAME=value")
        found[name] = value
    return found
