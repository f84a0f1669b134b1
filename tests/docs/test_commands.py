"""Every command in the pages is one that there is, and what it needs from outside stands in it."""

import re
import shlex
from pathlib import Path
from typing import Final

import pytest

from tests.commands import problems
from tests.docs.pages import ADDRESS, DOCS, MENTION, PAGES, ROOT, blocks, commands

_OUTSIDE: Final = {"promote", "prune", "release", "verify"}
"""Functions that read or write registries or GitHub, whatever their arguments are."""

_ADDRESSED: Final = {"--to", "--image", "--against", "--address", "--repository", "--trivy-db", "--npm-registry"}
"""Arguments that say where, and name nothing on this machine when they are given to these functions."""

SHOWN: Final = [
    pytest.param(command, id=f"{page.relative_to(ROOT)}: {command}")
    for page in PAGES
    for command in dict.fromkeys(commands(page))
    if not MENTION.fullmatch(command)
]


def wrong(command: str) -> list[str]:
    """What is wrong with a command of `make`, of the host, or of Dagger."""
    program, *words = shlex.split(command, comments=True)
    if program == "make":
        return [word for word in words if f"\n{word}:" not in (ROOT / "Makefile").read_text("utf-8")]
    return problems(command)


@pytest.mark.parametrize("command", SHOWN)
def test_commands_are_understood(command: str) -> None:
    """Functions and flags are there, and the values of the right types."""
    assert wrong(command) == []


@pytest.mark.parametrize(
    "command",
    [
        "make nothing",
        "dagger generate lint",
        "GO_IMAGE=golang:1 dagger call bild",
        "uv run pipeline bump --publish",
        "uv run pipeline plan --version latest",
        "uv run pipeline api built",
        "dagger call build --platforms linux/arm64",
        "dagger call api with-budget --added much build size",
        "dagger -c 'go-app shop | build'",
    ],
)
def test_commands_that_there_are_not_are_found(command: str) -> None:
    """Otherwise the test before would hold of anything."""
    assert wrong(command) != []


@pytest.mark.parametrize("command", SHOWN)
def test_what_is_needed_from_outside_stands_in_the_command(command: str) -> None:
    """Registries and GitHub by an address, as the first page says; commands of the host have the checkout's own."""
    words = set(shlex.split(command, comments=True))
    asks = words & _OUTSIDE or ("call" in words and words & _ADDRESSED)
    here = "uv" in words or {"--repository", "."} <= words
    assert not asks or here or ADDRESS.search(command), "it names no address"


def test_pages_are_read_as_people_read_them() -> None:
    """Commands over several lines, after a prompt, before a comment, and in a sentence."""
    found = commands(DOCS / "releasing.md")
    assert "uv run pipeline bump --push" in found
    assert "uv run pipeline plan --to localhost:5001 --api http://127.0.0.1:8765" in found
    assert "dagger call plan --version v1.2.4 --to ghcr.io/acme" in found
    joined = "with-registry-auth --address ghcr.io --username ann --secret env://REGISTRY_TOKEN release"
    assert [command for command in found if joined in command]
    assert [command for command in commands(DOCS / "checking.md") if "as-service --use-entrypoint" in command]
    assert "dagger install PATH-OR-ADDRESS" in commands(DOCS / "own-stages.md")


def test_every_command_of_dagger_and_variables_before_it_are_found(tmp_path: Path) -> None:
    """Also what only names the module, and what another folder's answers is left out."""
    typed = ["dagger generate workflows", "dagger functions", "dagger login", "TOKEN=x OTHER=y dagger call build"]
    (page := tmp_path / "page.md").write_text(
        "\n".join(["Type:", "", *(f"    {line}" for line in typed), "", "then", "", "    cd a", "    dagger call b"]),
        "utf-8",
    )
    assert commands(page) == typed


def test_the_first_page_names_the_programs_that_other_pages_call() -> None:
    """Beside Dagger, uv, make, and what every machine has."""
    known = re.findall(r"`(\w+)`", (DOCS / "index.md").read_text("utf-8"))
    used = {line.split()[0] for page in PAGES for block in blocks(page) for line in block.splitlines() if line.strip()}
    clients = {
        "docker",
        "podman",
        "helm",
        "kubectl",
        "gh",
        "cosign",
        "crane",
        "oras",
        "skopeo",
        "curl",
        "aws",
        "gcloud",
    }
    assert used & clients <= set(known)
