"""What the SDK does once where it would do it for each object."""

from typing import Any

import dagger
import pytest
from dagger import dag
from dagger.client import _core

from pipeline.nodes import sdk

from .queries import Engine, held

pytestmark = pytest.mark.anyio


def text() -> dagger.TypeDef:
    """The type of a text that may be missing."""
    return dag.type_def().with_kind(dagger.TypeDefKind.STRING_KIND).with_optional(True)


def lists(of: dagger.TypeDef) -> dagger.TypeDef:
    """The type of a list."""
    return dag.type_def().with_list_of(of)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The contexts for which a converter was made, from now on."""
    made: list[object] = []
    real = sdk._made

    def make(context: _core.Context) -> Any:  # noqa: ANN401 - as the SDK has it
        made.append(context)
        return real(context)

    monkeypatch.setattr(sdk, "_made", make)
    return made


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins as a process does."""
    monkeypatch.setattr(sdk, "_KNOWN", {})


async def test_the_id_of_a_type_is_asked_for_once(engine: Engine) -> None:
    """However often it is used, and also within another one."""
    engine.answers(withOptional="T1", withListOf="T2")
    first, second = await text().id(), await text().id()
    third, fourth = await lists(text()).id(), await lists(text()).id()
    assert (first, third) == (second, fourth)
    assert [asked[-2].partition("(")[0] for asked in engine.asked] == ["withOptional", "withListOf"]


async def test_types_that_were_described_otherwise_are_others(engine: Engine) -> None:
    """None is taken for another one."""
    engine.answers(withOptional=lambda asked: f"id of {asked}", withKind=lambda asked: f"id of {asked}")
    plain = dag.type_def().with_kind(dagger.TypeDefKind.STRING_KIND)
    number = dag.type_def().with_kind(dagger.TypeDefKind.INTEGER_KIND).with_optional(True)
    assert len({await text().id(), await plain.id(), await number.id()}) == 3


async def test_types_with_functions_are_asked_for_each_time(engine: Engine) -> None:
    """What a function is, its name does not say."""
    engine.answers(withFunction="T3", function="F1")
    for _ in range(2):
        await dag.type_def().with_function(dag.function("build", held(dagger.TypeDef, "T1"))).id()
    assert sum(asked[-2].startswith("withFunction") for asked in engine.asked) == 2


@pytest.mark.parametrize(("value", "kind"), [("a", str), (1, int), (True, bool), (None, str | None)])
def test_plain_values_need_no_converter_of_their_own(monkeypatch: pytest.MonkeyPatch, value: object, kind: Any) -> None:  # noqa: ANN401
    """One serves all."""
    made = counted(monkeypatch)
    monkeypatch.setattr(sdk, "_SHARED", [])
    for _ in range(3):
        assert sdk.Thrifty(dag._ctx).structure(value, kind) == value
        assert sdk.Thrifty(dag._ctx).unstructure({"name": value}) == {"name": value}
    assert len(made) == 1


def test_objects_in_a_list_belong_to_the_query_that_gave_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each query has a converter of its own for these."""
    made = counted(monkeypatch)
    context = dag._ctx.select("Query", "things", [])
    assert sdk.Thrifty(context).structure(["a"], list[str]) == ["a"]
    assert made == [context]


def test_the_sdk_has_what_is_replaced() -> None:
    """Another version of it may not: then this module is of no use, or of harm."""
    assert sdk._made.__module__ == _core.__name__
    assert "make_converter" in _core.Context.__post_init__.__code__.co_names
