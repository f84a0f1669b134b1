"""The commands of the pages as a reader types them, in a copy of this repository, if they need nothing from outside."""

import shlex
import shutil
from pathlib import Path
from typing import Final

import pytest

from tests.docs.pages import ADDRESS, MENTION, PAGES, ROOT, commands
from tests.engine import apps
from tests.engine.checkout import Checkout, new_checkout, trivy_database

pytestmark = pytest.mark.engine

LEFT: Final = {
    "dagger call api build container export-image --name neuronip-api:dev": "needs a container runtime",
    "dagger call api build service up --ports 8082:8082": "serves until it is interrupted",
    "dagger call api build service up --ports 8083:8082": "serves until it is interrupted",
    "dagger call rehearsal --version v1.2.3 up": "serves until it is interrupted",
    "dagger call api build smoke --arguments=--version --prints ...": "leaves the text to the reader",
    "dagger install PATH-OR-ADDRESS": "leaves the address to the reader",
    "dagger call go-app --name shop --source ./shop with-secret --name netrc"
    " --value 'file://$HOME/.netrc' build size": "needs a file in the reader's home",
    "dagger call api build smoke --platform linux/arm64": "needs that processor, or an emulator of it",
    "dagger check --cloud": "needs Dagger Cloud",
    "dagger call --trivy-db-max-age 7 scan": "needs a vulnerability database of this week",
    "dagger call --trivy-db-file ./db.tar.gz --trivy-db-max-age 30 scan": "needs a database of this month",
    "dagger call check": "test_check.py runs it",
    "dagger call rehearse --version v1.2.3": "test_release.py runs it",
    "dagger call reproduce": "test_reproduce.py runs it for one application: both take minutes",
}
"""Commands that are not run here, each with the reason."""

DOCKERFILE: Final = """\
FROM gcr.io/distroless/static-debian13:nonroot AS builder
COPY greeting /
FROM gcr.io/distroless/static-debian13:nonroot AS runtime
ARG VERSION=0
ENV VERSION=$VERSION
COPY --from=builder /greeting /
"""


def local() -> dict[Path, list[str]]:
    """By page, the commands of Dagger that name no address; each where it stands first."""
    known: set[str] = set()
    found: dict[Path, list[str]] = {}
    for page in PAGES:
        new = [each for each in dict.fromkeys(commands(page)) if each.startswith("dagger ") and each not in known]
        known |= set(new)
        found[page] = [each for each in new if not ADDRESS.search(each) and not MENTION.fullmatch(each)]
    return found


LOCAL: Final = local()


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A repository with the folders that the pages speak of."""
    checkout = new_checkout(tmp_path_factory.mktemp("reader"))
    for name in ("shop", "hello"):
        checkout.write({f"{name}/{path}": text for path, text in apps.server().items()})
    for name in ("Dockerfile", "Dockerfile.prod"):
        checkout.write({f"tool/{name}": DOCKERFILE})
    checkout.write({"tool/greeting": "hi\n", ".npmrc": "fund=false\n"})
    shutil.copytree(checkout.path / "frontend", checkout.path / "web")
    shutil.copytree(checkout.path / "examples/monorepo", checkout.path / "acme")
    shutil.copy(trivy_database(), checkout.path / "db.tar.gz")
    checkout.commit("feat: applications of others")
    return checkout


@pytest.mark.parametrize(
    "page", [page for page, found in LOCAL.items() if set(found) - LEFT.keys()], ids=lambda page: page.name
)
def test_every_command_of_a_page_does_what_it_says(
    reader: Checkout, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after the other: some read what those before wrote."""
    monkeypatch.setenv("NEXT_KEYS", "not-to-be-known")
    for command in LOCAL[page]:
        if command not in LEFT:
            reader.dagger(*shlex.split(command, comments=True)[1:])


def test_what_is_left_out_stands_in_the_pages() -> None:
    """Otherwise a reason is left over."""
    assert LEFT.keys() <= {command for found in LOCAL.values() for command in found}
    assert all(
        (ROOT / "tests/engine" / word).is_file() for why in LEFT.values() for word in why.split() if ".py" in word
    )
