"""`pipeline plan` on real repositories, offline: of which version it is, and what stands in the way."""

import re
from collections.abc import Sequence

import pytest

from .planning import call, states
from .worktree import Worktree


def test_offline_the_checkout_alone_is_read(shop: Worktree) -> None:
    """On a tag that is the version; what nobody asked is not claimed."""
    code, out, err = call(shop, "--offline", "--to", "ghcr.io/acme", "--to", "example.com/{app}/neuronip")
    assert (code, err) == (0, "")
    commit = shop.git("rev-parse", "--short=12", "HEAD")
    first, _, *rows = out.splitlines()
    assert first == f"v1.2.3 on acme/shop from commit {commit}"
    cells = [re.split(r"  +", row) for row in rows]
    assert cells[:2] == [
        ["commit", commit, "done", "on main, nothing changed"],
        ["git tag", "v1.2.3", "not asked", "here; GitHub was not asked"],
    ]
    images = [of for step, of, state, _ in cells if (step, state) == ("image", "not asked")]
    assert images == [
        "ghcr.io/acme/api",
        "example.com/api/neuronip",
        "ghcr.io/acme/frontend",
        "example.com/frontend/neuronip",
    ]


@pytest.mark.parametrize(
    ("arguments", "version"),
    [([], "v1.3.0"), (["--version", "2.0.0-rc.1"], "v2.0.0-rc.1"), (["--version", "v1.2.3"], "v1.2.3")],
)
def test_without_a_tag_on_head_it_is_of_the_next_version(shop: Worktree, arguments: list[str], version: str) -> None:
    """As `next-version` has it; a person may name another."""
    shop.commit("feat: b")
    assert call(shop, "--offline", *arguments)[1].startswith(f"{version} on acme/shop from commit ")


def test_the_highest_version_on_head_counts(shop: Worktree) -> None:
    """A candidate that became the release has both tags; others say nothing."""
    for tag in ("v1.3.0-rc.1", "v1.3.0", "nightly"):
        shop.git("tag", tag)
    assert call(shop, "--offline")[1].startswith("v1.3.0 on ")


def test_where_there_is_no_next_version_that_is_said(shop: Worktree) -> None:
    """In the words of `next-version`."""
    shop.commit("docs: b")
    code, out, err = call(shop, "--offline")
    assert (code, out) == (1, "")
    assert err.startswith("plan: commits since 1.2.3: 1, and none is a feat, fix")


def test_without_an_address_images_are_left_out_and_it_is_said(shop: Worktree) -> None:
    """Beside the plan, which is for machines too."""
    code, out, err = call(shop, "--offline", "--json")
    assert (code, err) == (0, "note: images are left out: say where they go to with --to\n")
    commit = shop.git("rev-parse", "--short=12", "HEAD")
    assert list(states(out)) == [f"commit {commit}", "git tag v1.2.3", "release v1.2.3"]


def test_a_refused_step_has_an_exit_code_of_its_own(shop: Worktree) -> None:
    """The plan is printed all the same, with what stands in the way."""
    (shop.root / "new.txt").write_text("x", "utf-8")
    code, out, _ = call(shop, "--offline")
    assert code == 4
    assert "1 step would be refused:\n- commit " in out
    assert out.endswith("files are changed that no commit holds; commit them first\n")
    assert call(shop, "--offline", "--json")[0] == 4


def test_branches_that_may_be_released_are_the_callers_to_say(shop: Worktree) -> None:
    """By patterns; the default is main and those of releases."""
    shop.git("switch", "--quiet", "--create", "feature/a")
    shop.commit("feat: b")
    code, out, _ = call(shop, "--offline")
    assert (code, "it is on feature/a, and releases are made from main, release/*; merge it first" in out) == (4, True)
    assert call(shop, "--offline", "--branch", "stable", "--branch", "feature/*")[0] == 0


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "https://ann:secret@git.example.com/acme/shop",
            "origin is https://git.example.com/acme/shop, which is not on",
        ),
        ("../remote.git", "no remote origin says where it is"),
        ("", "no remote origin says where it is"),
    ],
)
def test_an_origin_that_is_not_on_github_names_no_repository(shop: Worktree, url: str, said: str) -> None:
    """Nobody on GitHub is asked about somebody else's; offline it is left open."""
    shop.git("remote", "set-url", "origin", url) if url else shop.git("remote", "remove", "origin")
    code, out, err = call(shop)
    assert (code, out) == (1, "")
    assert said in err
    assert "give --repository owner/name" in err
    assert call(shop, "--offline")[1].startswith("v1.2.3 from commit ")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--version", "1.2"], "'1.2' is no version"),
        (["--repository", "shop"], "'shop' is no repository of GitHub; give it as owner/name"),
        (["minor"], "unrecognized arguments: minor"),
    ],
)
def test_arguments_that_make_no_sense_are_said(shop: Worktree, arguments: Sequence[str], problem: str) -> None:
    """With exit code 2, which no plan has."""
    code, out, err = call(shop, *arguments)
    assert (code, out, problem in err) == (2, "", True)


def test_an_address_of_an_image_is_refused(shop: Worktree) -> None:
    """Offline too: a tag would be put behind a tag."""
    code, _, err = call(shop, "--offline", "--to", "ghcr.io/acme/{app}:1")
    assert (code, "names a tag or a digest; give the repository alone" in err) == (1, True)


def test_a_tag_that_leads_to_no_commit_is_as_good_as_none(shop: Worktree) -> None:
    """A tree can be tagged, and is no source of a release."""
    shop.git("tag", "v9.9.9", "HEAD^{tree}")
    assert "git tag  v9.9.9        not asked  not here; " in call(shop, "--offline", "--version", "v9.9.9")[1]


def test_a_repository_that_cannot_be_read_is_one_sentence(shop: Worktree) -> None:
    """A shallow clone, as elsewhere on the host."""
    shop.git("clone", "--quiet", "--depth=1", f"file://{shop.bare}", "shallow")
    assert "this clone is shallow" in shop.refusal("plan", "--offline", folder="shallow")
