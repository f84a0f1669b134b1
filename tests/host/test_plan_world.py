"""`pipeline plan` by what a stand-in for GitHub and a real registry have, as the caller's users."""

import base64
import json
from pathlib import Path

import pytest

from pipeline.policy.documents import INDEX, Document
from pipeline.policy.images import VERSION
from pipeline.policy.plan import State
from pipeline.policy.shipment import NEURONIP, names
from pipeline.rehearsal.github import Stand
from pipeline.rehearsal.state import Asset, Release
from tests.http import debian

from .planning import TOKEN, call, states
from .worktree import Worktree


def logged_in(shop: Worktree, settings: object) -> None:
    """Write the file that `docker login` writes."""
    folder = shop.base / "home" / ".docker"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(settings), "utf-8")


def image(registry: str, name: str, version: str, *tags: str) -> None:
    """Put an index that is stamped with a version."""
    index = Document.write(
        INDEX,
        {"schemaVersion": 2, "manifests": [], "annotations": {VERSION: version}},
    )
    with debian.plain_client(f"http://{registry}/v2/{name}/manifests") as client:
        for tag in (version, *tags):
            sent = client.put(f"/{tag}", content=index.raw, headers={"Content-Type": index.media_type})
            sent.raise_for_status()


def test_a_new_release_has_everything_to_do(shop: Worktree, served: tuple[Stand, str], empty_registry: str) -> None:
    """Asked of GitHub and of a registry that have nothing."""
    shop.environment["GH_TOKEN"] = TOKEN
    code, out, err = call(shop, "--json", "--api", served[1], "--to", empty_registry)
    assert (code, err) == (0, "")
    found = states(out)
    assert found.pop(f"commit {shop.git('rev-parse', '--short=12', 'HEAD')}") is State.DONE
    assert set(found.values()) == {State.TO_DO}
    assert [name.partition(" ")[2] for name in found if name.startswith("asset")] == names("1.2.3", NEURONIP)
    assert [f"{empty_registry}/api:{tag}" in str([*found]) for tag in ("1.2.3", "v1.2.3", "1.2", "latest")] == [
        True
    ] * 4
    assert served[0].unknown == []


def test_what_is_there_is_found(shop: Worktree, served: tuple[Stand, str], empty_registry: str) -> None:
    """A draft with an asset, a tag at GitHub, and a newer image that keeps `latest`."""
    state = served[0].state
    state.tag("v1.2.3", shop.git("rev-parse", "HEAD"))
    draft = Release(id=state.next_id(), tag="v1.2.3", target="main", draft=True)
    state.releases[draft.id] = draft
    asset = Asset(id=state.next_id(), release=draft.id, name="checksums.txt", content=b"sums")
    state.assets[asset.id] = asset
    image(empty_registry, "acme/api", "2.0.0", "latest")
    options = ["--api", served[1], "--to", f"{empty_registry}/acme"]
    shop.environment["GITHUB_TOKEN"] = TOKEN
    code, out, _ = call(shop, "--json", *options)
    found = states(out)
    assert code == 0
    assert [found[name] for name in ("git tag v1.2.3", "release v1.2.3", "asset checksums.txt")] == [State.DONE] * 3
    assert found[f"tag {empty_registry}/acme/api:latest"] is State.LEFT
    assert found[f"tag {empty_registry}/acme/frontend:latest"] is State.TO_DO
    del shop.environment["GITHUB_TOKEN"]
    _, out, err = call(shop, "--json", *options)
    assert states(out)["release v1.2.3"] is State.TO_DO
    assert err == "note: drafts are not seen: GITHUB_TOKEN holds no token that may see them\n"


@pytest.mark.parametrize(
    ("arguments", "tags"), [(["--without-v"], ["1.2.3", "1.2", "1", "latest"]), (["--force"], ["latest"])]
)
def test_tags_are_put_as_the_caller_wants_them(
    shop: Worktree, served: tuple[Stand, str], empty_registry: str, arguments: list[str], tags: list[str]
) -> None:
    """Without a v, or back to an older version."""
    if arguments == ["--force"]:
        image(empty_registry, "api", "2.0.0", "latest")
    _, out, _ = call(shop, "--json", "--api", served[1], "--to", empty_registry, *arguments)
    found = [of.rpartition(":")[2] for of, state in states(out).items() if "/api:" in of and state is State.TO_DO]
    assert [tag for tag in found if tag in tags] == tags
    assert arguments == ["--force"] or found == tags


def test_a_registry_is_asked_as_the_user_of_docker_login(
    shop: Worktree, served: tuple[Stand, str], tmp_path: Path
) -> None:
    """Nobody may read it; the password is in no output."""
    if not debian.found():
        pytest.skip("a registry with passwords: left out, docker-registry is not on PATH")
    with debian.running(tmp_path, debian.passwords(tmp_path)) as name:
        options = ["--api", served[1], "--to", name, "--json"]
        code, out, err = call(shop, *options)
        assert (code, out) == (1, "")
        assert err.endswith(f"; here that is: docker login {name}\n")
        pair = base64.b64encode(f"{debian.USER}:{debian.PASSWORD}".encode()).decode()
        logged_in(shop, {"auths": {name: {"auth": pair}}})
        code, out, _ = call(shop, *options)
        assert (code, states(out)[f"image {name}/api"]) == (0, State.TO_DO)


def test_a_tag_elsewhere_on_github_is_refused(shop: Worktree, served: tuple[Stand, str]) -> None:
    """Somebody moved it, or pushed another one."""
    served[0].state.tag("v1.2.3", "f" * 40)
    code, out, _ = call(shop, "--api", served[1])
    assert code == 4
    assert "on GitHub it is at ffffffffffff, and " in out


def test_a_token_that_is_none_is_said_and_not_shown(shop: Worktree, served: tuple[Stand, str]) -> None:
    """By GitHub's own answer."""
    served[0].token = "another"
    shop.environment["GITHUB_TOKEN"] = TOKEN
    code, out, err = call(shop, "--api", served[1])
    assert (code, out) == (1, "")
    assert err.startswith("plan: the list of releases was asked of GitHub (acme/shop at 127.0.0.1): it answered 401")


def test_a_github_that_has_no_such_repository_is_said(shop: Worktree, served: tuple[Stand, str]) -> None:
    """With what was asked; another one can be named."""
    code, _, err = call(shop, "--api", served[1], "--repository", "acme/other")
    assert (code, "(acme/other at 127.0.0.1): it answered 404" in err) == (1, True)


def test_an_enterprise_server_is_named_by_its_api(shop: Worktree, served: tuple[Stand, str]) -> None:
    """Then origin says the repository, whatever its host is."""
    shop.git("remote", "set-url", "origin", "git@github.example.com:acme/shop.git")
    assert call(shop, "--api", served[1])[1].startswith("v1.2.3 on acme/shop from commit ")


def test_an_address_that_is_none_is_not_repeated(shop: Worktree) -> None:
    """A password may stand in it."""
    code, _, err = call(shop, "--api", "https://ann:secret@git.example.com/api/v3")
    assert (code, err.splitlines()[-1].startswith("plan: the address of GitHub's API is none")) == (1, True)
    assert "secret" not in err
