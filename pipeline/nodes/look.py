"""A second look at what an image holds, by rules of our own and not a scanner's."""

import dagger
from dagger import dag

from pipeline.nodes import probes


def look(container: dagger.Container, image: str, own_layers: int) -> dagger.Container:
    """Describe the look at one variant; what it prints is for `policy.looks.parse_look`.

    `image` runs the probe; the last `own_layers` layers are the application's; 0 means that the base is not known.
    """
    probe = dag.container().from_(image).with_mounted_file("/image.tar", container.as_tarball())
    return probes.run(probe, "look.mjs", "look", "/image.tar", str(own_layers))
