"""The examples, each called as its page says: other repositories, other languages, other kinds of application."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.engine.checkout import Checkout
from tests.engine.gitserver import serving

pytestmark = pytest.mark.engine

GO_COMPILER: Final = "exec go build"
SITE: Final = "next.mjs"


def example(checkout: Checkout, name: str) -> Checkout:
    """The folder of an example."""
    return Checkout(checkout.path / "examples" / name)


def compiled(executed: list[str]) -> set[str]:
    """The applications of the monorepo that were built anew."""
    found = {name for name in ("orders", "billing") for one in executed if GO_COMPILER in one and f"./{name}" in one}
    return found | {"web" for one in executed if SITE in one}


def test_a_service_hands_itself_to_the_pipeline(checkout: Checkout) -> None:
    """Its module lies beside it, and names the image after it."""
    shop = example(checkout, "go-service")
    assert shop.call("build", "label", "--name=org.opencontainers.image.title").out.strip() == "shop"


def test_an_example_in_a_repository_of_its_own_reaches_the_module_by_its_address(
    checkout: Checkout, tmp_path: Path
) -> None:
    """As a user does: the module comes from where it is served, and the image carries the commit of the user."""
    if not os.environ.get("LAB_UP"):
        pytest.skip("needs an engine that reaches the loopback of this machine, as the lab's does")
    checkout.git("clone", "--quiet", "--bare", ".", str(tmp_path / "forge/pipeline.git"))
    shutil.copytree(checkout.path / "examples/go-service", tmp_path / "shop")
    shop = Checkout(tmp_path / "shop")
    module = json.loads((shop.path / "dagger.json").read_text("utf-8"))
    settings = (checkout.path / ".env").read_text("utf-8").splitlines()
    shop.git("init", "--quiet", "--initial-branch=main")
    with serving(tmp_path / "forge") as address:
        module["dependencies"][0]["source"] = f"{address}/pipeline.git@main"
        # The settings of a copy that is not served: a caller's own carry the name of the module that they are for.
        ours = "".join(f"pipeline_{line}\n" for line in settings if line)
        commit = shop.commit("Start", **{"dagger.json": json.dumps(module), ".env": ours})
        assert shop.call("build", "label", "--name=org.opencontainers.image.revision").out.strip() == commit


def test_a_change_in_a_monorepo_builds_what_depends_on_it(changing: Checkout) -> None:
    """A service alone, both with their library, and never the site; the version is of what each is built from."""
    acme = example(changing, "monorepo")
    rows = acme.call("build", "--platform=linux/amd64").out.splitlines()[1:]
    version = f"0.0.0-dev.1+g{changing.git('rev-parse', '--short=7', 'HEAD')}"
    assert {row.split()[0]: row.split()[-1] for row in rows} == dict.fromkeys(["web", "orders", "billing"], version)
    with (acme.path / "orders/main.go").open("a") as file:
        file.write("\n// One line more.\n")
    called = acme.call("build", "--platform=linux/amd64")
    assert compiled(called.executed) == {"orders"}
    assert len(called.executed) <= len(["git", "compile", "measure"])
    assert [row.split()[0] for row in called.out.splitlines() if row.endswith(".dirty")] == ["orders"]
    with (acme.path / "lib/serve.go").open("a") as file:
        file.write("\n// One line more.\n")
    assert compiled(acme.call("build", "--platform=linux/amd64").executed) == {"orders", "billing"}


def test_a_module_in_python_puts_a_stage_of_its_own_in_between(checkout: Checkout, empty_registry: str) -> None:
    """The contract is held before anything reaches the registry; without a repository no commit is ours."""
    port = empty_registry.rpartition(":")[2]
    given = ["--source=../go-service", f"--to=localhost:{port}/acme/shop", f"--registry=tcp://{empty_registry}"]
    healthy, contract, address = example(checkout, "python-module").call("deliver", *given).out.strip().splitlines()
    assert healthy.startswith("healthy after ")
    assert contract.startswith('contract kept: {"version":"0.0.0-dev","commit":"unknown"')
    assert re.fullmatch(rf"localhost:{port}/acme/shop@sha256:[0-9a-f]{{64}}", address)


def test_a_module_in_go_goes_on_with_what_a_stage_gives(checkout: Checkout) -> None:
    """The manifest names the image by the digest that is published."""
    given = ["--source=../go-service", "--repository=ghcr.io/acme/shop"]
    manifest = example(checkout, "go-module").call("manifest", *given, "contents").out
    assert re.search(r"^ +image: ghcr\.io/acme/shop@sha256:[0-9a-f]{64}$", manifest, re.MULTILINE)


def test_a_kind_of_a_module_of_its_own_is_scanned_and_published(checkout: Checkout) -> None:
    """The module that knows the kind and this one do not know each other; a third one puts them together.

    Without a registry one is started; every tag is printed with its reason.
    """
    out = example(checkout, "kind/together").call("publish").out
    assert re.search(r"^handbook: localhost:5000/handbook@sha256:[0-9a-f]{64}$", out, re.MULTILINE)
    assert re.search(r"^main-[0-9a-f]{7} +put +commit of main$", out, re.MULTILINE)
    assert re.search(r"^edge +put +newest of main$", out, re.MULTILINE)
    assert re.search(r"^provenance +passed +unsigned$", out, re.MULTILINE)
    assert out.rstrip().endswith("that registry was one for this call alone; name another with --to or --registry")


def test_the_script_for_the_dagger_shell_runs(checkout: Checkout) -> None:
    """It is executable, and finds the module and the source by itself."""
    done = subprocess.run(
        ["./build.dsh"],
        cwd=example(checkout, "shell").path,
        env=os.environ | {"DAGGER_PROGRESS": "plain"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert "linux/arm64" in done.stdout
    assert "healthy after" in done.stdout
    assert done.stdout.endswith("shop")
