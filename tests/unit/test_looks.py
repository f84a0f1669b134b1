"""What the second look found, as findings."""

import json
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline.policy.findings import Finding, Kind, Severity
from pipeline.policy.looks import DELETED, RULES, parse_look

RAW = {"rule": "env-file", "path": "app/.env", "layer": "sha256:1", "line": 0, "deleted": False}


def printed(**changes: Any) -> str:  # noqa: ANN401 - whatever a broken program may print
    """One finding as the probe prints it, with changes."""
    return json.dumps({"layers": 2, "files": 9, "findings": [RAW | changes]})


def test_a_finding_says_what_it_is_and_where() -> None:
    """Rule, severity, path and layer, and words for people."""
    assert parse_look(printed()) == [
        Finding(
            kind=Kind.FILE,
            id="env-file",
            severity=Severity.HIGH,
            path="app/.env",
            layer="sha256:1",
            title="an environment file, where secrets are usually kept",
        )
    ]


def test_nothing_found_is_no_finding() -> None:
    """An image without any is told from output that could not be read."""
    assert parse_look('{"layers": 2, "files": 9, "findings": []}\n') == []


def test_a_deleted_file_is_said_to_be_in_the_image_still() -> None:
    """Who looks for it in the running container does not find it."""
    (found,) = parse_look(printed(deleted=True))
    assert found.title == "an environment file, where secrets are usually kept" + DELETED


def test_a_line_is_kept() -> None:
    """It leads to the secret, which is not printed."""
    (found,) = parse_look(printed(rule="npm-token", line=7))
    assert (found.kind, found.severity, found.line) == (Kind.SECRET, Severity.CRITICAL, 7)


def test_secrets_are_worse_than_files() -> None:
    """A secret has to be replaced wherever it was; a source map only has to go."""
    rated = {(kind, severity) for kind, severity, _ in RULES.values()}
    assert rated == {
        (Kind.SECRET, Severity.CRITICAL),
        (Kind.FILE, Severity.HIGH),
        (Kind.FILE, Severity.MEDIUM),
    }


def test_every_rule_of_the_probe_is_known_here() -> None:
    """Each of them is written in look.mjs as a string, and none is here that is not there."""
    program = (Path(pipeline.__file__).parent / "nodes/probes/look.mjs").read_text("utf-8")
    assert [rule for rule in RULES if f'"{rule}"' not in program] == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"layers": 2, "files": 9}',
        '{"layers": 2, "files": 9, "findings": null}',
        '{"layers": 2, "files": 9, "findings": ["a"]}',
        '{"layers": -1, "files": 9, "findings": []}',
        '{"layers": 2, "files": "9", "findings": []}',
        '{"layers": 2, "files": 9, "findings": []} and more',
        '{"layers": 2, "files": 9, "findings": [{"rule": "env-file"}]}',
        "[" * 100_000,
        printed(rule="unheard-of"),
        printed(rule=["env-file"]),
        printed(path=None),
        printed(layer=1),
        printed(line=-1),
        printed(line=True),
        printed(line="1"),
        printed(deleted="no"),
        printed(value="the secret itself"),
    ],
)
def test_anything_else_is_an_error(text: str) -> None:
    """A look that did not happen never passes for one that found nothing."""
    with pytest.raises(
        ValueError, match=r"^the second look at the image printed something that is no list of findings$"
    ):
        _ = parse_look(text)
