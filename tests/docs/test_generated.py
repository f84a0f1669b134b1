"""What is made from the module itself is as it would be made now, and says what a reader looks for."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from docs.generator import PAGES, module
from docs.generator.module import Argument, Function, Type
from tests.docs import pages

_SVG: Final = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(("path", "made"), PAGES.items(), ids=[path.name for path in PAGES])
def test_it_has_not_drifted(path: Path, made: Callable[[], str]) -> None:
    """Whoever changes a function or a description writes it anew: `uv run python -m docs.generator`."""
    assert path.read_text("utf-8") == made()


def function(owner: str, name: str) -> Function:
    """A function of an object."""
    (found,) = [known for known in module.objects() if known.name == owner]
    (wanted,) = [known for known in found.functions if known.name == name]
    return wanted


def test_types_are_those_of_the_schema() -> None:
    """Without what Python writes around them."""
    arguments = {argument.name: argument.type.text for argument in function("Pipeline", "go-app").arguments}
    wanted = {"name": "String", "repository": "GitRepository", "env": "[String]", "port": "Int", "cgo": "Boolean"}
    assert wanted.items() <= arguments.items()
    assert function("App", "build").returns == Type(name="Image")


def test_defaults_are_told_from_what_is_required() -> None:
    """Nothing, an empty text, a value, a path of the repository, and an image without its digest."""
    arguments = {argument.name: argument.default for argument in function("Pipeline", "go-app").arguments}
    assert [arguments[name] for name in ("name", "repository", "package", "port", "cgo")] == [
        None,
        "",
        '""',
        "8080",
        "false",
    ]
    constructor = {argument.name: argument.default for argument in module.constructor()}
    assert constructor["api-source"] == "/api of this repository"
    assert "sha256" not in str(constructor["go-image"])


def test_every_object_stands_once() -> None:
    """What a call reaches comes first, however many functions lead to it."""
    names = [known.name for known in module.objects()]
    assert names[:3] == ["Pipeline", "App", "Scanner"]
    assert len(names) == len(set(names))


def test_marks_are_those_of_the_functions() -> None:
    """What is a check, what writes files, what `dagger up` starts, and what is asked anew each time."""
    assert (function("Pipeline", "lint").check, function("Pipeline", "lint").cached) == (True, True)
    assert not function("Pipeline", "lint").generate
    assert (function("Pipeline", "workflows").check, function("Pipeline", "workflows").generate) == (True, True)
    assert function("Pipeline", "serve-api").up
    assert not function("Pipeline", "publish").cached


def test_constructor_arguments_stand_once() -> None:
    """They are fields of the root object too."""
    (root,) = [known for known in module.objects() if known.name == module.ROOT]
    assert not {field.name for field in root.fields} & {argument.name for argument in module.constructor()}
    assert all(isinstance(field, Argument) for field in root.fields)


def test_the_picture_has_an_arrow_for_each_pair_of_objects() -> None:
    """From the object that has the function to the one that it returns."""
    root = ET.fromstring((pages.DOCS / "graph.svg").read_text("utf-8"))  # noqa: S314 - it is our own
    pairs = {(known.name, made.returns.name) for known in module.objects() for made in known.makers}
    assert len(root.findall(f"{_SVG}path")) == len(pairs)
    names = {text.text for text in root.findall(f"{_SVG}text") if text.get("class") == "name"}
    assert names == {name for pair in pairs for name in pair}


def test_what_the_front_page_shows_is_what_the_pages_show() -> None:
    """The output of the first build, and the way from another repository: both stand twice."""
    front, *others = pages.PAGES
    told = [block for page in others for block in pages.blocks(page)]
    shown = [block for block in pages.blocks(front) if block.startswith(("APPLICATION", "@function"))]
    assert [block in told for block in shown] == [True, True]
