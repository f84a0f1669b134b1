"""History: the next version and the changelog, from the tags and commits of a repository."""

import dataclasses
import datetime as dt
import enum
import shlex
from collections.abc import Sequence
from typing import Annotated, Final

import dagger
import semver
from dagger import Doc, dag

from pipeline.nodes import git
from pipeline.nodes.errors import stage
from pipeline.nodes.typed import enum_type
from pipeline.policy import bumps
from pipeline.policy.bumps import Asked, before, latest, tag_of
from pipeline.policy.changelog import FILE, has, notes, released
from pipeline.policy.commits import LOG_OPTIONS, Commit, parse_log
from pipeline.policy.sites import Site
from pipeline.policy.versions import release_of

_BEGIN: Final = """\
set -eu
export GIT_LITERAL_PATHSPECS=1
fail() { echo "pipeline-error: $1" >&2; exit 1; }
git config --global --add safe.directory '*'
git rev-parse --quiet --verify HEAD >/dev/null || fail 'the repository has no commit yet; make the first one'
[ "$(git rev-parse --is-shallow-repository)" = false ] ||
  fail 'versions come from the history, and this clone is shallow; run git fetch --unshallow --tags, or fetch-depth: 0'
"""

# Names of tags hold no blanks (git-check-ref-format).
_TAGS: Final = f"""\
{_BEGIN}
git for-each-ref --format='all %(refname:strip=2)' refs/tags
git for-each-ref --merged="$1" --format='held %(refname:strip=2)' refs/tags
"""

# The engine's answers are text, in which no NUL byte should travel; the one in its place is taken out of messages.
_LOG: Final = f"""\
{_BEGIN}
since=$1 until=$2; shift 2
for path; do
  [ -n "$(git ls-tree HEAD -- "$path")" ] || fail "the repository has no $path; give a path that commits touch"
done
file=$(mktemp)
git log {shlex.join(LOG_OPTIONS)} "${{since:+$since..}}$until" -- "$@" >"$file"
tr '\\036\\000' ' \\036' <"$file"
"""

_STAGE: Final = "changelog"


@enum_type
class Bump(enum.Enum):
    """Which part of the version is raised: what the commits ask for, or one that a person names."""

    COMMITS = "commits"
    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"
    PRERELEASE = "prerelease"


Bumped = Annotated[Bump, Doc("Raise what the commits ask for, or this part whatever they say")]
Identifier = Annotated[str, Doc("What pre-releases are called")]
Paths = Annotated[list[str] | None, Doc("Count only commits that touch these paths")]
Version = Annotated[str, Doc("This version, as v1.2.3; default: the next one")]
Url = Annotated[str, Doc("Page of the repository, as https://github.com/acme/api, for links")]


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Records:
    """A repository, and the image with git and a shell that reads it."""

    repository: dagger.GitRepository
    image: str

    async def tags(self, tag: str = "") -> tuple[list[str], list[str]]:
        """All tags, and those on the commit of one, or on HEAD, and on its ancestors."""
        rows = [row.split(" ", 1) for row in (await self._run(_TAGS, _ref(tag))).split("\n") if row]
        return [name for kind, name in rows if kind == "all"], [name for kind, name in rows if kind == "held"]

    async def log(self, since: str = "", until: str = "", paths: Sequence[str] = ()) -> list[Commit]:
        """Commits after a tag, or from the beginning, up to a tag, or to HEAD, newest first; all, or those on paths."""
        after = _ref(since) if since else ""
        return parse_log((await self._run(_LOG, after, _ref(until), *paths)).replace("\x1e", "\0"))

    async def decided(self, asked: Asked) -> semver.Version:
        """The version that is next."""
        known, held = await self.tags()
        return bumps.decided(asked, known, held, await self.log(latest(held), paths=asked.paths))

    async def changelog(self, asked: Asked, url: str, *, fixed: bool = False) -> tuple[semver.Version, str]:
        """The version that is meant, and CHANGELOG.md with its section; one that is `fixed` need not be the next."""
        root = await git.checkout(self.repository)
        text = await root.file(FILE).contents() if FILE in await root.entries() else ""
        if asked.version and has(text, asked.version):
            return asked.version, text
        known, held = await self.tags()
        version, tag = asked.version, tag_of(known, asked.version) if asked.version else ""
        if version and tag:
            _, held = await self.tags(tag)
        elif not (version and fixed):
            version = await self.decided(asked)
        previous = before(held, version)
        commits = await self.log(previous, tag, asked.paths)
        site = Site.of(url or await self.repository.url() or "")
        return version, released(text, version, dt.datetime.now(dt.UTC).date(), commits, site.url, previous)

    async def _run(self, script: str, *arguments: str) -> str:
        root = (await git.checkout(self.repository)).filter(include=[".git"])
        container = dag.container().from_(self.image).with_mounted_directory("/repository", root)
        ready = container.with_workdir("/repository")
        return await ready.with_exec(["sh", "-c", script, "history", *arguments]).stdout()


async def next_version(repository: dagger.GitRepository, image: str, wish: Asked) -> str:
    """The next version, without a v; `image` holds git and a shell, here and below.

    Raises:
        Failed: there is none.
    """
    with stage("pipeline", "next-version"):
        return str(await _Records(repository=repository, image=image).decided(wish))


async def changelog(repository: dagger.GitRepository, image: str, wish: Asked, url: str = "") -> dagger.Changeset:
    """What a version changes in CHANGELOG.md.

    Raises:
        Failed: there is no such version, or it has another section already.
    """
    with stage("pipeline", _STAGE):
        _, text = await _Records(repository=repository, image=image).changelog(wish, url)
    held = (await git.checkout(repository)).filter(include=[FILE])
    return held.with_new_file(FILE, text).changes(held)


async def notes_of(
    repository: dagger.GitRepository, image: str, wish: Asked, url: str = "", *, fixed: bool = False
) -> tuple[semver.Version, str]:
    """The version that is meant, and what the changelog says of it, or is going to.

    One that is `fixed` need not be the next.

    Raises:
        Failed: there is no such version.
    """
    with stage("pipeline", _STAGE):
        found, text = await _Records(repository=repository, image=image).changelog(wish, url, fixed=fixed)
        return found, notes(text, found)


def asked(
    bump: Bump = Bump.COMMITS, version: str = "", identifier: str = bumps.CANDIDATE, path: Sequence[str] | None = None
) -> Asked:
    """What a caller asks for.

    Raises:
        Failed: the version is none.
    """
    with stage("pipeline", _STAGE):
        return Asked(
            bump=None if bump is Bump.COMMITS else bumps.Bump(bump.value),
            version=release_of(version) if version else None,
            identifier=identifier,
            paths=path or [],
        )


def _ref(tag: str) -> str:
    return f"refs/tags/{tag}" if tag else "HEAD"
