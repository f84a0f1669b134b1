"""What the second look at an image found."""

import json
from typing import Final

from pipeline.policy.findings import Finding, Kind, Severity

RULES: Final = {
    "private-key": (Kind.SECRET, Severity.CRITICAL, "a private key"),
    "credentials": (Kind.SECRET, Severity.CRITICAL, "a file in which a tool keeps its credentials"),
    "aws-access-key-id": (Kind.SECRET, Severity.CRITICAL, "an access key of AWS"),
    "github-token": (Kind.SECRET, Severity.CRITICAL, "a token for GitHub"),
    "npm-token": (Kind.SECRET, Severity.CRITICAL, "a token for the npm registry"),
    "slack-token": (Kind.SECRET, Severity.CRITICAL, "a token or webhook of Slack"),
    "google-api-key": (Kind.SECRET, Severity.CRITICAL, "an API key of Google"),
    "stripe-secret-key": (Kind.SECRET, Severity.CRITICAL, "a live secret key of Stripe"),
    "env-file": (Kind.FILE, Severity.HIGH, "an environment file, where secrets are usually kept"),
    "git-folder": (Kind.FILE, Severity.HIGH, "a Git folder, which holds the source and all its history"),
    "test-file": (Kind.FILE, Severity.MEDIUM, "a test, which nothing needs at run time"),
    "source-map": (Kind.FILE, Severity.MEDIUM, "a source map, which shows the source to whoever downloads it"),
    "cache": (Kind.FILE, Severity.MEDIUM, "the cache of a build, which nothing needs at run time"),
}
"""The rules of look.mjs: kind and severity of what they find, and what it is in words."""

DELETED: Final = " (deleted in a later layer, but still in the image)"


def parse_look(text: str) -> list[Finding]:
    """Read what look.mjs printed.

    Raises:
        ValueError: it is something else.
    """
    try:
        found = json.loads(text)
        _counted(found["layers"], found["files"])
        return [_finding(**raw) for raw in found["findings"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("the second look at the image printed something that is no list of findings") from error


def _counted(*numbers: object) -> None:
    if any(type(number) is not int or number < 0 for number in numbers):
        raise ValueError("a count is a number from 0")


def _finding(*, rule: object, path: object, layer: object, line: object, deleted: object) -> Finding:
    if not (isinstance(rule, str) and isinstance(path, str) and isinstance(layer, str)):
        raise TypeError("rule, path and layer are texts")
    if type(line) is not int or line < 0 or not isinstance(deleted, bool):
        raise TypeError("a line is a number from 0, and something was deleted or not")
    kind, severity, title = RULES[rule]
    title += DELETED if deleted else ""
    return Finding(kind=kind, id=rule, severity=severity, path=path, line=line, layer=layer, title=title)
