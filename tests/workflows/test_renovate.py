"""What keeps the pins fresh: each of them is found, with all that is to change."""

import json
import re
from typing import Any, Final

from pipeline import pins
from pipeline.pins import Action

from .generated import COMMITTED, ROOT

SETTINGS: Final[dict[str, Any]] = json.loads((COMMITTED.parent / "renovate.json").read_text("utf-8"))
PINS: Final = (ROOT / "pipeline" / "pins.py").read_text("utf-8")


def found(source: str, text: str) -> set[tuple[str, str, str]]:
    """Name, version and digest of whatever a manager finds in a file."""
    (manager,) = [one for one in SETTINGS["customManagers"] if one["datasourceTemplate"] == source]
    (pattern,) = manager["matchStrings"]
    # Named groups are written otherwise in JavaScript.
    matches = re.finditer(re.sub(r"\(\?<(?=\w)", "(?P<", pattern), text)
    return {(one["depName"], one["currentValue"], one["currentDigest"]) for one in matches}


def test_every_image_is_found() -> None:
    """Those too whose digest stands on a line of its own; and the image that runs the module."""
    images = [value for name, value in vars(pins).items() if name.isupper() and isinstance(value, str)]
    assert len(images) >= 8
    expected = {re.fullmatch(r"(.*):(.*)@(.*)", image) for image in images}
    assert found("docker", PINS) == {match.groups() for match in expected if match}
    base = found("docker", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert base <= found("docker", PINS)
    assert len(base) == 1


def test_every_action_is_found() -> None:
    """By the repository that it lies in, which is not always its name."""
    expected = {re.fullmatch(r"(.*)@(.*) # (.*)", action.value) for action in Action}
    assert {(name, digest, version) for name, version, digest in found("github-tags", PINS)} == {
        match.groups() for match in expected if match
    }
