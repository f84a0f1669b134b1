"""Commands on the page of the examples: each is one that the module in its folder has."""

import ast
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from docs.generator.module import kebab
from tests.docs.pages import EXAMPLES, ROOT, blocks, lines

PAGE = EXAMPLES / "README.md"


def shown() -> Iterator[tuple[str, str]]:
    """The folder that a reader goes to, and what is typed there."""
    for block in blocks(PAGE):
        first, *rest = lines(block)
        if found := re.fullmatch(r"cd (examples/\S+)", first):
            yield from ((found[1], line) for line in rest if line.startswith(("dagger ", "./")))


def functions(folder: Path) -> Mapping[str, set[str]]:
    """The functions of a module in Python or Go, each with its flags; the constructor's have no name."""
    found: dict[str, set[str]] = {}
    for path in folder.rglob("main.go"):
        for name, given in re.findall(r"^func \(m \*\w+\) (\w+)\(([^)]*)\)", path.read_text("utf-8"), re.MULTILINE):
            found[name.lower()] = set(re.findall(r"^\t(\w+) ", given, re.MULTILINE)) - {"ctx"}
    for path in folder.glob("**/src/*/__init__.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[""] = {kebab(ast.unparse(one.target)) for one in node.body if isinstance(one, ast.AnnAssign)}
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.decorator_list:
                found[kebab(node.name)] = {kebab(one.arg) for one in node.args.args} - {"self"}
    return found


def wrong(folder: Path, command: str) -> list[str]:
    """What of a command its folder lacks: a script, the function, or one of its flags."""
    program, *words = shlex.split(command)
    if program.startswith("./"):
        return [] if (folder / program).is_file() else [program]
    known = functions(folder)
    name = next((word for word in words[1:] if not word.startswith("-")), "")
    if words[0] != "call" or name not in known:
        return [name]
    flags = {word.removeprefix("--").partition("=")[0] for word in words if word.startswith("--")}
    return sorted(flags - known[name] - known.get("", set()))


@pytest.mark.parametrize(("folder", "command"), [*shown()])
def test_an_example_has_what_its_page_calls(folder: str, command: str) -> None:
    """The function is there, and takes what it is given."""
    assert wrong(ROOT / folder, command) == []


@pytest.mark.parametrize(
    ("folder", "command"),
    [
        ("go-service", "dagger call bild"),
        ("go-service", "dagger call check --to ghcr.io/acme"),
        ("go-module", "dagger call manifest --target x"),
        ("shell", "./bild.dsh"),
    ],
)
def test_what_an_example_has_not_is_found(folder: str, command: str) -> None:
    """Otherwise the test before would hold of anything."""
    assert wrong(EXAMPLES / folder, command) != []


@pytest.mark.parametrize("folder", ["kind/together", "monorepo"])
def test_a_part_of_a_repository_says_which_part_it_is(folder: str) -> None:
    """Otherwise a commit anywhere in the repository would be another version, and another commit all of it."""
    (found,) = (EXAMPLES / folder).glob("**/src/*/__init__.py")
    text = found.read_text("utf-8")
    assert text.count("repository=self.repository") == len(re.findall(r"\bpath=", text)) > 0
    (path,) = re.findall(r'"(examples/\S+)"', text)
    assert (ROOT / path).is_dir()


def test_the_page_calls_every_kind_of_example() -> None:
    """Python, Go, and a script."""
    assert {"examples/go-service", "examples/go-module", "examples/shell"} <= {folder for folder, _ in shown()}
