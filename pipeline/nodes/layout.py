"""An image as an OCI layout: the engine's layers under documents that say the same at every build."""

from collections.abc import Sequence

import dagger
from dagger import dag

from pipeline.nodes.recipe import named
from pipeline.policy.documents import Document
from pipeline.policy.images import Variant, layout_index
from pipeline.policy.versions import Stamp

_VERSION = '{"imageLayoutVersion":"1.0.0"}'

# Members are sorted, and theirs are neither the moment nor the user of whoever writes: the archive has one digest too.
_PACK = """\
set -eu
mkdir /layout
for layers in /layers/*; do tar -xf "/images/${layers##*/}" -C /layout -T "$layers"; done
cp -R /documents/. /layout
mkdir /out
tar --sort=name --format=posix --pax-option=delete=atime,delete=ctime --mtime="@$1" --mode=a=rX,u+w \\
  --owner=0 --group=0 --numeric-owner -cf /out/image.tar -C /layout oci-layout index.json blobs
"""


def archive(
    archives: Sequence[dagger.File], variants: Sequence[Variant], index: Document, at: Stamp, image: str
) -> dagger.File:
    """All platforms in one tar archive (OCI image specification, image-layout.md).

    `archives` has a tarball for each of the variants, in their order. `image` has a shell and GNU tar.
    """
    documents = dag.directory().with_new_file("oci-layout", _VERSION)
    documents = documents.with_new_file("index.json", layout_index(index, at.version).raw.decode())
    for document in [index, *(part for variant in variants for part in (variant.config, variant.manifest))]:
        documents = documents.with_new_file(_path(document.digest), document.raw.decode())
    tools = dag.container().from_(image).with_mounted_directory("/documents", documents)
    for number, (packed, variant) in enumerate(zip(archives, variants, strict=True)):
        _, *layers = variant.manifest.blobs
        names = dict.fromkeys(_path(layer.digest) for layer in layers)
        tools = tools.with_mounted_file(f"/images/{number}", packed)
        tools = tools.with_new_file(f"/layers/{number}", "".join(f"{name}\n" for name in names))
    return tools.with_exec(named("tarball", ["sh", "-c", _PACK, "tarball", str(at.time)])).file("/out/image.tar")


def _path(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"
