"""What an image weighs and says of itself, read from the tarball that a registry would get."""

import json

import dagger
from dagger import dag

from pipeline.nodes import probes
from pipeline.policy.sizes import Layer, Measured


async def measure(archive: dagger.File, platform: str, image: str, own_layers: int) -> Measured:
    """Read one variant. `image` runs the probe; the last `own_layers` layers are the application's, 0 means all."""
    probe = dag.container().from_(image).with_mounted_file("/image.tar", archive)
    found = json.loads(await probes.run(probe, "measure.mjs", "measure", "/image.tar").stdout())
    inherited = len(found["layers"]) - own_layers if own_layers else 0
    layers = [
        Layer(
            digest=raw["digest"],
            compressed=raw["compressed"],
            unpacked=raw["unpacked"],
            content=raw["largest"],
            base=number < inherited,
            media_type=raw["mediaType"],
        )
        for number, raw in enumerate(found["layers"])
    ]
    return Measured(platform=platform, config=found["config"], layers=layers)
