"""`pipeline plan` called, and what it says."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pipeline.policy.plan import State, read
from pipeline.rehearsal.github import Stand, serve
from tests.http import debian

from .worktree import Worktree

TOKEN: Final = "ghp_s3cretWord"
REPOSITORY: Final = "acme/shop"


@contextmanager
def serving() -> Iterator[tuple[Stand, str]]:
    """A stand-in for GitHub that is a server, and where."""
    found = Stand(REPOSITORY, TOKEN)
    server = serve(found, 0, "127.0.0.1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield found, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def shop_of(work: Worktree) -> Worktree:
    """The work tree as one of a repository on GitHub, of somebody who is logged in nowhere."""
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "DOCKER_CONFIG"):
        work.environment.pop(name, None)
    work.git("remote", "set-url", "origin", f"https://github.com/{REPOSITORY}.git")
    return work


def call(work: Worktree, *arguments: str) -> tuple[int, str, str]:
    """Call `pipeline plan`: its exit code, what it printed, and what it said beside that."""
    with work.start("plan", *arguments) as process:
        out, err = process.communicate(timeout=60)
    assert TOKEN not in out + err
    assert debian.PASSWORD not in out + err
    return process.returncode, out, err


def states(text: str) -> dict[str, State]:
    """The state of each step of a plan in JSON."""
    return {f"{step.step} {step.of}": step.state for step in read(text).steps}
