"""Bump: the next version as a commit and a tag in the caller's checkout."""

import datetime as dt

import semver

from pipeline.host.checkout import Checkout, Remote
from pipeline.host.git import CheckoutError, GitError
from pipeline.host.history import current, decided, written
from pipeline.policy.bumps import Asked, BumpError
from pipeline.policy.changelog import FILE
from pipeline.policy.versions import parse_tag


class _Rejected(CheckoutError):
    """The remote took nothing."""


def bump(checkout: Checkout, asked: Asked, date: dt.date, *, push: bool) -> str:
    """Write CHANGELOG.md, commit it, tag the commit, and push both where that is asked for; say what was done.

    What fails half-way leaves the checkout as it was. A run that was interrupted is finished by the next one.

    Raises:
        BumpError: there is no next version, or not the one that was asked for.
        ChangelogError: the version has another section already.
        CheckoutError: the checkout is not as it has to be, or git or the remote refused.
    """
    branch = checkout.branch()
    checkout.refuse_changes()
    remote = checkout.remote()
    if push and not remote:
        raise CheckoutError("there is no remote to push to; add one with `git remote add origin URL`")
    if remote:
        _refuse_old(checkout, branch, remote)
    made = _made(checkout, asked)
    version = made or decided(checkout, asked)
    tag, start = f"v{version}", checkout.commit()
    if not made:
        _make(checkout, version, written(checkout, version, date, asked.paths), start)
    done = f"{tag} was made before" if made else f"{tag} is committed and tagged on {branch}"
    if not push or not remote:
        return done if remote and tag in remote.tags else f"{done}; the same with --push pushes it"
    try:
        _push(checkout, branch, remote, tag)
    except _Rejected as error:
        undone = "" if made else _undo(checkout, tag, start)
        raise CheckoutError(f"{remote.name} took neither {branch} nor {tag}: {error}{undone}") from None
    return f"{done}; {remote.name} has both"


def _refuse_old(checkout: Checkout, branch: str, remote: Remote) -> None:
    """See that the checkout has all that the remote has."""
    # Whoever lacks the commit is behind: nothing has to be fetched to know it.
    if remote.head and not checkout.git.holds("merge-base", "--is-ancestor", remote.head, "HEAD"):
        raise CheckoutError(
            f"{branch} is behind {remote.name}, which has {remote.head[:7]}; run `git pull --rebase {remote.name}`"
        )
    if missing := {tag for tag in remote.tags if parse_tag(tag)} - {*checkout.tags()}:
        raise CheckoutError(
            f"{remote.name} has {min(missing)}, and this checkout has no such tag, so the next version is not known; "
            f"run `git fetch --tags {remote.name}`"
        )


def _made(checkout: Checkout, asked: Asked) -> semver.Version | None:
    """The version that an earlier run with the same arguments made of what is checked out."""
    for tag in checkout.tags_here():
        version = parse_tag(tag)
        if version and tag == f"v{version}" and checkout.is_annotated(tag):
            try:
                again = decided(checkout, asked, without=tag)
            except BumpError:
                continue
            if again == version:
                return version
    return None


def _message(version: semver.Version) -> str:
    """A conventional message, as those are that it follows, of a type that no changelog lists."""
    return f"chore(release): v{version}"


def _make(checkout: Checkout, version: semver.Version, text: str, start: str) -> None:
    """Commit and tag, or leave everything as it was."""
    tag, before = f"v{version}", current(checkout)
    path = checkout.top.folder / FILE
    existed = path.exists()
    try:
        if text != before:
            path.write_bytes(text.encode("utf-8"))
            checkout.record(FILE, _message(version), start)
        checkout.top("tag", "--annotate", "--message", tag, tag)
    # Interrupts too: whoever stops it half-way wants nothing of it.
    except (GitError, OSError, KeyboardInterrupt, SystemExit) as error:
        if checkout.commit() == start and not existed:
            path.unlink(missing_ok=True)
        elif checkout.commit() == start and text != before:
            path.write_bytes(before.encode("utf-8"))
        undone = _undo(checkout, tag, start)
        if isinstance(error, GitError | OSError):
            raise CheckoutError(f"{tag} could not be made: {error}{undone}") from None
        raise


def _push(checkout: Checkout, branch: str, remote: Remote, tag: str) -> None:
    """Push branch and tag, both or neither.

    Raises:
        _Rejected: the remote has not got them.
        CheckoutError: nobody knows what the remote has.
    """
    refs = [f"refs/heads/{branch}:{remote.branch}", f"refs/tags/{tag}"]
    try:
        checkout.git("push", "--quiet", "--atomic", remote.name, *refs)
    except GitError as error:
        try:
            now = checkout.remote()
        except CheckoutError:
            raise CheckoutError(
                f"{tag} is made here, and {remote.name} does not say whether it took it ({error}); "
                "run the same again to finish"
            ) from None
        if not now or now.tags.get(tag) != checkout.git("rev-parse", f"refs/tags/{tag}"):
            raise _Rejected(str(error)) from None


def _undo(checkout: Checkout, tag: str, start: str) -> str:
    """Take back the commit and the tag of this run, and what is staged, and say how the checkout is now."""
    top = checkout.top
    own = checkout.commit() == start or checkout.commit("HEAD^") == start
    if own and tag in checkout.tags_here():
        top.holds("tag", "--delete", tag)
    # Unlike --hard, it refuses to lose what somebody changed meanwhile.
    if own and top.holds("reset", "--quiet", "--keep", start):
        return "; the checkout is as it was"
    return f"; somebody else changed the checkout meanwhile: look at it, and run `git reset --keep {start[:7]}`"
