"""The caller's checkout: what git knows of it and of its remote, and what a release writes into it."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from pipeline.host.git import CheckoutError, Git, GitError
from pipeline.policy.commits import LOG_OPTIONS, Commit, parse_log

_BRANCH: Final = "refs/heads/"
_TAG: Final = "refs/tags/"
_SHOWN: Final = 3

_PATIENCE: Final = 60
"""Seconds that a remote may take to list its refs."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Remote:
    """What a remote has: its branch's commit, "" where it has none, and its tags, each with its object."""

    name: str
    branch: str
    head: str
    tags: dict[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Checkout:
    """A work tree: `git` runs where the caller stands, so that paths are those that were typed, `top` in its root."""

    git: Git
    top: Git

    @classmethod
    def of(cls, folder: Path) -> Self:
        """The one that a folder lies in.

        Raises:
            CheckoutError: it lies in none, nothing is committed, or history is missing.
        """
        git = Git(folder)
        try:
            root = Path(git("rev-parse", "--show-toplevel"))
        except GitError as error:
            raise CheckoutError(f"{folder} is in no git checkout that can be read ({error}); go into one") from None
        if not git.holds("rev-parse", "--quiet", "--verify", "HEAD"):
            raise CheckoutError("the repository has no commit yet; make the first one")
        if git("rev-parse", "--is-shallow-repository") == "true":
            raise CheckoutError(
                "the version comes from git's history, and this clone is shallow; "
                "run `git fetch --unshallow --tags` (in GitHub Actions: fetch-depth: 0)"
            )
        return cls(git, Git(root))

    def tags(self) -> list[str]:
        """Names of all tags."""
        return self._tags()

    def tags_within(self, tag: str = "") -> list[str]:
        """Names of the tags on a tag's commit, or on HEAD, and on its ancestors."""
        return self._tags("--merged", f"{_TAG}{tag}" if tag else "HEAD")

    def tags_here(self) -> list[str]:
        """Names of the tags on HEAD."""
        return self._tags("--points-at", "HEAD")

    def log(self, since: str, paths: Sequence[str] = (), until: str = "") -> list[Commit]:
        """Commits after a tag, or from the beginning, up to a tag, or to HEAD, newest first; all, or those on paths.

        Raises:
            CheckoutError: a path is not there.
        """
        if missing := [path for path in paths if not (self.git.folder / path).exists()]:
            raise CheckoutError(f"there is no {missing[0]} in {self.git.folder}; give a path that commits touch")
        end = f"{_TAG}{until}" if until else "HEAD"
        commits = f"{_TAG}{since}..{end}" if since else end
        return parse_log(self.git("--literal-pathspecs", "log", *LOG_OPTIONS, commits, "--", *paths))

    def commit(self, name: str = "HEAD") -> str:
        """The commit that a name stands for."""
        return self.git("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")

    def tagged(self, tag: str) -> str:
        """The commit that a tag leads to; "" where there is no such tag."""
        known = self.git.holds("rev-parse", "--quiet", "--verify", f"{_TAG}{tag}^{{commit}}")
        return self.commit(f"{_TAG}{tag}") if known else ""

    def branches(self) -> list[str]:
        """Names of the branches that hold HEAD, here and on remotes, each once."""
        refs = ((_BRANCH, "2"), ("refs/remotes/", "3"))
        asked = [
            self.git("for-each-ref", "--contains=HEAD", f"--format=%(refname:lstrip={strip})", where)
            for where, strip in refs
        ]
        # The HEAD of a remote is one of its branches once more.
        return [name for name in dict.fromkeys("\n".join(asked).split("\n")) if name not in {"", "HEAD"}]

    def is_annotated(self, tag: str) -> bool:
        """Whether a tag is an object of its own, with who made it and when."""
        return self.git("cat-file", "-t", f"{_TAG}{tag}") == "tag"

    def record(self, name: str, message: str, start: str) -> None:
        """Commit a file of the root, on top of a commit.

        Raises:
            GitError: git, or a hook, refused.
            CheckoutError: another commit was made meanwhile.
        """
        try:
            self.top("add", "--", name)
            self.top("commit", "--quiet", "--message", message, "--", name)
        except GitError:
            if self.commit() != start:
                raise CheckoutError("somebody else committed here meanwhile; run this again") from None
            raise

    def branch(self) -> str:
        """The branch that is checked out.

        Raises:
            CheckoutError: it is none.
        """
        if branch := self._branch():
            return branch
        raise CheckoutError(
            "no branch is checked out (detached HEAD), so a commit would be on none; run `git switch BRANCH`"
        )

    def changed(self) -> list[str]:
        """Files that are neither committed as they are nor ignored."""
        return [row[3:] for row in self.git("status", "--porcelain", "--untracked-files=all").split("\n") if row]

    def refuse_changes(self) -> None:
        """See that everything is committed, or ignored.

        Raises:
            CheckoutError: something is not.
        """
        if changed := self.changed():
            more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
            raise CheckoutError(
                f"the checkout has changes that are not committed: {', '.join(changed[:_SHOWN])}{more}; "
                "commit them, or put them away with `git stash --include-untracked`"
            )

    def remote_name(self) -> str:
        """The remote of the branch, else `origin`, else the only one; "" where there is none.

        Raises:
            CheckoutError: there are several, and nothing says which.
        """
        names = [name for name in self.git("remote").split("\n") if name]
        tracked = self._tracked("remotename")
        if tracked in names or not names:
            return tracked if names else ""
        if "origin" in names or len(names) == 1:
            return "origin" if "origin" in names else names[0]
        raise CheckoutError(
            f"the branch follows none of the remotes {', '.join(names)}; say which: git branch --set-upstream-to"
        )

    def remote_url(self) -> str:
        """Where the remote is; "" where there is none."""
        return self.url_of(self.remote_name())

    def url_of(self, remote: str) -> str:
        """Where a remote is; "" where there is none of that name."""
        known = remote in self.git("remote").split("\n")
        return self.git("remote", "get-url", remote) if remote and known else ""

    def remote(self) -> Remote | None:
        """Ask the remote what it has; nothing is fetched. None where there is no remote.

        Raises:
            CheckoutError: it gives no answer.
        """
        name = self.remote_name()
        if not name:
            return None
        follows = self._tracked("remoteref") if self._tracked("remotename") == name else ""
        branch = follows or f"{_BRANCH}{self.branch()}"
        try:
            asking = dataclasses.replace(self.git, patience=_PATIENCE)
            rows = asking("ls-remote", "--quiet", "--refs", name, branch, f"{_TAG}*").split("\n")
        except GitError as error:
            raise CheckoutError(
                f"{name} could not be asked for its branch and tags ({error}), so nobody knows whether this checkout "
                f"is behind; see that `git ls-remote {name}` works, and run this again"
            ) from None
        refs = {ref: hashed for hashed, _, ref in (row.partition("\t") for row in rows) if ref}
        tags = {ref.removeprefix(_TAG): hashed for ref, hashed in refs.items() if ref.startswith(_TAG)}
        return Remote(name=name, branch=branch, head=refs.get(branch, ""), tags=tags)

    def _tags(self, *scope: str) -> list[str]:
        # Unlike `git tag`, it prints no columns and colours, whatever is configured.
        return self.git("for-each-ref", "--format=%(refname:strip=2)", *scope, _TAG).split("\n")

    def _branch(self) -> str:
        ref = self.git("rev-parse", "--symbolic-full-name", "HEAD")
        return ref.removeprefix(_BRANCH) if ref.startswith(_BRANCH) else ""

    def _tracked(self, field: str) -> str:
        """What the branch follows; "" where there is none, or it follows nothing."""
        branch = self._branch()
        return self.git("for-each-ref", f"--format=%(upstream:{field})", f"{_BRANCH}{branch}") if branch else ""
