"""The report of a check as one HTML page that needs nothing else: no network, no script, no server."""

import base64
import functools
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from pipeline.policy.results import Report
from pipeline.policy.text import line, whole
from pipeline.report.sizes_view import sizes
from pipeline.report.text import plural, seconds
from pipeline.report.view import view

if TYPE_CHECKING:
    import jinja2


def page(report: Report) -> str:
    """The page. The same report gives the same bytes."""
    style, script = _part("page.css"), _part("page.js")
    return _template().render(
        report=report,
        view=view(report),
        sizes=sizes(report),
        policy=_policy(style, script),
        style=style,
        script=script,
    )


def _policy(style: str, script: str) -> str:
    """A content security policy that allows this style and this script, and nothing else."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _part(name: str) -> str:
    return files("pipeline.report").joinpath("page", name).read_text("utf-8")


@functools.cache
def _template() -> "jinja2.Template":
    # Every call of the module pays for what is imported at its start, and few of them make a page.
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=FunctionLoader(_part),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters |= {"line": line, "plural": plural, "seconds": seconds}
    return environment.get_template("index.html.j2")


def _shown(value: object) -> object:
    """Clean whatever the template prints; what is HTML already was made of cleaned parts."""
    return value if hasattr(value, "__html__") else whole(str(value))
