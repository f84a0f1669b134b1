"""What goes wrong with a service that is spoken to over HTTP, as sentences; and what a registry refuses."""

import dataclasses
import datetime as dt
import email.utils
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

import httpx

from pipeline.policy.text import line

_MISSING: Final = frozenset({"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "BLOB_UNKNOWN"})
_CUT: Final = 300
"""Characters of a registry's own words that are worth showing."""

_ADVICE: Final = {
    401: "pass a user and a password that may do it",
    403: "this user may not do it: pass another one, or ask its owner",
    404: "check the repository's name and the tag or digest",
    408: "try again later",
    429: "it limits requests: try again later",
}
_WRITING: Final = {
    400: "it does not take what was sent",
    404: "check the repository's name, and whether it has to be created first",
    405: "it does not allow this",
    413: "it takes nothing as large",
}
"""Advice for who writes, where it is another one."""

# Registries do not tell a stranger what they hold: what is not there is refused as well.
_TO_NOBODY: Final = "nobody may do that without a user: check the name, or give a user with with-registry-auth"

# Certificates do not become valid by asking again.
_LASTING: Final = "CERTIFICATE_VERIFY_FAILED"


@dataclasses.dataclass(eq=False)
class RemoteError(Exception):
    """A service did not give what was asked of it; the text is a sentence for a person.

    `status` is the HTTP status that ended it, 0 where there was none. `codes` are the service's own error codes that
    came with it. `retry_after` says after how many seconds asking again may help, if at all.
    """

    message: str
    status: int = 0
    codes: Sequence[str] = ()
    retry_after: float | None = None

    def __str__(self) -> str:
        """The sentence."""
        return self.message


class RegistryError(RemoteError):
    """A registry did not give what was asked of it; `codes` are those of the distribution specification."""

    @property
    def unsupported(self) -> bool:
        """Whether the registry answered that it does not do such a thing at all."""
        return self.status == HTTPStatus.METHOD_NOT_ALLOWED or "UNSUPPORTED" in self.codes

    @property
    def not_found(self) -> bool:
        """Whether the registry answered that there is no such thing, rather than nothing or a refusal."""
        return self.status == HTTPStatus.NOT_FOUND or not _MISSING.isdisjoint(self.codes)


class LostError(RegistryError):
    """A registry has a name for an image of which it has lost a part."""


def refusal(
    subject: str,
    who: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    secrets: Iterable[str],
    *,
    named: bool,
    writing: bool,
) -> RegistryError:
    """An answer that is not what was asked for; what it repeats of the secrets is left out.

    `named` says that a user was given, and `writing` what for: the advice depends on it.
    """
    found = _problems(body)
    codes = tuple(code for code, _ in found if re.fullmatch(r"[A-Z][A-Z_]{0,63}", code))
    answer = answered(status, "; ".join(": ".join(filter(None, problem)) for problem in found), secrets)
    return RegistryError(
        f"{subject}: {who} answered {answer}; {_advice(status, named, writing)}",
        status=status,
        codes=codes,
        retry_after=wish(headers) if passing(status) else None,
    )


def answered(status: int, words: str, secrets: Iterable[str]) -> str:
    """A status with its phrase, and what a service said with it, fit for a line, without the secrets."""
    said = line(words)
    for secret in filter(None, map(line, secrets)):
        said = said.replace(secret, "***")
    phrase = next((known.phrase for known in HTTPStatus if known == status), "")
    return f"{status} {phrase}".strip() + (f" ({said[:_CUT]})" if said else "")


@contextmanager
def about(kind: type[RemoteError], subject: str) -> Iterator[None]:
    """Say what was asked in whatever goes wrong inside, as an error of this kind.

    Raises:
        RemoteError: the network failed, or an answer was none that such a service gives.
    """
    try:
        yield
    except httpx.TimeoutException:
        raise kind(f"{subject}: no answer came in time; check the network", retry_after=0) from None
    except httpx.ProxyError as error:
        said = line(str(error))[:_CUT]
        # The status of its answer comes first. A refusal lasts, as a registry's does.
        raise kind(
            f"{subject}: the proxy did not connect ({said}); check the one that the environment names",
            retry_after=None if said.startswith("4") else 0,
        ) from None
    except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
        lasting = _LASTING in str(error)
        raise kind(
            f"{subject}: the connection failed ({line(str(error))[:_CUT] or type(error).__name__}); "
            + ("make its authority known with SSL_CERT_FILE" if lasting else "check the address and the network"),
            retry_after=None if lasting else 0,
        ) from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise kind(f"{subject}: {line(str(error))[:_CUT]}") from None


def _problems(body: bytes) -> list[tuple[str, str]]:
    """Code and message of each error of a body (distribution specification, Error Codes)."""
    try:
        errors = json.loads(body)["errors"]
        return [(str(error.get("code") or ""), str(error.get("message") or "")) for error in errors]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []


def passing(status: int) -> bool:
    """Whether a status is one of a moment."""
    return (
        status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def _advice(status: int, named: bool, writing: bool) -> str:
    if not named and status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return _TO_NOBODY
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "try again later"
    return (_WRITING if writing else {}).get(status) or _ADVICE.get(
        status, "check that a registry of the OCI distribution specification answers there"
    )


def wish(headers: Mapping[str, str]) -> float:
    """Seconds that a server asks to wait, in seconds or as a date (RFC 9110, 10.2.3); 0 if it does not."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds())
