"""Small programs that run inside containers, in the Node.js image; none has dependencies but a file beside it."""

import re
from importlib.resources import files
from typing import Final

import dagger

from pipeline.nodes.recipe import named

PATH: Final = "/opt/pipeline"


def run(container: dagger.Container, name: str, stage: str, *arguments: str) -> dagger.Container:
    """Put a probe at /opt/pipeline/NAME, with the files that it imports, and run it."""
    program = _source(name)
    for part in (name, *re.findall(r'from "\./([\w-]+\.mjs)";$', program, re.MULTILINE)):
        container = container.with_new_file(f"{PATH}/{part}", _source(part))
    return container.with_exec(named(stage, ["node", f"{PATH}/{name}", *arguments]))


def _source(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")
