"""Small programs that run inside containers, in the Node.js image; each is one file without dependencies."""

from importlib.resources import files
from typing import Final

import dagger

PATH: Final = "/opt/pipeline"


def mount(container: dagger.Container, name: str) -> dagger.Container:
    """Put a probe at /opt/pipeline/NAME."""
    return container.with_new_file(f"{PATH}/{name}", files(__package__).joinpath(name).read_text("utf-8"))
