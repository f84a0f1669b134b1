"""What the module offers, as the engine and people see it."""

# ruff: noqa: ANN401 - the SDK's internals have no types

import dataclasses
from typing import Any, get_args, get_type_hints

import pytest
from dagger.client.base import Type

from pipeline.main import Pipeline

CLASS: Any = Pipeline
TYPES: dict[str, Any] = CLASS.__dagger_module__._objects
OBJECTS = {name: kind for name, kind in TYPES.items() if not kind.interface}
CHECKS = {"build", "smoke", "lint", "test", "scan"}
FUNCTIONS = [
    pytest.param(function, id=f"{name}.{function.name}")
    for name, kind in TYPES.items()
    for function in [*kind.functions.values(), *([kind.get_constructor()] if name == "Pipeline" else [])]
]


def test_the_objects_are_those_of_the_design() -> None:
    """What a caller can chain; recipes and settings stay inside."""
    assert set(OBJECTS) == {"Pipeline", "App", "Image", "Scan", "Target", "Scanner", "Registries", "Publication"}


def test_what_other_modules_bring_is_one_function() -> None:
    """Each more is one that every kind of application in the world has to have."""
    interfaces = {name: [*kind.functions] for name, kind in TYPES.items() if name not in OBJECTS}
    assert interfaces == {"Packager": ["package"]}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_and_argument_says_what_it_is(function: Any) -> None:
    """The CLI's help has a sentence for each."""
    assert function.doc
    assert [name for name, parameter in function.parameters.items() if not parameter.doc] == []


@pytest.mark.parametrize("kind", OBJECTS.values(), ids=OBJECTS)
def test_every_object_and_field_says_what_it_is(kind: Any) -> None:
    """The first line of `dagger functions`."""
    assert kind.cls.__doc__
    assert [field.name for field in kind.fields.values() if "Doc" not in str(field.return_type)] == []


@pytest.mark.parametrize("kind", OBJECTS.values(), ids=OBJECTS)
def test_no_field_shadows_a_function(kind: Any) -> None:
    """The function would become the field's default."""
    fields = {field.name for field in dataclasses.fields(kind.cls)}
    assert not fields & {function.original_name for function in kind.functions.values()}


@pytest.mark.parametrize("kind", OBJECTS.values(), ids=OBJECTS)
def test_what_the_engine_made_is_a_field_that_it_knows(kind: Any) -> None:
    """What it finds in other attributes is gone after the session."""
    hints = get_type_hints(kind.cls)
    made = {field.name for field in dataclasses.fields(kind.cls) if holds_engine_objects(hints[field.name])}
    assert made == {field.original_name for field in kind.fields.values()} & made


def holds_engine_objects(hint: Any) -> bool:
    """Whether the type, or one that it is made of, is the engine's; ours may be fields too and are looked into."""
    if dataclasses.is_dataclass(hint) and not hasattr(hint, "__dagger_object_type__"):
        return any(map(holds_engine_objects, get_type_hints(hint).values()))
    return (isinstance(hint, type) and issubclass(hint, Type)) or any(map(holds_engine_objects, get_args(hint)))


@pytest.mark.parametrize("kind", OBJECTS.values(), ids=OBJECTS)
def test_no_name_is_taken_twice(kind: Any) -> None:
    """Fields and functions share one namespace in the API."""
    assert not kind.fields.keys() & kind.functions.keys()
    assert "id" not in {*kind.fields, *kind.functions}


def flagged(name: str) -> set[str]:
    """The functions with a flag."""
    return {f.original_name for kind in OBJECTS.values() for f in kind.functions.values() if getattr(f, name)}


def test_what_dagger_check_and_dagger_up_run_is_known() -> None:
    """A function more or less is a decision, taken here too."""
    assert flagged("check") == CHECKS
    assert flagged("service") == {"serve_api", "serve_frontend"}
    assert flagged("generate") == {"workflows"}


def test_checks_need_no_arguments() -> None:
    """`dagger check` cannot give any."""
    for name in CHECKS:
        parameters = OBJECTS["Pipeline"].functions[name].parameters.values()
        assert [parameter.name for parameter in parameters if not parameter.is_optional] == []


def test_functions_with_an_effect_are_never_cached() -> None:
    """The default keeps a result for a week, and what a scan says is of its day."""
    policies = {
        f"{name}.{f.name}": f.cache_policy
        for name, kind in OBJECTS.items()
        for f in kind.functions.values()
        if f.cache_policy is not None
    }
    outside = ["check", "promote", "prune", "publish", "reports", "reproduce", "scan", "verify"]
    outside += [
        "changelog",
        "keep_caches",
        "next_version",
        "notes",
        "plan",
        "rehearsal",
        "rehearse",
        "release",
        "workflows",
    ]
    assert policies == dict.fromkeys(
        [*(f"Pipeline.{verb}" for verb in outside), "App.scan", "Image.scan", "Image.publish", "Scanner.database"],
        "never",
    )


def test_only_this_modules_own_objects_have_default_paths() -> None:
    """A default path is this module's repository, also for a caller from another one: theirs must be passed.

    Relative ones are of the module's folder, so that a copy of it within another repository keeps its applications.
    """
    defaults = {
        f"{name}.{f.name}.{parameter.name}": parameter.default_path
        for name, kind in OBJECTS.items()
        for f in kind.functions.values()
        for parameter in f.parameters.values()
        if parameter.default_path
    }
    assert defaults == {
        "Pipeline..api_source": "api",
        "Pipeline..frontend_source": "frontend",
        "Pipeline..repository": "/",
    }


def test_what_only_a_developers_machine_holds_is_not_uploaded() -> None:
    """Neither secrets nor output of tools are part of the sources."""
    parameters = OBJECTS["Pipeline"].get_constructor().parameters
    assert {".env*", "**/.git"} <= set(parameters["api_source"].ignore)
    assert {".env*", "**/node_modules", "**/.next"} <= set(parameters["frontend_source"].ignore)
