"""What of a folder that it shares with others an application is built from."""

import posixpath
import re
from collections.abc import Sequence
from typing import Final

import dagger

from pipeline.nodes.scan import WAIVERS

# What lint and scan read at the root of a source: they hold for all that is in the folder.
_SHARED: Final = [".golangci.*", WAIVERS]


def parts(asked: Sequence[str]) -> list[str]:
    """The files and folders that alone are built from, as git and the engine both read them.

    Raises:
        ValueError: one of them is no path within the folder, or a pattern.
    """
    return [_part(one) for one in asked]


def part(folder: dagger.Directory, only: Sequence[str], ignored: Sequence[str] = ()) -> dagger.Directory:
    """A folder with these of its parts alone, if any are named, and what lint and scan read beside them."""
    return folder.filter(include=[*only, *_SHARED] if only else [], exclude=list(ignored))


def _part(asked: str) -> str:
    path = posixpath.normpath(asked)
    if path == "." or path.startswith("/") or ".." in path.split("/"):
        raise ValueError(
            f"{asked!r} of only is no path within the folder; name what lies in it, "
            "or give a folder that holds all of it as the source"
        )
    if re.search(r"[][*?!\\\n]", path):
        raise ValueError(f"{asked!r} of only is a pattern, which git and the engine read differently; name the folder")
    return path
