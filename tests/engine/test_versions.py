"""What images are stamped with: the last commit that touched an application, and the tags before it."""

import pytest

from tests.engine.checkout import Checkout

pytestmark = pytest.mark.engine


def test_a_version_follows_the_last_commit_that_touched_the_application(changing: Checkout) -> None:
    """A tag before it counts, a commit elsewhere and its changes do not, and its own changes do."""
    changing.git("tag", "--annotate", "v1.4.0", "--message", "v1.4.0")
    own = changing.commit("Its own", **{"api/notes.txt": "one\n"})[:7]
    changing.commit("Elsewhere", **{"frontend/public/robots.txt": "User-agent: *\n"})
    changing.write({"frontend/public/robots.txt": "User-agent: nobody\n"})
    assert changing.call("api", "version").out == f"1.4.1-dev.1+g{own}"

    changing.write({"api/notes.txt": "two\n"})
    assert changing.call("api", "version").out == f"1.4.1-dev.1+g{own}.dirty"
