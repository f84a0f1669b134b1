"""What the host says of a release without an engine is what the module says with one."""

import dataclasses
import os
import shutil
from pathlib import Path

import dagger
import pytest

from pipeline.host.checkout import Checkout
from pipeline.host.plan import facts
from pipeline.main import Pipeline
from pipeline.nodes import git, verbs
from pipeline.nodes.hub import Hub
from pipeline.nodes.registries import Registries
from pipeline.nodes.release import Release, Wish
from pipeline.nodes.shipment import packed
from pipeline.policy import plan
from pipeline.policy.shipment import NEURONIP
from tests.host.planning import REPOSITORY, TOKEN, call, serving, shop_of
from tests.host.worktree import Worktree

from .repositories import Repository


def test_the_applications_are_those_of_the_module(pipeline: Pipeline) -> None:
    """Names, platforms and the binary: the names of all files follow from them."""
    assert [dataclasses.replace(one, platforms=[*one.platforms]) for one in NEURONIP] == packed(pipeline.members)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A repository, where git is installed, which the host reads with the same settings of git."""
    if not shutil.which("git"):
        pytest.skip("what git says of a release: left out, git is not on PATH")
    found = Repository(tmp_path, git._RELEASE)
    monkeypatch.setattr(os, "environ", found.environment)
    return found


def agree(repository: Repository) -> None:
    """Hold what the host reads against what the script of the engine prints."""
    checkout = Checkout.of(repository.root)
    for tag in ("v1.2.3", "v9.9.9", "v0.0.1"):
        assert facts(checkout, tag) == repository.facts(tag)


def test_git_is_read_by_the_same_rules(repository: Repository) -> None:
    """The commit, its tag, changes, and branches here and on several remotes."""
    agree(repository)
    repository.git("tag", "--annotate", "--message", "x", "v1.2.3")
    for branch in ("release/1.x", "b", "a/HEAD", "v9.9.9"):
        repository.git("branch", branch)
    for name in ("fork/main", "fork/release/2.x", "origin/main", "origin/c", "odd"):
        repository.git("update-ref", f"refs/remotes/{name}", "HEAD")
    repository.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    assert facts(Checkout.of(repository.root), "v1.2.3").branches == [
        *("a/HEAD", "b", "main", "release/1.x", "v9.9.9"),
        *("release/2.x", "c"),
    ]
    agree(repository)
    repository.commit("api/b.go")
    agree(repository)
    repository.git("switch", "--quiet", "--detach")
    (repository.root / "new.txt").write_text("x", "utf-8")
    assert facts(Checkout.of(repository.root), "v1.2.3").dirty
    agree(repository)


@pytest.mark.anyio
async def test_the_plan_is_the_modules_byte_for_byte(
    pipeline: Pipeline, empty_registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same checkout, GitHub and registry: what is made here, `release --plan` takes."""
    work = Worktree(tmp_path)
    work.released()
    shop = shop_of(work)

    async def known(_: dagger.GitRepository, tag: str, image: str) -> plan.Checkout:
        assert image == "golang:1"
        return facts(Checkout.of(shop.root), tag)

    monkeypatch.setattr(git, "facts", known)
    with serving() as (stand, base):
        stand.state.tag("v1.2.3", shop.git("rev-parse", "HEAD"), annotated=True)
        shop.environment["GITHUB_TOKEN"] = TOKEN
        to = [empty_registry, f"{empty_registry}/acme/neuronip-{{app}}"]
        options = ["--json", "--api", base, *(word for at in to for word in ("--to", at))]
        release = Release(
            apps=pipeline.members,
            stages=pipeline.staged(verbs.PUBLISHED),
            registries=Registries(),
            wish=Wish(version="v1.2.3", to=to),
            hub=Hub(repository=REPOSITORY, api=base),
            repository=pipeline.repository,
            image=pipeline.go_image,
            postgres=pipeline.postgres_image,
        )
        assert call(shop, *options) == (0, (await release.look()).json, "")
