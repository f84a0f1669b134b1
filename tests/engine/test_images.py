"""What is in the two images, read from their tarballs."""

import json
import re
import struct
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from tests.engine.checkout import Checkout
from tests.engine.images import Index, Variant

pytestmark = pytest.mark.engine

PLATFORMS: Final = {"linux/amd64": 0x3E, "linux/arm64": 0xB7}
"""The machine in the header of an ELF file (System V ABI, `e_machine`), by platform."""

SHELLS: Final = re.compile(r"(^|/)(sh|bash|dash|busybox|apk|apt|apt-get|dpkg|npm|npx|yarn|pnpm)$")


@pytest.fixture(params=["api", "frontend"])
def index(request: pytest.FixtureRequest) -> Index:
    """Each image in turn."""
    found: Index = request.getfixturevalue(request.param)
    return found


def test_both_platforms_are_there_and_nothing_else(index: Index) -> None:
    """An index has a manifest for each platform, and no `unknown/unknown`."""
    assert set(index) == set(PLATFORMS)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_api_is_one_static_binary_for_its_platform(api: Index, platform: str) -> None:
    """The binary is for the platform's machine and asks for no interpreter and no library."""
    binary = api[platform].read("usr/local/bin/neuronip-api")
    assert binary[:4] == b"\x7fELF"
    assert struct.unpack_from("<H", binary, 18) == (PLATFORMS[platform],)
    assert not {3, 2} & _program_headers(binary)  # PT_INTERP, PT_DYNAMIC


def test_an_image_runs_as_a_user_that_kubernetes_can_check(index: Index) -> None:
    """The user is a number, and not root's."""
    assert {variant.config["config"]["User"] for variant in index.values()} == {"65532:65532"}


def test_an_image_has_no_shell_and_no_package_manager(index: Index) -> None:
    """Whoever breaks in finds nothing to work with."""
    for variant in index.values():
        assert [path for path, member in variant.files.items() if SHELLS.search(path) and not member.isdir()] == []


def test_the_labels_say_what_was_built_from_where(index: Index, checkout: Checkout) -> None:
    """Title, source, revision, version, time, licence and base stand in the labels of every variant."""
    head = checkout.git("rev-parse", "HEAD")
    time = datetime.fromtimestamp(int(checkout.git("log", "-1", "--format=%ct")), UTC)
    for variant in index.values():
        labels = {name.removeprefix("org.opencontainers.image."): text for name, text in _labels(variant).items()}
        assert labels["revision"] == head
        assert labels["version"] == f"0.0.0-dev.1+g{head[:7]}"
        assert labels["created"] == f"{time:%Y-%m-%dT%H:%M:%SZ}"
        assert labels["source"].startswith("https://")
        assert labels["licenses"] == "Apache-2.0"
        assert labels["base.name"].startswith("gcr.io/distroless/")
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", labels["base.digest"])
        assert {"title", "description"} <= set(labels)


def test_a_health_check_runs_without_a_shell(index: Index) -> None:
    """HEALTHCHECK is in exec form, since there is nothing to interpret another one."""
    for variant in index.values():
        assert variant.config["config"]["Healthcheck"]["Test"][0] == "CMD"


def test_every_file_that_an_application_adds_is_as_old_as_its_commit(index: Index, checkout: Checkout) -> None:
    """File times come from the commit, so that the same files have the same digest."""
    time = int(checkout.git("log", "-1", "--format=%ct"))
    for variant in index.values():
        assert {member.mtime for member in variant.added(1).values()} == {time}


def test_the_api_adds_20_mb_at_most_to_its_base(api: Index) -> None:
    """The packaging guide promised 20 to 30 MB in all."""
    for variant in api.values():
        assert len(variant.layers[-1]) < 20_000_000


def test_the_front_end_holds_200_mb_at_most(frontend: Index) -> None:
    """The packaging guide promised 150 to 200 MB."""
    for variant in frontend.values():
        assert variant.unpacked < 200_000_000


def test_the_front_end_ships_nothing_that_only_a_build_needs(frontend: Index) -> None:
    """No source maps, no tests, no build cache, no dependency of development."""
    for variant in frontend.values():
        shipped = variant.added(2)
        assert "app/server.js" in shipped
        for pattern in (r"\.map$", r"\.(test|spec)\.", r"\.next/cache/", r"node_modules/(typescript|vitest|eslint)/"):
            assert [path for path in shipped if re.search(pattern, path)] == []


def test_modules_and_pages_lie_in_layers_of_their_own(frontend: Index) -> None:
    """A changed page is a new layer of some hundred kB, and the modules below it stay the same."""
    modules, site = (variant := frontend["linux/amd64"]).layers[-2:]
    assert all(path.startswith("app/node_modules") for path in _one_layer(variant, modules) if path != "app")
    assert not any(path.startswith("app/node_modules") for path in _one_layer(variant, site))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_api_says_its_version_on_each_platform(checkout: Checkout, platform: str) -> None:
    """The binary runs, arm64 under emulation, and prints what the labels say."""
    version = checkout.call("api", "version").out.strip()
    time = datetime.fromtimestamp(int(checkout.git("log", "-1", "--format=%ct")), UTC)
    head = checkout.git("rev-parse", "HEAD")
    text = f"neuronip-api {version} (commit {head}, built {time:%Y-%m-%dT%H:%M:%SZ})"
    checkout.call("api", "build", "smoke", "--platform", platform, "--arguments=--version", f"--prints={text}")


def test_inspect_says_what_a_container_runtime_reads(checkout: Checkout) -> None:
    """User, entry point, ports, environment, labels and health check come as JSON."""
    found: dict[str, Any] = json.loads(checkout.call("frontend", "build", "inspect", "--platform=linux/arm64").out)
    assert found["Platform"] == "linux/arm64"
    assert found["Entrypoint"] == ["/nodejs/bin/node", "/app/server.js"]
    assert list(found["ExposedPorts"]) == ["3000/tcp"]
    assert "PORT=3000" in found["Env"]
    assert {"User", "Labels", "Healthcheck"} <= set(found)


def _labels(variant: Variant) -> dict[str, str]:
    found: dict[str, str] = variant.config["config"]["Labels"]
    return found


def _program_headers(elf: bytes) -> set[int]:
    """The types of an ELF64 file's program headers."""
    (offset,) = struct.unpack_from("<Q", elf, 32)
    size, count = struct.unpack_from("<HH", elf, 54)
    return {struct.unpack_from("<I", elf, offset + number * size)[0] for number in range(count)}


def _one_layer(variant: Variant, layer: bytes) -> list[str]:
    return list(Variant(variant.platform, {}, {}, [layer]).files)
