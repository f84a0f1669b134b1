"""The words of a command line, and of a pipeline of the Dagger shell."""

import dataclasses
import re
import shlex
from collections.abc import Iterator


@dataclasses.dataclass(frozen=True)
class Bad(Exception):
    """A command line that says nothing right: the sentence that says why."""

    text: str


def split_words(command: str) -> list[str]:
    """The words of the first command of a line, without comments, pipes and redirections."""
    joined = re.sub(r"\\\n", " ", command)
    joined = re.sub(r"(?m)(^|\s)#\s.*$", " ", joined)
    lexer = shlex.shlex(joined, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split, lexer.commenters = True, ""
    found = list(lexer)
    end = next((at for at, word in enumerate(found) if word and set(word) <= set("|&;<>")), len(found))
    return found[:end]


def split(text: str, at: str) -> Iterator[str]:
    """Split where one of some characters stands outside of quotes and `$(...)`.

    Raises:
        Bad: a quote or a bracket is open at the end.
    """
    depth, quote, part = 0, "", ""
    for one in text:
        if quote:
            quote = "" if one == quote else quote
        elif one in "'\"":
            quote = one
        elif one in "()":
            depth += 1 if one == "(" else -1
        if one in at and not quote and not depth:
            yield part
            part = ""
        else:
            part += one
    if quote or depth:
        raise Bad(f"a quote or bracket is not closed: {text.strip()!r}")
    yield part


def unquoted(word: str) -> str:
    """A word without its quotes."""
    return word if word.startswith("$(") else "".join(shlex.split(word))
