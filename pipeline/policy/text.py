"""Text from outside: what tools, registries and people wrote."""

import re
from typing import Final

# Control characters, ANSI escapes and bidirectional overrides could move the cursor, forge a line, or turn one round.
_ESCAPES: Final = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


def clean(text: str) -> str:
    """Take escape sequences and control characters out; newlines and tabs stay."""
    return _ESCAPES.sub("", text)


def whole(text: str) -> str:
    """What a tool printed, without control characters, and such that it can be written to a file."""
    return clean(text).encode("utf-8", "replace").decode("utf-8")


def line(text: str) -> str:
    """The same on one line."""
    return " ".join(whole(text).split())
