"""What images are stamped with: the last commit that touched an application, and the tags before it."""

import pytest

from tests.engine.checkout import Checkout

pytestmark = pytest.mark.engine


def test_a_version_follows_the_last_commit_that_touched_the_application(changing: Checkout) -> None:
    """A tag, a commit elsewhere, a commit of its own, a change that is not committed: each gives what it should."""
    changing.git("tag", "--annotate", "v1.4.0", "--message", "v1.4.0")
    assert changing.call("api", "version").out == "1.4.0"

    changing.commit("Elsewhere", **{"frontend/public/robots.txt": "User-agent: *\n"})
    own = changing.git("log", "-1", "--format=%h", "--abbrev=7", "--", "api")
    assert changing.call("api", "version").out == f"1.4.1-dev.0+g{own}"

    own = changing.commit("Its own", **{"api/notes.txt": "one\n"})[:7]
    assert changing.call("api", "version").out == f"1.4.1-dev.2+g{own}"

    changing.write({"api/notes.txt": "two\n"})
    assert changing.call("api", "version").out == f"1.4.1-dev.2+g{own}.dirty"


def test_a_shallow_clone_is_told_how_to_get_the_history(changing: Checkout) -> None:
    """Without tags and commits every version would be a wrong one."""
    changing.commit("Second")
    shallow = Checkout(changing.path.parent / "shallow")
    changing.git("clone", "--quiet", "--depth=1", f"file://{changing.path}", str(shallow.path))
    (shallow.path / ".env").write_bytes(
        (changing.path / ".env").read_bytes() if (changing.path / ".env").exists() else b""
    )
    error = shallow.call("api", "version", succeeds=False).error
    assert error.startswith(
        "Failed: api: version: the version comes from git's history, and this clone is shallow; run `git"
    )
