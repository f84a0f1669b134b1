"""The rules that the design sets, on the source itself."""

import ast
import functools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipeline

ROOT = Path(pipeline.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
TREES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in FILES}
MODULES = [pytest.param(tree, id=name) for name, tree in TREES.items()]

Function = ast.FunctionDef | ast.AsyncFunctionDef


@functools.cache
def nodes(tree: ast.Module) -> list[ast.AST]:
    """All that a module is made of."""
    return [*ast.walk(tree)]


def functions(tree: ast.Module) -> list[Function]:
    """Every function and method."""
    return [node for node in nodes(tree) if isinstance(node, Function)]


def is_exposed(node: Function) -> bool:
    """Whether it is a Dagger function: its arguments are a form, one option a line."""
    return "function" in map(ast.unparse, node.decorator_list)


def docstring_lines(node: ast.AST) -> int:
    """Lines of the docstrings in it."""
    return sum(
        (expression.end_lineno or 0) - expression.lineno + 1
        for expression in ast.walk(node)
        if isinstance(expression, ast.Expr) and isinstance(expression.value, ast.Constant)
    )


def signature_lines(node: Function) -> int:
    """Lines of a Dagger function before its body."""
    return node.body[0].lineno - node.lineno if is_exposed(node) else 0


def imports(tree: ast.Module) -> Iterator[str]:
    """Full names of the modules, and of what is taken out of them."""
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def public(tree: ast.Module) -> Iterator[ast.Module | ast.ClassDef | Function]:
    """The module, its public classes and functions, and the public methods of these classes."""
    yield tree
    owners: list[ast.Module | ast.ClassDef] = [tree, *(child for child in tree.body if isinstance(child, ast.ClassDef))]
    for node in owners:
        for child in node.body:
            if isinstance(child, ast.ClassDef | Function) and not child.name.startswith("_"):
                yield child


def is_overload(node: ast.AST) -> bool:
    """Whether it is only a signature for type checkers."""
    return isinstance(node, Function) and "overload" in map(ast.unparse, node.decorator_list)


@pytest.mark.parametrize("tree", MODULES)
def test_files_are_short(tree: ast.Module) -> None:
    """At most 250 lines, without docstrings and the signatures of Dagger functions."""
    lines = max((getattr(node, "end_lineno", 0) for node in nodes(tree)), default=0)
    forms = sum(map(signature_lines, functions(tree)))
    assert lines - docstring_lines(tree) - forms <= 250


@pytest.mark.parametrize("tree", MODULES)
def test_functions_are_short(tree: ast.Module) -> None:
    """At most 30 lines, counted in the same way."""
    for node in functions(tree):
        lines = (node.end_lineno or 0) - node.lineno + 1 - docstring_lines(node) - signature_lines(node)
        assert lines <= 30, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("tree", MODULES)
def test_what_is_public_says_what_it_does(tree: ast.Module) -> None:
    """Modules, classes, functions and methods have docstrings: people read them as the help."""
    assert [getattr(n, "name", "module") for n in public(tree) if not (ast.get_docstring(n) or is_overload(n))] == []


@pytest.mark.parametrize(
    ("room", "allowed"),
    [
        ("policy/", ("semver", "yaml", "pipeline.policy")),
        ("report/", ("jinja2", "pipeline.policy", "pipeline.report")),
        ("remote/", ("httpx", "anyio", "pipeline.policy", "pipeline.remote")),
        ("rehearsal/", ("pipeline.rehearsal",)),
        ("host/", ("anyio", "semver", "pipeline.policy", "pipeline.remote", "pipeline.report", "pipeline.host")),
    ],
)
def test_rooms_know_only_what_the_design_lets_them(room: str, allowed: tuple[str, ...]) -> None:
    """Policy decides, report shows, remote talks, host asks git: none of them knows Dagger or the nodes."""
    for name, tree in TREES.items():
        if name.startswith(room):
            foreign = [m for m in imports(tree) if m.split(".")[0] not in sys.stdlib_module_names]
            assert [m for m in foreign if not m.startswith(allowed)] == [], name


@pytest.mark.parametrize("tree", MODULES)
def test_nobody_imports_main(tree: ast.Module) -> None:
    """It is the door; what is shared lies behind it."""
    assert not [name for name in imports(tree) if name.startswith("pipeline.main")]


@pytest.mark.parametrize("tree", MODULES)
def test_nodes_are_never_changed(tree: ast.Module) -> None:
    """`with_...` returns a changed copy: nothing is assigned to an attribute of `self`."""
    changed = [
        ast.unparse(node)
        for node in nodes(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del)
        if isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
    ]
    assert changed == []


@pytest.mark.parametrize("tree", MODULES)
def test_names_that_the_engine_takes_are_left_to_it(tree: ast.Module) -> None:
    """No function `id`, and no argument that is a flag of the CLI."""
    exposed = [node for node in functions(tree) if is_exposed(node)]
    assert "id" not in [node.name for node in exposed]
    arguments = [argument.arg for node in exposed for argument in [*node.args.args, *node.args.kwonlyargs]]
    assert not {"output", "json"} & set(arguments)


@pytest.mark.parametrize("tree", MODULES)
def test_decorators_with_common_names_are_qualified(tree: ast.Module) -> None:
    """A method called check, up or generate would shadow the bare decorator while the class is read."""
    decorators = {ast.unparse(decorator) for node in functions(tree) for decorator in node.decorator_list}
    assert not {"check", "up", "generate"} & decorators


def test_every_image_is_pinned_by_digest_and_has_a_reason() -> None:
    """A tag can be moved; a digest cannot. Below each pin stands what it is for."""
    body = TREES["pins.py"].body
    pins = [node for node in body if isinstance(node, ast.AnnAssign)]
    assert len(pins) >= 8
    for pin in pins:
        assert pin.value
        address = ast.literal_eval(pin.value)
        assert re.fullmatch(r"[a-z0-9./-]+:[A-Za-z0-9._-]+@sha256:[0-9a-f]{64}", address), address
        reason = body[body.index(pin) + 1]
        assert isinstance(reason, ast.Expr), ast.unparse(pin.target)
        assert isinstance(reason.value, ast.Constant), ast.unparse(pin.target)
