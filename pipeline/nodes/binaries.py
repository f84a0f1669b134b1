"""Binaries of a Go application for people's machines: archives in which the same commit has the same bytes."""

import dataclasses
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

import dagger
from dagger import dag

from pipeline.nodes.app import App
from pipeline.nodes.errors import stage
from pipeline.nodes.go import Go
from pipeline.nodes.recipe import named
from pipeline.nodes.settings import Toolbox
from pipeline.policy import assets
from pipeline.policy.platforms import MACHINES
from pipeline.policy.versions import Stamp

_STAGE: Final = "binaries"
_PROGRAM: Final = "pack.go"
_PLAIN: Final = MACHINES[0]
"""The machine whose binary is also there as it is."""


async def binaries(app: App, at: Stamp, license: dagger.File, readme: dagger.File) -> dict[str, dagger.File]:  # noqa: A002
    """An archive for each machine, and the plain binary for linux/amd64, by the name of the asset.

    Compiling starts when a file is asked for something. `license` and `readme` keep their names in the archives.

    Raises:
        Failed: it is no Go application, or needs cgo; or two files of an archive would have one name.
    """
    with stage(app.name, _STAGE):
        if not app.go:
            raise ValueError(
                "there are binaries of Go applications alone; leave it out of what is released as binaries"
            )
        order = dataclasses.replace(app.sources, stamp=at)
        compiled = {machine: app.go.cross(order, machine) for machine in MACHINES}
        texts = {await text.name(): text for text in (license, readme)}
        packer = _packer(app.tools)
        found = {}
        for machine, binary in compiled.items():
            program = f"{app.go.binary}.exe" if machine.is_windows else app.go.binary
            if program in texts or len(texts) == 1:
                raise ValueError(f"two of {program}, licence and readme ({', '.join(texts)}) have one name; rename one")
            archive = assets.archive(app.go.binary, at.version, machine)
            found[archive] = _packed(packer, app.tools, archive, at, program, texts | {program: binary})
        return found | {assets.plain(app.go.binary, at.version): compiled[_PLAIN]}


def _packer(tools: Toolbox) -> dagger.File:
    """The program that packs: Go's own library writes both formats, and no image here has a program for zip."""
    source = files("pipeline.nodes.probes").joinpath(_PROGRAM).read_text("utf-8")
    builder = Go(binary="pack").toolchain(tools).with_new_file(f"/src/{_PROGRAM}", source)
    return builder.with_exec(named(_STAGE, ["go", "build", "-o", "/out/pack", _PROGRAM])).file("/out/pack")


def _packed(
    packer: dagger.File, tools: Toolbox, archive: str, at: Stamp, program: str, content: Mapping[str, dagger.File]
) -> dagger.File:
    container = dag.container().from_(tools.go).with_mounted_file("/opt/pipeline/pack", packer)
    for name, file in content.items():
        container = container.with_mounted_file(f"/files/{name}", file)
    command = ["/opt/pipeline/pack", archive, str(at.time), "/files", program]
    return container.with_workdir("/out").with_exec(named(_STAGE, command)).file(f"/out/{archive}")
