"""What git knows: everything that this module asks of a repository stands here."""

import dataclasses
import re
from collections.abc import Sequence
from typing import Final

import dagger
from dagger import dag

from pipeline.policy.plan import Checkout
from pipeline.policy.versions import History, parse_history

# One line an argument, which is a path, or several with a line each: revision, time, highest version tag before it,
# commits since, tags on HEAD, dirty, shallow.
# Fields are separated by tabs, which no ref name can hold (git-check-ref-format).
_PROBE: Final = """\
set -eu
export GIT_LITERAL_PATHSPECS=1
fail() { echo "pipeline-error: $1" >&2; exit 1; }
git config --global --add safe.directory '*'
git rev-parse --quiet --verify HEAD >/dev/null || fail 'the repository has no commit yet; make the first one'
shallow=$(git rev-parse --is-shallow-repository)
heads=$(git tag --points-at HEAD | tr '\\n' ' ')
number='(0|[1-9][0-9]*)'
# Paths are split at the ends of lines, and nowhere else; no name is taken for a pattern.
set -f
IFS='
'
for paths; do
  for path in $paths; do
    [ -e "$path" ] || [ -n "$(git log -1 --format=%H -- "$path")" ] ||
      fail "the repository has no $path; --path, --only and --files-path say what lies where in it"
  done
  revision=$(git log -1 --format=%H -- $paths)
  revision=${revision:-$(git rev-parse HEAD)}
  # Sorted without the v, and with ~ for the hyphen of a pre-release: sort -V puts that before the release.
  tag=$(git tag --merged "$revision" | grep -E "^v?$number[.]$number[.]$number(-[0-9A-Za-z.-]+)?\\$" |
    awk '{key = $0; sub(/^v/, "", key); sub(/-/, "~", key); print key "\\t" $0}' | sort -Vk1,1 | tail -n1 | cut -f2)
  distance=$(git rev-list --count "${tag:+$tag..}$revision")
  dirty=$(git status --porcelain --untracked-files=all -- $paths | head -c1)
  printf '%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$revision" "$(git log -1 --format=%ct "$revision")" \\
    "$tag" "$distance" "$heads" "${dirty:+dirty}" "$shallow"
done
"""


_HEAD: Final = """\
set -eu
git config --global --add safe.directory '*'
git rev-parse HEAD
git symbolic-ref --quiet HEAD || true
"""


# Commit, commit of the tag, whether something is changed, and the branches that hold the commit, a line each.
_RELEASE: Final = """\
set -eu
fail() { echo "pipeline-error: $1" >&2; exit 1; }
git config --global --add safe.directory '*'
git rev-parse --quiet --verify HEAD || fail 'the repository has no commit yet; make the first one'
[ "$(git rev-parse --is-shallow-repository)" = false ] ||
  fail 'this clone is shallow, so nobody knows which branch holds the commit; run git fetch --unshallow --tags'
git rev-parse --quiet --verify "refs/tags/$1^{commit}" || echo
changed=$(git status --porcelain --untracked-files=all)
echo "${changed:+changed}"
git for-each-ref --contains HEAD --format='%(refname)' refs/heads refs/remotes
"""


@dataclasses.dataclass(frozen=True)
class Head:
    """What is checked out: the commit, and the branch as `refs/heads/...`, "" where it is none."""

    commit: str
    ref: str = ""


async def head(repository: dagger.GitRepository, image: str) -> Head:
    """Ask git what is checked out; `image` holds git and a shell."""
    probe = (
        dag.container()
        .from_(image)
        .with_mounted_directory("/repository", (await checkout(repository)).filter(include=[".git"]))
        .with_workdir("/repository")
        .with_exec(["sh", "-c", _HEAD, "version"])
    )
    return Head(*(await probe.stdout()).split())


async def facts(repository: dagger.GitRepository, tag: str, image: str) -> Checkout:
    """Ask git what a release has to know: what is checked out, what the tag points at, who holds the commit."""
    probe = (
        dag.container()
        .from_(image)
        .with_mounted_directory("/repository", await checkout(repository))
        .with_workdir("/repository")
        .with_exec(["sh", "-c", _RELEASE, "version", tag])
    )
    return parse_facts(await probe.stdout())


def parse_facts(text: str) -> Checkout:
    """Read what the probe of a release printed."""
    commit, tagged, changed, *refs = text.splitlines()
    return Checkout(commit=commit, tagged=tagged, dirty=bool(changed), branches=_branches(refs))


def _branches(refs: Sequence[str]) -> list[str]:
    """The names of branches, here and on remotes, each once."""
    named = [ref.removeprefix("refs/heads/") for ref in refs if ref.startswith("refs/heads/")]
    named += [ref.split("/", 3)[3] for ref in refs if ref.startswith("refs/remotes/") and ref.count("/") > 2]  # noqa: PLR2004
    return [one for one in dict.fromkeys(named) if one != "HEAD"]


async def histories(repository: dagger.GitRepository, inputs: Sequence[Sequence[str]], image: str) -> list[History]:
    """Ask git for the history of the inputs of each application, all in one command.

    Args:
        repository: local or remote.
        inputs: paths of each, relative to the repository's root; "." is all of it.
        image: an image that holds git and a shell.
    """
    log = (
        dag.container()
        .from_(image)
        .with_mounted_directory("/repository", (await checkout(repository)).filter(include=_seen(inputs)))
        .with_workdir("/repository")
        .with_exec(["sh", "-c", _PROBE, "version", *map("\n".join, inputs)])
    )
    return parse_history(await log.stdout())


def _seen(inputs: Sequence[Sequence[str]]) -> list[str]:
    """What git has to see: its own folder and the paths asked for, so that other files change no cache key."""
    paths = [path for each in inputs for path in each]
    plain = all(re.fullmatch(r"[\w./-]+", path) for path in paths) and "." not in paths
    return [".git", ".gitignore", "**/.gitignore", *paths] if plain else []


async def checkout(repository: dagger.GitRepository) -> dagger.Directory:
    """The work tree with its .git: a local one as it stands, changes included; a remote one at its head."""
    if await repository.url():
        return repository.head().tree(depth=0, include_tags=True)
    return repository.uncommitted().after()
