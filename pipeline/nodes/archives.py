"""The layers of an image as registries hold them."""

import enum

import dagger

from pipeline.nodes.typed import enum_type


@enum_type
class Compression(enum.Enum):
    """How layers are compressed. Docker before 23 and some older registries' scanners do not read zstd."""

    GZIP = "gzip"
    ZSTD = "zstd"


def archived(container: dagger.Container, compression: str) -> dagger.File:
    """An image of one platform as a tarball. With zstd the layers of the base are compressed anew, too."""
    if compression == Compression.ZSTD.value:
        return container.as_tarball(forced_compression=dagger.ImageLayerCompression.Zstd)
    return container.as_tarball()
