"""What GitHub refuses, as sentences, and when asking again may help."""

import email.utils
import json
import re
import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from pipeline.remote.errors import RemoteError, answered, passing, wish

_SECONDARY: Final = 60.0
"""Seconds to wait at a secondary rate limit that does not say how long (REST API, Best practices)."""

_LIMITED: Final = "secondary rate limit"

_ADVICE: Final = {
    401: "pass a token that is valid",
    403: "pass a token that may do it: it needs to read and write the contents of this repository",
    404: "check the repository's name, and that the token may see it",
    408: "try again later",
    409: "somebody else changes the same thing: try again later",
    422: "it does not take what was sent",
    429: "it limits requests: try again later",
}


class GitHubError(RemoteError):
    """GitHub did not give what was asked of it; `codes` are those of its validation (`already_exists`, ...)."""

    @property
    def not_found(self) -> bool:
        """Whether it answered that there is no such thing, or none that this token may see."""
        return self.status == HTTPStatus.NOT_FOUND

    @property
    def refused(self) -> bool:
        """Whether it answered that what was sent cannot be: it exists already, say."""
        return self.status == HTTPStatus.UNPROCESSABLE_ENTITY


def refusal(
    subject: str, who: str, status: int, headers: Mapping[str, str], body: bytes, secrets: Iterable[str]
) -> GitHubError:
    """An answer that is not what was asked for; what it repeats of the secrets is left out."""
    words, codes = _problem(body)
    advice = "try again later" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _ADVICE.get(status)
    return GitHubError(
        f"{subject}: {who} answered {answered(status, words, secrets)}; "
        f"{advice or 'check that the API of GitHub answers there'}",
        status=status,
        codes=codes,
        retry_after=_patience(status, headers, words),
    )


def _patience(status: int, headers: Mapping[str, str], words: str) -> float | None:
    """After how many seconds asking again may help; a refusal (403) lasts unless it is one of a rate limit."""
    exhausted = headers.get("x-ratelimit-remaining") == "0"
    said = "retry-after" in headers
    if status == HTTPStatus.FORBIDDEN and not (said or exhausted or _LIMITED in words.lower()):
        return None
    if status not in {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}:
        return wish(headers) if passing(status) else None
    if said:
        return wish(headers)
    reset = headers.get("x-ratelimit-reset", "")
    if exhausted and re.fullmatch(r"[0-9]{1,12}", reset):
        # One second more: what it says is rounded.
        return max(0.0, float(reset) - _now(headers)) + 1
    return _SECONDARY


def _now(headers: Mapping[str, str]) -> float:
    """The time of the server that also says when its limit is reset, so that a wrong clock here does no harm."""
    try:
        return email.utils.parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, OverflowError):
        return time.time()


def _problem(body: bytes) -> tuple[str, tuple[str, ...]]:
    """What an error says, and its codes (REST API, Troubleshooting)."""
    try:
        content = json.loads(body)
        errors = content.get("errors") or []
        parts = [str(content.get("message") or ""), *map(_words, errors if isinstance(errors, list) else [errors])]
    except (ValueError, AttributeError, RecursionError):
        return "", ()
    codes = [str(one.get("code")) for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    return "; ".join(filter(None, parts)), tuple(code for code in codes if re.fullmatch(r"[a-z_]{1,64}", code))


def _words(error: Any) -> str:  # noqa: ANN401 - it is what it reads
    if not isinstance(error, dict):
        return str(error)
    return " ".join(str(error[part]) for part in ("resource", "field", "code", "message") if error.get(part))
