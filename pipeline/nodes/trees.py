"""The hash of a directory's files, by which the same inputs are known again."""

from typing import Final

import dagger
from dagger import dag

from pipeline.nodes.recipe import named

# Neither attributes nor settings may change what is hashed, and no ignore list of the source leaves a file out.
_HASH: Final = """\
set -eu
# Of a repository within git takes the commit and not the files: then there is no hash that could be relied on.
[ -z "$(find /tree -mindepth 1 -name .git -print -quit)" ] || exit 0
export GIT_DIR=/git GIT_WORK_TREE=/tree GIT_CONFIG_NOSYSTEM=1
git init -q --object-format=sha256 /tree
mkdir -p /git/info
echo '* -text -filter -ident -working-tree-encoding -eol' >/git/info/attributes
cd /tree
git -c core.autocrlf=false -c core.fileMode=true -c core.symlinks=true -c core.protectNTFS=false \\
  -c core.protectHFS=false -c safe.directory='*' add --all --force .
git write-tree
"""

# Git's hash of a tree knows no empty ones. A name may hold anything but a zero byte.
_FOLDERS: Final = "cd /tree && find . -type d -print0 | LC_ALL=C sort -z >/folders"


def folders(directory: dagger.Directory, image: str) -> dagger.File:
    """The names of all folders, empty ones too, for a hash that is to know of them."""
    probe = dag.container().from_(image).with_mounted_directory("/tree", directory)
    return probe.with_exec(named("content key", ["sh", "-c", _FOLDERS])).file("/folders")


async def tree_hash(directory: dagger.Directory, image: str) -> str:
    """Git's hash of a tree of these files, SHA-256: names, contents, executable bits, links; no empty folders.

    "" where it cannot speak for all files, since a repository lies among them. `image` holds git and a shell.
    """
    probe = dag.container().from_(image).with_mounted_directory("/tree", directory)
    return (await probe.with_exec(named("content key", ["sh", "-c", _HASH])).stdout()).strip()
