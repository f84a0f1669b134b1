"""Kinds of application other than the two that are shipped here."""

import hashlib
from pathlib import Path
from typing import Final

import pytest

from tests.engine.apps import GO_MOD, next_site, server
from tests.engine.checkout import Checkout
from tests.engine.images import read_index

pytestmark = pytest.mark.engine

SECRET: Final = "not-to-be-found-anywhere"

DOCKERFILE: Final = f"""\
FROM debian:trixie-slim AS base
ARG GREETING=none
RUN --mount=type=secret,id=token \\
    sha256sum /run/secrets/token | grep {hashlib.sha256(SECRET.encode()).hexdigest()} && echo "$GREETING" > /greeting
FROM base AS tool
RUN echo tool > /tool
FROM base
USER 65532:65532
"""

PAGE: Final = "export default function Page() {\n  return <p>hello</p>;\n}\n"


@pytest.fixture
def source(tmp_path: Path) -> Checkout:
    """A source tree to fill."""
    return Checkout(tmp_path / "source")


def test_a_dockerfile_is_built_with_arguments_and_secrets_that_leave_no_trace(
    checkout: Checkout, source: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The secret is there while it builds, and neither in a layer nor in the config; labels are added."""
    monkeypatch.setenv("TOKEN", SECRET)
    source.write({"Dockerfile": DOCKERFILE})
    app = ["dockerfile-app", "--name=hello", f"--source={source.path}", "--build-args=GREETING=hi"]
    built = ["with-secret", "--name=token", "--value=env://TOKEN", "build", "--platform=linux/amd64"]
    called = checkout.call(*app, *built, "tarball", "--output", tmp_path / "image.tar")
    variant = read_index(tmp_path / "image.tar")["linux/amd64"]
    assert variant.read("greeting") == b"hi\n"
    assert "tool" not in variant.files
    assert variant.config["config"]["Labels"]["org.opencontainers.image.title"] == "hello"
    for content in (*variant.layers, str(variant.config).encode(), called.log.encode()):
        assert SECRET.encode() not in content


def test_go_with_c_is_compiled_onto_a_base_with_a_c_library(checkout: Checkout, source: Checkout) -> None:
    """The compiler's packages are installed for the build, and the binary finds libc at run time."""
    main = 'package main\n\n// #include <stdlib.h>\nimport "C"\n\nfunc main() { println(C.abs(-7)) }\n'
    source.write({"go.mod": GO_MOD, "main.go": main})
    app = ["go-app", "--name=hello", f"--source={source.path}", "--cgo", "--packages=gcc,libc6-dev"]
    built = ["--base=gcr.io/distroless/nodejs24-debian13:nonroot", "build", "--platform=linux/amd64"]
    checkout.call(*app, *built, "smoke", "--arguments=run")


def test_files_for_run_time_lie_in_the_working_directory(checkout: Checkout, source: Checkout) -> None:
    """Migrations and templates come with the image, and a smoke test asks what it is told to ask."""
    source.write({f"src/{name}": text for name, text in server().items()} | {"files/one.sql": "select 1;\n"})
    app = ["go-app", "--name=hello", f"--source={source.path}/src", f"--files={source.path}/files"]
    assert checkout.call(*app, "build", "files").out.splitlines() == ["one.sql"]
    asked = checkout.call(*app, "build", "smoke", "--expect=/health=200,/nothing=404").out
    assert asked.startswith("healthy after ")


def test_each_platform_gets_the_native_packages_of_its_own(
    checkout: Checkout, source: Checkout, tmp_path: Path
) -> None:
    """The site is built once; sharp, which optimises images, is exchanged for the other processor's."""
    source.write(next_site(PAGE, '{ output: "standalone" }'))
    app = ["next-app", "--name=hello", f"--source={source.path}", "--unlocked"]
    checkout.call(*app, "build", "tarball", "--output", tmp_path / "image.tar")
    found = {
        platform: {path.split("/")[3] for path in variant.added(2) if path.startswith("app/node_modules/@img/sharp-l")}
        for platform, variant in read_index(tmp_path / "image.tar").items()
    }
    assert found == {
        "linux/amd64": {"sharp-libvips-linux-x64", "sharp-linux-x64"},
        "linux/arm64": {"sharp-libvips-linux-arm64", "sharp-linux-arm64"},
    }
