"""Workflows of GitHub Actions, as files: what they call and with which rights stands in the templates beside this."""

import functools
import textwrap
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from pipeline.policy.workflows import DAGGER, NAMES, Chain, Workflows

if TYPE_CHECKING:
    import jinja2

_INDENT: Final = " " * 10
_WIDTH: Final = 108


def workflows(wanted: Workflows, actions: Mapping[str, str]) -> dict[str, str]:
    """The files by name; the same wish gives the same bytes. `actions` has by name what a step uses."""
    own = wanted.github_registry
    given = {
        "wanted": wanted,
        "actions": actions,
        "calls": wanted.calls,
        "version": DAGGER,
        "username": "github.actor" if own else "vars.REGISTRY_USERNAME",
        "token": "github.token" if own else "secrets.REGISTRY_TOKEN",
        "written": functools.partial(_written, shell=wanted.shell),
    }
    names = NAMES if wanted.releases else NAMES[:-1]
    return {name: _environment().get_template(f"{name}.j2").render(given) for name in names}


def _written(chain: Chain, *, shell: bool) -> str:
    """A call as an input of the action: functions one after another, in the Dagger shell with a bar between them."""
    first, *others = chain
    steps = [first, *(f"| {one}" if shell else one for one in others)]
    # Broken at blanks alone, and not indented further: YAML folds all of it into one line.
    lines = [
        line for step in steps for line in textwrap.wrap(step, _WIDTH, break_long_words=False, break_on_hyphens=False)
    ]
    return "\n".join([f"{_INDENT}{'shell' if shell else 'call'}: >-", *(f"{_INDENT}  {line}" for line in lines)])


@functools.cache
def _environment() -> "jinja2.Environment":
    # Every call of the module pays for what is imported at its start, and few of them write workflows.
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415

    # `${{ }}` belongs to GitHub. What is written here is no HTML, and was seen to need no quotes (policy/workflows.py).
    return Environment(  # noqa: S701
        loader=FunctionLoader(_part),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
    )


def _part(name: str) -> str:
    return files("pipeline.report.workflows").joinpath(name).read_text("utf-8")
