"""The reference: a page of every object, function and argument, by the descriptions that the module has of them."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from docs.generator import module
from docs.generator.module import Argument, Function, Object, Type

_HEAD: Final = """\
# Reference

What the module registers with the engine, by its own descriptions: `uv run python -m docs.generator` writes this page,
and a test compares. `dagger call --help`, and `--help` after any function, print the same.

Names are those of the command line. In Python an argument is written `health_path`, in Go and TypeScript `healthPath`.
An argument of a list type may be given several times. A function runs again when its arguments changed; one that is
marked *never cached* runs at every call.
"""

_CONSTRUCTOR: Final = """\
Arguments of the constructor stand before the first function, as in `dagger call --trivy-db-max-age 7 scan`; for good
they stand in [`.env`](mirrors.md#arguments-for-good).
"""

_GROUPS: Final = (
    ("Verbs", "verbs"),
    ("To other objects", "makers"),
    ("To a changed copy", "copies"),
)

# What Markdown would take for its own; backticks stay, since descriptions name commands in them.
_SYNTAX: Final = re.compile(r"(`[^`]*`)|([\\*\[\]<>{}|]|(?<![^\W_])_|_(?![^\W_]))")


def text() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(part for found in module.objects() for part in _object(found)), *_enumerations()])


def _object(found: Object) -> Iterator[str]:
    yield f"## {found.name}\n\n{_escaped(found.doc)}\n"
    if found.interface:
        yield "An interface: any object of another module that has these functions is one.\n"
    if found.name == module.ROOT:
        yield f"{_CONSTRUCTOR}\n{_arguments(module.constructor())}"
    for title, group in _GROUPS:
        functions: Sequence[Function] = getattr(found, group)
        if functions:
            yield f"### {found.name}: {title.lower()}\n"
            yield from (_function(found.name, function) for function in functions)
    if found.fields:
        yield f"### {found.name}: fields\n\n{_fields(found.fields)}"


def _function(owner: str, function: Function) -> str:
    marks = [
        f"Returns {_type(function.returns)}",
        *(["a check of `dagger check`"] if function.check else []),
        *(["written by `dagger generate`"] if function.generate else []),
        *(["part of `dagger up`"] if function.up else []),
        *([] if function.cached else ["never cached"]),
    ]
    table = f"\n{_arguments(function.arguments)}" if function.arguments else ""
    return f"#### {owner}.{function.name}\n\n{_escaped(function.doc)}\n\n{'; '.join(marks)}.\n{table}"


def _arguments(arguments: Sequence[Argument]) -> str:
    rows = [[f"`--{a.name}`", _type(a.type), _default(a), _escaped(a.doc)] for a in arguments]
    return _table(["Argument", "Type", "Default", "What it is"], rows)


def _fields(fields: Sequence[Argument]) -> str:
    return _table(["Field", "Type", "What it is"], [[f"`{f.name}`", _type(f.type), _escaped(f.doc)] for f in fields])


def _default(argument: Argument) -> str:
    if argument.default is None:
        return "**required**"
    return f"`{argument.default}`" if argument.default else "none"


def _type(found: Type) -> str:
    """A type, with a link where this page has a section of it."""
    ours = {known.name for known in module.objects()} | set(module.enumerations())
    return f"[`{found.text}`](#{found.name.lower()})" if found.name in ours else f"`{found.text}`"


def _enumerations() -> Iterator[str]:
    yield "## Enumerations\n"
    for name, (doc, values) in module.enumerations().items():
        yield f"### {name}\n\n{_escaped(doc)}\n\n{', '.join(f'`{value}`' for value in values)}\n"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(' '.join(cell.split()) for cell in line)} |\n" for line in lines)


def _escaped(doc: str) -> str:
    return _SYNTAX.sub(lambda found: found[1] or f"\\{found[2]}", doc)
