"""Bad input: one clear sentence with application and stage, and a non-zero exit."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.apps import CATCHES_SIGTERM_AND_GOES_ON, GO_MOD, server
from tests.engine.checkout import Checkout

pytestmark = pytest.mark.engine

Tree = Callable[[dict[str, str]], Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Write a source tree."""

    def write(files: dict[str, str]) -> Path:
        Checkout(tmp_path / "source").write(files)
        return tmp_path / "source"

    return write


def failure(checkout: Checkout, source: Path, *arguments: str) -> str:
    """The error of building a Go application and asking for something."""
    called = checkout.call("go-app", "--name=hello", f"--source={source}", *arguments, succeeds=False)
    assert called.code != 0
    return called.error


def test_a_source_folder_that_is_missing_is_named(checkout: Checkout, tmp_path: Path) -> None:
    """The engine names the argument and the path that it did not find."""
    error = failure(checkout, tmp_path / "nowhere", "build", "size")
    assert '"source"' in error
    assert f"{tmp_path}/nowhere: no such file or directory" in error


def test_a_syntax_error_in_go_is_shown_with_file_and_line_and_nothing_else(checkout: Checkout, tree: Tree) -> None:
    """The compiler's line is what a person needs."""
    source = tree({"go.mod": GO_MOD, "main.go": "package main\n\nfunc main() {\n\tx := \n}\n"})
    assert failure(checkout, source, "build", "size") == (
        "Failed: hello: compile: the source does not compile:\n"
        "./main.go:5:1: syntax error: unexpected }, expected expression"
    )


def test_a_platform_that_the_base_lacks_is_named_with_the_base(checkout: Checkout, tree: Tree) -> None:
    """The binary could be compiled, but there is nothing to put it on."""
    error = failure(checkout, tree(server()), "build", "--platform=linux/s390x", "size")
    assert re.match(
        r"Failed: hello: base image: the image \S+ has no variant for linux/s390x; build for platforms", error
    )


def test_an_image_that_cannot_be_pulled_is_named_with_its_application(checkout: Checkout, tree: Tree) -> None:
    """A wrong name of a toolchain says whose build it stopped."""
    base = ["go-app", "--name=hello", f"--source={tree(server())}", "build", "size"]
    error = checkout.call("--go-image=localhost:1/go:1", *base, succeeds=False).error
    assert error.startswith("Failed: hello: images: the image localhost:1/go:1 could not be pulled (")


def test_a_port_that_nobody_listens_on_fails_the_smoke_test(checkout: Checkout, tree: Tree) -> None:
    """The port that was asked is named."""
    error = failure(checkout, tree(server()), "--port=9999", "build", "smoke")
    assert error.startswith("Failed: hello: smoke linux/amd64: nobody answered /health on port 9999 (ECONNREFUSED)")


def test_a_process_that_does_not_stop_on_sigterm_fails_the_smoke_test(checkout: Checkout, tree: Tree) -> None:
    """An orchestrator would kill it in the middle of its work."""
    error = failure(checkout, tree(server(first=CATCHES_SIGTERM_AND_GOES_ON)), "build", "smoke")
    assert error.startswith(
        "Failed: hello: smoke linux/amd64: the process did not stop within 5 s of SIGTERM and was killed"
    )


def test_a_type_error_in_typescript_is_shown_with_file_and_line(changing: Checkout) -> None:
    """The front end fails, its sentence holds the place, and the API is built all the same."""
    changing.write({"frontend/src/lib/wrong.ts": 'export const wrong: number = "text";\n'})
    page = changing.path / "frontend/src/app/page.tsx"
    page.write_text('import { wrong } from "@/lib/wrong";\n' + page.read_text() + "\nvoid wrong;\n")
    called = changing.call("build", succeeds=False)
    assert called.code != 0
    assert "Failed: build: 1 of 2 stages failed" in called.error
    assert (
        "frontend: compile: the source does not pass the type check:\n"
        "src/lib/wrong.ts:1:14: TS2322: Type 'string' is not assignable to type 'number'." in called.error
    )
    assert called.error.count("the source does not pass the type check") == 1
    assert re.search(r"^api +linux/arm64 .* MB", called.error, re.MULTILINE)
