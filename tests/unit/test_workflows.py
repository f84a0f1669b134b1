"""What may be asked for in workflows: whatever stands in YAML, in bash and in the Dagger shell has to be harmless."""

from typing import Any, Final

import pytest

from pipeline.policy.workflows import Workflows

MODULE: Final = "github.com/neurondb/NeuronIP@v1.2.3"
APP: Final = "go-app billing ./billing --port 9000"
BAD_WORDS: Final = ["$(id)", "`id`", "a;b", "a|b", "'a'", '"a"', "a\\b", "${{x}}", "a&b", "a>b", "é", "#x", "(a)"]


def wish(**given: Any) -> Workflows:  # noqa: ANN401 - those of the class
    """What is asked for, with a registry."""
    return Workflows(**{"registry": "ghcr.io/acme", **given})


def test_a_repository_that_is_a_module_calls_itself() -> None:
    """Its functions are those of this module."""
    calls = wish().calls
    assert calls["report"] == ["reports", "export --path report"]
    assert calls["verdict"] == ["verdict --report report"]
    login, publish = calls["publish"]
    assert login == 'with-registry-auth --address ghcr.io --username "$REGISTRY_USERNAME" --secret env://REGISTRY_TOKEN'
    assert publish == (
        'publish --to ghcr.io/acme --event "$GITHUB_EVENT_PATH" --event-name "$GITHUB_EVENT_NAME" --as-json'
    )
    assert "--branch" not in calls["release"][-1]
    assert calls["verify"][-1] == 'verify --image "$IMAGE"'


def test_applications_are_put_in_by_the_shell() -> None:
    """With the repository that they are stamped by, where nobody says another one."""
    apps = [APP, "next-app web ./sites/web", "dockerfile-app tool . --repository=./tool"]
    found = wish(apps=apps, module=MODULE)
    assert found.ready() == [
        f"{MODULE} --repository .",
        "without-apps",
        f"with-app $({MODULE} | go-app billing ./billing --repository . --path billing --port 9000)",
        f"with-app $({MODULE} | next-app web ./sites/web --repository . --path sites/web)",
        f"with-app $({MODULE} | dockerfile-app tool . --repository=./tool)",
    ]
    assert found.calls["publish"][:5] == found.ready()
    assert '--event $(host | file "$GITHUB_EVENT_PATH")' in found.calls["publish"][-1]
    assert found.calls["verdict"] == [f"{MODULE} --repository .", "verdict --report report"]


def test_checks_begin_with_caches_that_builds_of_the_default_branch_keep() -> None:
    """Who checks only reads; without a repository for them neither is called."""
    calls = wish(caches="ghcr.io/acme/caches").calls
    begun = "--caches ghcr.io/acme/caches --published ghcr.io/acme"
    assert calls["report"] == [begun, "reports", "export --path report"]
    assert calls["keep"][-1] == "keep-caches --address ghcr.io/acme/caches"
    assert "--caches" not in str([*calls["publish"], *calls["release"], *wish().calls["report"]])


@pytest.mark.parametrize("caches", ["docker.io/acme/caches", "ghcr.io/acme/{app}", "ghcr.io", "a b", "ghcr.io/$(id)"])
def test_caches_lie_where_images_do(caches: str) -> None:
    """The workflow has the user of one registry."""
    with pytest.raises(ValueError, match=r"is no repository for caches on ghcr\.io, where images go to"):
        wish(caches=caches)


@pytest.mark.parametrize("at", ["v1.2.3", "1.2.3", "v1.3.0-rc.1", "sub/v1.2.3", "a" * 40])
def test_a_module_is_at_a_version_or_a_commit(at: str) -> None:
    """As Dagger takes them."""
    assert wish(apps=[APP], module=f"github.com/acme/tool/sub@{at}").ready()[0].startswith("github.com/acme/tool/sub@")


def test_another_default_branch_may_be_released() -> None:
    """In place of main, beside the branches of releases."""
    assert '--branch "trunk" --branch "release/*" ' in wish(branch="trunk").calls["release"][-1]


@pytest.mark.parametrize(
    ("registry", "host", "own"),
    [
        ("ghcr.io/acme", "ghcr.io", True),
        ("ghcr.io/acme/shop-{app}", "ghcr.io", True),
        ("docker.io/acme", "docker.io", False),
        ("registry.example.com:5000/a/b", "registry.example.com:5000", False),
    ],
)
def test_a_registry_is_asked_as_its_user(registry: str, host: str, own: bool) -> None:
    """GitHub's own takes the token of the workflow."""
    found = wish(registry=registry)
    assert (found.host, found.github_registry) == (host, own)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        *(
            ({"registry": f"ghcr.io/{word}"}, "is no place for images; give a registry with a folder")
            for word in BAD_WORDS
        ),
        ({"registry": ""}, "'' is no place for images"),
        ({"registry": "acme"}, "'acme' is no place for images"),
        ({"registry": "GHCR.io/acme"}, "is no place for images"),
        ({"registry": "ghcr.io/Acme"}, "is no place for images"),
        ({"registry": "ghcr.io/acme:1.2"}, "is no place for images"),
        ({"registry": "ghcr.io/acme/-{app}"}, "is not a reference of an image"),
        *(({"branch": f"ma{word}in"}, "is no branch that a workflow can name") for word in BAD_WORDS),
        ({"branch": "main*"}, "is no branch that a workflow can name"),
        ({"branch": "a..b"}, "is no branch that a workflow can name"),
        ({"branch": "-x"}, "is no branch that a workflow can name"),
        ({"branch": "a\nb"}, "is no branch that a workflow can name"),
        ({"branch": ""}, "is no branch that a workflow can name"),
        ({"runner": "ubuntu latest"}, "'ubuntu latest' is no label of a runner"),
        ({"runner": "[self-hosted]"}, "is no label of a runner"),
        *(({"module": f"github.com/a/{word}", "apps": [APP]}, "is no address of a module") for word in BAD_WORDS),
        ({"module": "github.com/acme/tool", "apps": [APP]}, "at a version or a commit, such as github.com/owner/na"),
        ({"module": "github.com/acme/tool@main", "apps": [APP]}, "it gets tokens that write, so say which one it has"),
        ({"module": "github.com/acme/tool@v1", "apps": [APP]}, "is no address of a module at a version or a commit"),
        ({"module": "github.com/acme/tool@abc1234", "apps": [APP]}, "is no address of a module at a version or a"),
        ({"module": "./tool", "apps": [APP]}, "is no address of a module at a version or a commit"),
        ({"module": MODULE}, "applications and the module that makes them go together"),
        ({"apps": [APP]}, "applications and the module that makes them go together"),
        *(({"module": MODULE, "apps": [f"{APP} {word}"]}, "is no application; give a kind") for word in BAD_WORDS),
        ({"module": MODULE, "apps": ["rust-app a ./a"]}, "is no application; give a kind (go-app, next-app, dockerf"),
        ({"module": MODULE, "apps": ["go-app a"]}, "is no application"),
        ({"module": MODULE, "apps": ["go-app --name a"]}, "is no application"),
        ({"module": MODULE, "apps": ["go-app a /etc"]}, "a folder of the repository"),
        ({"module": MODULE, "apps": ["go-app a ../b"]}, "a folder of the repository"),
        ({"module": MODULE, "apps": ["go-app a https://example.com/a"]}, "a folder of the repository"),
        ({"module": MODULE, "apps": [""]}, "'' is no application"),
    ],
)
def test_what_could_say_something_else_is_refused(given: dict[str, Any], why: str) -> None:
    """With a sentence."""
    with pytest.raises(ValueError, match=r"^(?!$)") as failed:
        wish(**given)
    assert why in str(failed.value)
