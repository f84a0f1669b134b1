"""Builds this package as uv does; where an engine installs it, Python compiles it and the SDK then, not at each call.

For a call an engine starts Python to ask for the module's types, for the constructor, and for each function. Both
packages are installed in place there, in a tree that keeps nothing of what such a process compiles.
"""

import compileall
import os
from collections.abc import Mapping
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Final

import uv_build
from uv_build import build_sdist, build_wheel, prepare_metadata_for_build_editable, prepare_metadata_for_build_wheel

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

_PACKAGES: Final = ("pipeline", "sdk/src")


def build_editable(
    wheel_directory: str, config_settings: Mapping[str, object] | None = None, metadata_directory: str | None = None
) -> str:
    """The hook of PEP 660: gives the name of the wheel."""
    if "DAGGER_MODULE" in os.environ:
        for package in filter(Path.is_dir, map(Path, _PACKAGES)):
            # What does not compile fails when it is imported, with its own message.
            _ = compileall.compile_dir(
                package, quiet=2, workers=0, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
            )
    return uv_build.build_editable(wheel_directory, config_settings, metadata_directory)
