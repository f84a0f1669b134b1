"""A Dockerfile that does the same as another, without what the engine remembers of it."""

import re
from collections.abc import Iterator
from typing import Final

from pipeline.nodes.recipe import SALT

_FLAGS: Final = re.compile(r"\A\s*RUN(?:(?:[\\`]\r?\n|[ \t])+--\S+)+", re.IGNORECASE)
_MOUNT: Final = re.compile(r"--mount=(?=\S*\btype=cache\b)\S+")
_HEREDOC: Final = re.compile(r"""(?:^|\s)\d*<<(-?)(["']?)(\w+)\2(?=\s|$)""")
_ESCAPE: Final = re.compile(r"\A(?:#.*\n)*?#\s*escape\s*=\s*`", re.IGNORECASE)


def afresh(text: str) -> str:
    """Declare the argument `SALT` in every stage, and name every cache mount by it.

    Its value, a build argument, is then part of what each RUN depends on, and no cache mount was there before.
    """
    out: list[str] = []
    for instruction, heredocs in _instructions(text):
        out += [_FLAGS.sub(lambda flags: _MOUNT.sub(_renamed, flags[0]), instruction), *heredocs]
        if instruction.split(maxsplit=1)[:1] and instruction.split(maxsplit=1)[0].upper() == "FROM":
            out.append(f"ARG {SALT}")
    return "\n".join(out) + "\n"


def _instructions(text: str) -> Iterator[tuple[str, list[str]]]:
    """Every instruction, blank line and comment as it stands, and the lines of its here-documents."""
    escape = "`" if _ESCAPE.match(text) else "\\"
    lines = text.splitlines()
    while lines:
        taken = [lines.pop(0)]
        # Comments and blank lines may stand within an instruction; by themselves they begin none.
        while lines and not _is_aside(taken[0]) and (_is_aside(taken[-1]) or taken[-1].rstrip().endswith(escape)):
            taken.append(lines.pop(0))
        heredocs: list[str] = []
        if not _is_aside(taken[0]):
            for dash, _, end in _HEREDOC.findall("\n".join(taken)):
                bare = [line.lstrip("\t") if dash else line for line in lines]
                length = bare.index(end) + 1 if end in bare else 0
                heredocs += lines[:length]
                del lines[:length]
        yield "\n".join(taken), heredocs


def _is_aside(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _renamed(mount: re.Match[str]) -> str:
    """The mount under another id; without one BuildKit takes the target for it."""
    options = mount[0].removeprefix("--mount=").split(",")
    known = dict(option.partition("=")[::2] for option in options)
    name = next((known[key] for key in ("id", "target", "dst", "destination") if key in known), "")
    kept = [option for option in options if not option.startswith("id=")]
    return f"--mount={','.join([*kept, f'id={name}-${{{SALT}}}'])}"
