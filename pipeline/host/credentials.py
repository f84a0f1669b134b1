"""Credentials: as whom a registry is asked, by what `docker login` has stored; and the token for GitHub.

They are given to whoever asks, and to nobody else: no argument, no error and no log holds one.
"""

import base64
import dataclasses
import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pipeline.policy.text import clean

_TOKENS: Final = ("GITHUB_TOKEN", "GH_TOKEN")

_HUB: Final = ("https://index.docker.io/v1/", "index.docker.io", "docker.io")
"""What Docker calls its own registry, the name that it writes first."""

_IDENTITY: Final = "<token>"
"""The user that stands for an identity token, which no password is."""

# All helpers say this, and end as they do when something is wrong.
_UNKNOWN: Final = b"credentials not found"

_PATIENCE: Final = 30
"""Seconds that a helper may take: it may ask a person to unlock something."""


class CredentialsError(ValueError):
    """What is stored cannot be read."""


@dataclasses.dataclass(frozen=True, slots=True)
class Login:
    """A user and a password; both are "" for nobody."""

    user: str = ""
    password: str = dataclasses.field(default="", repr=False)


def token(environment: Mapping[str, str] = os.environ) -> str:
    """The token for GitHub; "" where there is none."""
    return next((found for name in _TOKENS if (found := environment.get(name, "").strip())), "")


def login(registry: str, environment: Mapping[str, str] = os.environ) -> Login:
    """As whom a registry is asked, such as `ghcr.io` or `docker.io`: a helper's word, else what is in the file.

    Raises:
        CredentialsError: something is stored, and it cannot be read.
    """
    path = _file(environment)
    settings = _settings(path)
    names = _HUB if registry == "docker.io" else (registry,)
    helper = _entry(settings, path, "credHelpers", names) or settings.get("credsStore")
    if helper:
        found = _helped(_Helper(helper, names[0], registry, path), environment)
        if found != Login():
            return found
    return _written(_entry(settings, path, "auths", names), registry, path)


def _file(environment: Mapping[str, str]) -> Path:
    folder = environment.get("DOCKER_CONFIG") or Path(environment.get("HOME") or "~").expanduser() / ".docker"
    return Path(folder) / "config.json"


def _settings(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise CredentialsError(f"{path} cannot be read ({error.strerror}); see whose file it is") from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise CredentialsError(
            f"{path} is no JSON object, as `docker login` writes it; put it in order, or move it away"
        )
    return found


def _entry(settings: Mapping[str, Any], path: Path, section: str, names: tuple[str, ...]) -> object:
    """What a section has for a registry: under its name, else under an address of it."""
    held = settings.get(section) or {}
    if not isinstance(held, dict):
        raise CredentialsError(f"{section} of {path} is no JSON object, as `docker login` writes it; put it in order")
    hosts = {_host(name) for name in names}
    keys = [*(name for name in names if name in held), *(key for key in held if _host(key) in hosts)]
    return held[keys[0]] if keys else None


def _host(key: str) -> str:
    return re.sub(r"^https?://", "", key).partition("/")[0]


def _written(entry: object, registry: str, path: Path) -> Login:
    """What stands in the file itself: user and password in base64."""
    known = entry if isinstance(entry, dict) else {}
    if known.get("identitytoken"):
        raise _identity(registry, str(path))
    raw = known.get("auth")
    if not raw:
        return Login()
    try:
        user, colon, password = base64.b64decode(raw, validate=True).decode("utf-8").partition(":")
    except (ValueError, TypeError):
        colon = ""
    if not colon:
        raise CredentialsError(
            f"{path} has no user and password for {registry} that can be read; log in again: docker login {registry}"
        )
    return Login(user, password)


@dataclasses.dataclass(frozen=True, slots=True)
class _Helper:
    """A program that keeps credentials, what it calls the registry, and who says so."""

    name: object
    server: str
    registry: str
    path: Path

    @property
    def program(self) -> str:
        """What is run.

        Raises:
            CredentialsError: the settings name something else than a program.
        """
        if not (isinstance(self.name, str) and re.fullmatch(r"[A-Za-z0-9._-]+", self.name)):
            raise CredentialsError(
                f"{self.path} has {self.name!r} for the name of a credential helper; put it in order"
            )
        return f"docker-credential-{self.name}"

    def failed(self, what: str) -> CredentialsError:
        """What went wrong with it, and what to do."""
        return CredentialsError(
            f"{self.program}, which {self.path} names for {self.registry}, {what}; "
            f"put it in order, or log in again: docker login {self.registry}"
        )


def _helped(helper: _Helper, environment: Mapping[str, str]) -> Login:
    """Ask a helper (docker-credential-helpers, Development)."""
    try:
        done = subprocess.run(  # noqa: S603 - docker runs the same
            [helper.program, "get"],
            check=False,
            capture_output=True,
            env=dict(environment),
            input=helper.server.encode(),
            timeout=_PATIENCE,
        )
    except OSError as error:
        raise helper.failed(f"cannot be run ({error.strerror})") from None
    except subprocess.TimeoutExpired:
        raise helper.failed(f"gave no answer within {_PATIENCE} s") from None
    if done.returncode and _UNKNOWN in done.stdout:
        return Login()
    if done.returncode:
        # What it printed is not shown: that is where passwords come.
        said = " ".join(clean(done.stderr.decode("utf-8", "replace")).split())
        raise helper.failed(f"ended with {done.returncode}" + (f" ({said})" if said else ""))
    try:
        found = json.loads(done.stdout)
        made = Login(str(found["Username"]), str(found["Secret"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise helper.failed("answered with something else than a user and a secret") from None
    if made.user == _IDENTITY:
        raise _identity(helper.registry, helper.program)
    return made


def _identity(registry: str, keeper: str) -> CredentialsError:
    return CredentialsError(
        f"{keeper} keeps an identity token for {registry}, which only docker itself can use; "
        f"log in with a password or an access token: docker login --username NAME {registry}"
    )
