"""Text from outside in Markdown that people also read as it stands: signs are escaped with a backslash."""

import re
from typing import Final

from pipeline.policy.text import line

BREAK: Final = "\u200b"
"""A blank of no width: links and mentions are made of the text that is shown, so no escape helps against them."""

_LINKS: Final = re.compile(r"@|\w:(?=/)|www(?=\.)|#(?=\d)|\bGH-(?=\d)", re.IGNORECASE)

# Within a word an underscore is no syntax.
_SYNTAX: Final = re.compile(r"[\\`*\[\]<>&|~#]|(?<![^\W_])_|_(?![^\W_])")
_BLOCK: Final = re.compile(r"^(?=[-+=])|^\d+(?=[.)](?:\s|$))")
_URL: Final = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.:-]*(?:/[A-Za-z0-9._~/?=&%:+,;-]*)?")


def escape(text: str) -> str:
    """A text on one line that is read as it stands: no link, mention, tag, heading, list or end of a cell."""
    escaped = _BLOCK.sub(r"\g<0>\\", _SYNTAX.sub(r"\\\g<0>", unlinked(text)))
    # A backslash before it means something else where formulas are read.
    return escaped.replace("$", "&#36;")


def link(text: str, url: str) -> str:
    """A name that leads to a page, where the address is a plain one of the web."""
    return f"[{escape(text)}]({url})" if text.strip() and is_page(url) else escape(text)


def unlinked(text: str) -> str:
    """A text on one line of which GitHub makes no link and no mention."""
    return _LINKS.sub(rf"\g<0>{BREAK}", line(text))


def is_page(url: str) -> bool:
    """Whether an address is a plain one of the web."""
    return bool(_URL.fullmatch(url))
