"""What the objects of the module hold."""

import dataclasses
import typing

import dagger
import pytest
from dagger.client.base import Type

from pipeline.main import Pipeline
from pipeline.nodes.app import App
from pipeline.nodes.image import Image
from pipeline.nodes.scan import Scan, Target
from pipeline.nodes.scanner import Scanner


@pytest.mark.parametrize("node", [Pipeline, App, Image, Scan, Target, Scanner])
def test_what_the_engine_made_lies_in_fields_that_it_knows(node: type) -> None:
    """A Container in a field without a Dagger type is gone in the next session, in a plain dataclass too."""
    hints = typing.get_type_hints(node)
    for field in dataclasses.fields(node):
        known = "__dagger_field__" in field.metadata
        assert known or not _engine_types(hints[field.name]), field.name


def test_the_search_for_engine_types_finds_them_wherever_they_are() -> None:
    """In a list, behind `| None`, and in a dataclass of a dataclass."""

    @dataclasses.dataclass
    class Inner:
        secrets: list[dagger.Secret]

    @dataclasses.dataclass
    class Outer:
        inner: Inner | None

    assert _engine_types(Outer) == {dagger.Secret}
    assert _engine_types(dict[str, str]) == set()


def _engine_types(hint: object) -> set[object]:
    if isinstance(hint, type) and issubclass(hint, Type):
        return {hint}
    inner = [*typing.get_args(hint)]
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        inner += [field.type for field in dataclasses.fields(hint)]
    return {found for part in inner for found in _engine_types(part)}
