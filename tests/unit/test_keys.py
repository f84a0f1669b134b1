"""Content keys: the same inputs have the same one, and others another."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.policy.keys import Inputs, canonical, content_key, module_digest
from pipeline.policy.versions import Stamp

INPUTS = Inputs(
    app="shop",
    path="shop",
    parameters=canonical({"run": {"port": 80}}),
    secrets=["a", "b"],
    pins={"go": "golang:1"},
    base="static:1@sha256:5",
    used=["golang:1"],
    platforms=["linux/amd64", "linux/arm64"],
    stamp=Stamp("1.2.3", "abc1234", 1),
)
SAME = ("tree", "module", "v0.21.8")


def test_a_key_is_a_tag() -> None:
    """As registries allow it, and as no branch or version makes one."""
    assert re.fullmatch(r"key-[0-9a-f]{32}", content_key(INPUTS, *SAME))


def test_the_order_in_which_things_were_named_changes_nothing() -> None:
    """Neither that of secrets and platforms nor that of arguments."""
    other = dataclasses.replace(INPUTS, secrets=["b", "a"], platforms=["linux/arm64", "linux/amd64"])
    assert content_key(other, *SAME) == content_key(INPUTS, *SAME)
    assert canonical({"a": 1, "b": {"c": 2, "d": 3}}) == canonical({"b": {"d": 3, "c": 2}, "a": 1})


@pytest.mark.parametrize(
    "changed",
    [
        {"app": "web"},
        {"path": "web"},
        {"parameters": canonical({"run": {"port": 81}})},
        {"secrets": ["a"]},
        {"pins": {"go": "golang:2"}},
        {"base": "static:1@sha256:6"},
        {"used": ["golang:2"]},
        {"platforms": ["linux/amd64"]},
        {"stamp": Stamp("1.2.4", "abc1234", 1)},
        {"stamp": Stamp("1.2.3", "def5678", 1)},
        {"stamp": Stamp("1.2.3", "abc1234", 2)},
    ],
)
def test_whatever_decides_what_an_image_holds_makes_another_key(changed: dict[str, Any]) -> None:
    """What is known before anything is built."""
    assert content_key(dataclasses.replace(INPUTS, **changed), *SAME) != content_key(INPUTS, *SAME)


@pytest.mark.parametrize("place", range(3))
def test_files_module_and_engine_make_another_key(place: int) -> None:
    """Other files, other code that builds them, another engine that runs it."""
    other = [*SAME]
    other[place] = "other"
    assert content_key(INPUTS, *other) != content_key(INPUTS, *SAME)


def test_the_module_is_known_by_its_files(tmp_path: Path) -> None:
    """Whatever they are; what Python leaves beside them does not count."""
    package = tmp_path / "package"
    (package / "__pycache__").mkdir(parents=True)
    (package / "a.py").write_text("1", "utf-8")
    module_digest.cache_clear()
    first = module_digest(package)
    (package / "__pycache__" / "a.pyc").write_text("2", "utf-8")
    module_digest.cache_clear()
    assert module_digest(package) == first
    (package / "probe.mjs").write_text("3", "utf-8")
    module_digest.cache_clear()
    assert module_digest(package) != first
    module_digest.cache_clear()
