"""Small programs that run inside containers, in the Node.js image; each is one file without dependencies."""

from importlib.resources import files
from typing import Final

import dagger

from pipeline.nodes.recipe import named

PATH: Final = "/opt/pipeline"


def run(container: dagger.Container, name: str, stage: str, *arguments: str) -> dagger.Container:
    """Put a probe at /opt/pipeline/NAME and run it."""
    program = files(__package__).joinpath(name).read_text("utf-8")
    command = ["node", f"{PATH}/{name}", *arguments]
    return container.with_new_file(f"{PATH}/{name}", program).with_exec(named(stage, command))
