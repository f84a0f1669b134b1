"""Whether a command line with `dagger` says something that the module understands.

    problems("dagger call api build size")                    # [] when it is right
    problems("dagger -c 'go-app shop ./shop | build | size'")
    script_problems("go-app shop ./shop | build | size")      # a script of the Dagger shell

Functions, flags and the types of values are those that the module registers, and behind them those of Dagger's own
types (`export`, `up`, ...). What an environment variable holds is not known, and taken as right. A call of another
module (`-m ADDRESS`) is held against this one: ask only for those that name it.
"""

# ruff: noqa: ANN401 - types are values here

import contextlib
import io
import re
from collections.abc import Sequence
from typing import Any, Final

import dagger
from dagger.client.base import Type

from docs.generator.module import OBJECTS, element
from pipeline.host import arguments
from pipeline.host.commands import COMMANDS
from pipeline.main import Pipeline

from .offered import Function, constructor, functions, is_interface, members
from .words import Bad, split, split_words, unquoted

_ALONE: Final = set("jyqsdviwEM") | {
    *("json", "auto-apply", "quiet", "silent", "debug", "verbose", "interactive", "web", "no-exit", "no-mod"),
    *("eager-runtime", "help", "list", "loop"),
}
_VALUED: Final = {"m", "o", "mod", "output", "progress", "interactive-command", "lock", "allow-llm", "x-release"}
"""Flags of the CLI, anywhere on the line: those that stand alone, and those that take a value."""

_FORMS: Final = {
    int: r"-?\d+",
    float: r"-?\d+(\.\d+)?",
    bool: "true|false",
    dagger.Platform: r"[a-z0-9]+/[a-z0-9_]+(/v\d)?",
    dagger.Secret: r"(env|file|cmd|op|vault|libsecret|aws\+sm|aws\+ps|gcp|bws)://.+",
    dagger.Service: r"(tcp|udp)://[^\s:]+:\d+",
    dagger.PortForward: r"\d+(:\d+)?",
}
_LISTS: Final = {"check": ("check", "generate"), "generate": ("generate",), "up": ("service",)}
"""What the functions are marked with that a command runs; each generator is a check, too."""

_OTHERS: Final = {"core", "develop", "functions", "init", "install", "login", "uninstall", "update", "version"}
"""Commands of the CLI in which nothing is the module's."""


def problems(command: str) -> list[str]:
    """What is wrong with a command line; it begins with `dagger` or `uv run pipeline`, variables may stand before."""
    words = split_words(command)
    while words and re.match(r"[A-Za-z_]\w*=", words[0]):
        words = words[1:]
    if words[:3] == ["uv", "run", "pipeline"]:
        if words[3] in COMMANDS:
            return _host(words[3], words[4:])
        words = ["dagger", "call", *words[3:]]
    if words[:1] != ["dagger"]:
        return [f"{command!r} calls no dagger"]
    try:
        _dagger(words[1:])
    except Bad as found:
        return [found.text]
    return []


def _host(name: str, words: Sequence[str]) -> list[str]:
    """What a command of the host says of its arguments."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            getattr(arguments, name.replace("-", "_"))().parse_args(words)
    except SystemExit:
        return [said.getvalue().splitlines()[-1]]
    return []


def script_problems(script: str) -> list[str]:
    """What is wrong with a script of the Dagger shell, a sentence a statement."""
    joined = re.sub(r"\\\n|(?<=\|)\s*\n|\n(?=\s*\|)", " ", script)
    found = []
    for line in filter(str.strip, re.split(r"\n|;", joined)):
        try:
            _pipeline(line)
        except Bad as problem:
            found.append(problem.text)
    return found


def _dagger(words: Sequence[str]) -> None:
    words = list(words)
    while words and words[0].startswith("-"):
        flag = words.pop(0)
        if flag in {"-c", "--command"}:
            if found := script_problems(words[0]):
                raise Bad("; ".join(found))
            return
        if not _of_cli(flag, words):
            raise Bad(f"dagger has no flag {flag}")
    verb = words.pop(0) if words else ""
    if verb == "call":
        _call(words)
    elif verb in _LISTS:
        _picked(verb, words)
    elif verb not in _OTHERS:
        raise Bad(f"the CLI has no command {verb!r} that is known here")


def _call(words: list[str]) -> None:
    kind = _flags("the module", constructor(), words)
    while words:
        name = words.pop(0)
        kind = _flags(name, _function(kind, name), words)


def _picked(verb: str, words: list[str]) -> None:
    there = OBJECTS["Pipeline"].functions.values()
    known = {one.original_name for one in there if any(getattr(one, mark) for mark in _LISTS[verb])}
    for name in [word for word in words if not word.startswith("-")]:
        if name.replace("-", "_") not in known:
            raise Bad(f"`dagger {verb}` knows no {name}; there are {', '.join(sorted(known))}")


def _function(kind: Any, name: str) -> Function:
    known = functions(element(kind) or kind)
    if name not in known:
        there = f"; it has {', '.join(sorted(known))}" if known else ", since it is a value"
        raise Bad(f"{_named(kind)} has no function {name}{there}")
    return known[name]


def _flags(name: str, function: Function, words: list[str], given: Sequence[str] = ()) -> Any:
    """Take the flags of a function off the words; gives the type of what it gives."""
    seen = set(given)
    while words and words[0].startswith("-"):
        word = words.pop(0)
        flag, equals, value = word.removeprefix("--").partition("=")
        if not (word.startswith("--") and flag in function.flags):
            if not _of_cli(word, words):
                known = ", ".join(f"--{one}" for one in function.flags) or "none"
                raise Bad(f"{name} has no flag {word.partition('=')[0]}; it has {known}")
            continue
        hint = function.flags[flag].hint
        if not equals:
            value = "true" if hint is bool else _next(word, words)
        _hold(f"--{flag} of {name}", hint, value)
        seen.add(flag)
    if missing := [f"--{flag}" for flag, one in function.flags.items() if one.required and flag not in seen]:
        raise Bad(f"{name} needs {' and '.join(missing)}")
    return function.gives


def _of_cli(word: str, words: list[str]) -> bool:
    """Whether it is a flag of the CLI; its value is taken off the words."""
    name, equals, _ = word.lstrip("-").partition("=")
    if word.startswith("--") == (len(name) == 1):
        return bool(name) and not word.startswith("--") and set(name) <= _ALONE
    if name in _VALUED:
        _ = equals or _next(word, words)
        return True
    return name in _ALONE


def _next(word: str, words: list[str]) -> str:
    if not words:
        raise Bad(f"{word} has no value")
    return words.pop(0)


def _hold(what: str, hint: Any, value: str) -> None:
    """See that a value is of a type, as far as a command line shows it."""
    if found := re.fullmatch(r"\$\((.*)\)", value, re.DOTALL):
        if (kind := _pipeline(found[1])) not in {None, hint} and not is_interface(hint):
            raise Bad(f"{what} takes {_named(hint)}, and is given {_named(kind)}")
        return
    if "$" in value:
        return
    if kind := element(hint):
        for one in value.split(","):
            _hold(what, kind, one)
        return
    if (known := members(hint)) and value not in known:
        raise Bad(f"{what} takes one of {', '.join(known)}, and {value!r} is none")
    if hint in _FORMS and not re.fullmatch(_FORMS[hint], value):
        raise Bad(f"{what} takes {_named(hint)}, and {value!r} is none")
    if getattr(hint, "__name__", "") in OBJECTS:
        raise Bad(f"{what} takes {_named(hint)}, an object of the module: only the shell and other modules give one")
    if isinstance(hint, type) and issubclass(hint, Type) and not value:
        raise Bad(f"{what} takes {_named(hint)}, and is given nothing")


def _named(kind: Any) -> str:
    return f"list of {_named(element(kind))}" if element(kind) else getattr(kind, "__name__", str(kind))


def _pipeline(text: str) -> Any:
    """Check a pipeline of the shell; gives the type of what it gives, None where nobody knows it."""
    kind: Any = Pipeline
    for number, part in enumerate(split(text, "|")):
        words = [word for word in split(part.strip(), " \t") if word]
        if not words:
            raise Bad(f"a part of the pipeline is empty: {text.strip()!r}")
        name = words.pop(0)
        if name.startswith(("$", ".")) and name != ".":
            return None
        if not number and (name in {".", "pipeline"} or "/" in name):
            kind = _flags("the module", constructor(), words)
            continue
        if not number and name not in functions(kind):
            kind = dagger.Client
        kind = _step(name, _function(kind, name), [unquoted(word) for word in words])
    return kind


def _step(name: str, function: Function, words: list[str]) -> Any:
    """A function of the shell: what it needs may stand without a flag, in order."""
    needed = [flag for flag, one in function.flags.items() if one.required]
    given = []
    for flag, word in zip(needed, list(words), strict=False):
        if word.startswith("-") and word != "--":
            break
        _hold(f"{flag} of {name}", function.flags[flag].hint, word)
        given.append(flag)
        words.pop(0)
        if element(function.flags[flag].hint) and flag == needed[-1]:
            return function.gives
    kind = _flags(name, function, words, given)
    if words:
        raise Bad(f"{name} takes no {words[0]!r}")
    return kind
