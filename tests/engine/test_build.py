"""`dagger call build`: its table, and what it does not do twice."""

import re

import pytest

from tests.engine.checkout import Checkout

pytestmark = pytest.mark.engine

FRONTEND = "next.mjs"
GO_COMPILER = "exec go build"


def test_build_prints_a_line_for_every_image(checkout: Checkout) -> None:
    """Application, platform, both sizes, user, base and version, for two applications on two platforms."""
    header, *rows = checkout.call("build").out.splitlines()
    assert header.split() == ["APPLICATION", "PLATFORM", "COMPRESSED", "UNPACKED", "USER", "BASE", "VERSION"]
    assert [row.split()[:2] for row in rows] == [
        [app, platform] for app in ("api", "frontend") for platform in ("linux/amd64", "linux/arm64")
    ]
    line = r"\S+ +linux/\w+ +\d+\.\d MB +\d+\.\d MB  65532:65532  gcr\.io/distroless/\S+ +0\.0\.0-dev\.1\+g[0-9a-f]{7}"
    assert all(re.fullmatch(line, row) for row in rows)


def test_a_second_build_of_the_same_sources_runs_no_command(checkout: Checkout) -> None:
    """Not one container is started, whether the result of the function is known or only its parts."""
    checkout.call("build")
    assert checkout.call("build").executed == []


def test_one_line_of_go_compiles_the_api_and_nothing_of_the_front_end(changing: Checkout) -> None:
    """What runs is git, the compiler for each platform, and the measuring of the two images."""
    changing.call("build")
    main = changing.path / "api/cmd/server/main.go"
    main.write_text(main.read_text() + "\n// One line more.\n")
    executed = changing.call("build").executed
    assert sum(GO_COMPILER in command for command in executed) == 2
    assert not any(FRONTEND in command for command in executed)
    assert len(executed) <= len(["git", "compile", "compile", "measure", "measure"])
