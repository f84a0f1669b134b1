"""Applications: their stamps, what may be changed about them, and the bad input that they refuse."""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed
from pipeline.nodes.settings import About, checked
from pipeline.nodes.stack import database
from pipeline.nodes.stamping import stamps
from pipeline.policy.gates import Budget
from pipeline.policy.versions import Stamp

from .queries import Engine, arguments, chain, held, pairs, refused

pytestmark = pytest.mark.anyio

SOURCE = held(dagger.Directory, "source")
FILES = held(dagger.Directory, "files")
THEIRS = held(dagger.GitRepository, "theirs")

Change = Callable[[Pipeline], object]

NO_WORD = r"is not a word of letters, digits, '\.', '_' and '-'$"


def line(revision: str, tag: str = "v1.0.0", shallow: str = "false") -> str:
    """What the git probe prints about a path."""
    return f"{revision}\t7\t{tag}\t2\t\t\t{shallow}\n"


async def test_an_application_without_a_repository_never_has_the_version_of_this_one(pipeline: Pipeline) -> None:
    """It is 0.0.0-dev at time 0, and git is not asked."""
    assert await pipeline.go_app("shop", SOURCE).version() == "0.0.0-dev"


async def test_applications_of_one_repository_cost_one_command(pipeline: Pipeline, engine: Engine) -> None:
    """Each has the stamp of its own path, in its place, whatever lies between."""
    engine.answers(url=None, stdout=lambda asked: line("aaa") + line("bbb") if '"api"' in asked[-2] else line("ccc"))
    apps = [
        pipeline.api(),
        pipeline.go_app("shop", SOURCE, THEIRS, path="shop"),
        pipeline.go_app("tool", SOURCE),
        pipeline.frontend(),
    ]
    assert [found.revision for found in await stamps(apps) if isinstance(found, Stamp)] == ["aaa", "ccc", "", "bbb"]
    commands = [asked[-2] for asked in engine.asked if asked[-1] == "stdout"]
    assert [command.split(", ")[-2:] for command in commands] == [
        ['"api"', '"frontend"])'],
        ['"version"', '"shop"])'],
    ]


async def test_files_for_run_time_count_for_the_stamp(pipeline: Pipeline, engine: Engine) -> None:
    """Where they lie in the repository: what touches them alone makes another image."""
    engine.answers(url=None, stdout=line("aaa"))
    app = pipeline.go_app("shop", SOURCE, THEIRS, path="shop", files=FILES, files_path="migrations")
    assert await app.version() == "1.0.1-dev.2+gaaa"
    assert engine.asked[-1][-2].endswith('"version", "shop\\nmigrations"])')
    none = pipeline.go_app("shop", SOURCE, THEIRS, path="shop", files_path="migrations")
    await none.version()
    assert engine.asked[-1][-2].endswith('"version", "shop"])')


async def test_a_part_of_a_folder_is_stamped_by_its_own_commits(pipeline: Pipeline, engine: Engine) -> None:
    """Of a repository of several applications each is built from what it needs, in any commit, and nothing else."""
    engine.answers(url=None, stdout=line("aaa"))
    app = pipeline.go_app("shop", SOURCE, THEIRS, path="services", only=["go.work", "lib", "shop"], files=FILES)
    kept = 'filter(include=["go.work", "lib", "shop", ".golangci.*", ".trivyignore.yaml"])'
    assert chain(app.source) == ['node(id="source")', kept]
    app = dataclasses.replace(app, files_path="migrations")
    assert await app.version() == "1.0.1-dev.2+gaaa"
    asked = '"version", "services/go.work\\nservices/lib\\nservices/shop\\nmigrations"])'
    assert engine.asked[-1][-2].endswith(asked)
    then = chain(app.at("abc1234", "").source)
    assert then[-2:] == ['directory(path="services")', kept]
    assert pipeline.go_app("shop", SOURCE, THEIRS, only=["./lib", "shop/"]).paths == ["lib", "shop"]
    assert pipeline.go_app("shop", SOURCE, THEIRS, path="./shop/").paths == ["shop"]
    assert pipeline.go_app("shop", SOURCE, THEIRS).paths == ["."]


async def test_files_that_come_from_nowhere_are_changes_that_no_commit_holds(
    pipeline: Pipeline, engine: Engine, stamp: Stamp
) -> None:
    """So no tag of a commit or a release names them, and none is built again; a note says how to mend it."""
    engine.answers(url=None, stdout=line("aaa"), entries=["go.mod", "go.sum"], imageRef="static:1@sha256:5")
    app = pipeline.go_app("shop", SOURCE, THEIRS, path="shop", files=FILES)
    assert await app.version() == "1.0.1-dev.2+gaaa.dirty"
    (note,) = (await app.image(stamp, ["linux/amd64"])).notes
    assert note == "no commit is known to hold its files, so no tag names one; say with --files-path where they lie"
    with pytest.raises(Failed, match=f"^shop: version: {note}$"):
        await dataclasses.replace(app, release="v1.2.3").version()
    with pytest.raises(ValueError, match=note):
        app.at("abc1234", "")
    for placed in (dataclasses.replace(app, repository=None), dataclasses.replace(app, files_path="migrations")):
        assert (await placed.image(stamp, ["linux/amd64"])).notes == []


def test_another_commit_has_its_own_files(pipeline: Pipeline) -> None:
    """What is verified is built of the source and the files of one commit."""
    app = pipeline.go_app("shop", SOURCE, THEIRS, path="shop", files=FILES, files_path="migrations")
    then = app.at("abc1234", "")
    tree = ['node(id="theirs")', 'commit(id="abc1234")', "tree"]
    assert chain(then.source)[:4] == [*tree, 'directory(path="shop")']
    assert then.files
    assert chain(then.files) == [*tree, 'directory(path="migrations")']
    assert pipeline.go_app("shop", SOURCE, THEIRS).at("abc1234", "").files is None


async def test_two_applications_of_one_name_keep_their_own_stamps(pipeline: Pipeline, engine: Engine) -> None:
    """Somebody else's application may be called `api` too."""
    engine.answers(url=None, stdout=line("aaa"))
    found = await stamps([pipeline.api(), pipeline.go_app("api", SOURCE)])
    assert found == [Stamp("1.0.1-dev.2+gaaa", "aaa", 7), Stamp()]


async def test_a_shallow_clone_is_refused_to_those_that_it_concerns(pipeline: Pipeline, engine: Engine) -> None:
    """Application and stage stand before the sentence; an application without a repository has its stamp."""
    engine.answers(url=None, stdout=line("aaa", shallow="true") * 2)
    refused, stamped, other = await stamps([pipeline.api(), pipeline.go_app("tool", SOURCE), pipeline.frontend()])
    assert str(refused).startswith("api: version: the version comes from git's history, and this clone is shallow")
    assert str(other).startswith("frontend: version: ")
    assert stamped == Stamp()


async def test_a_repository_that_git_cannot_read_is_told(pipeline: Pipeline, engine: Engine) -> None:
    """What the engine refused, in its words."""
    engine.answers(url=refused("no \x1b[31mrepository"))
    with pytest.raises(Failed, match=r"^api: version: no repository$"):
        await pipeline.api().version()


async def test_the_two_applications_are_what_the_design_says(pipeline: Pipeline, engine: Engine, stamp: Stamp) -> None:
    """Names, ports, health, budgets, bases."""
    api, frontend = pipeline.members
    assert (api.name, api.path, api.run.port, api.run.health_path) == ("api", "api", 8082, "/health")
    assert (frontend.name, frontend.path, frontend.run.port) == ("frontend", "frontend", 3000)
    assert (api.budget.added, frontend.budget.total) == (20, 200)
    assert frontend.next
    assert frontend.next.public_keys
    engine.answers(entries=["go.mod", "go.sum"], imageRef="static:1@sha256:5")
    (variant,) = (await api.image(stamp, ["linux/amd64"])).variants
    assert arguments(variant, "withEntrypoint") == [{"args": ["/usr/local/bin/neuronip-api"]}]
    assert arguments(variant, "withDockerHealthcheck")[0]["args"] == ["/usr/local/bin/neuronip-api", "healthcheck"]
    assert pairs(variant, "withLabel")["org.opencontainers.image.title"] == "NeuronIP API"
    assert pairs(variant, "withLabel")["org.opencontainers.image.licenses"] == "Apache-2.0"


def test_changes_make_a_copy(pipeline: Pipeline) -> None:
    """Whoever holds the first object still holds the first object."""
    app = pipeline.go_app("shop", SOURCE)
    changed = app.with_budget(5).with_secret("token", held(dagger.Secret, "value")).with_labels(url="https://a.example")
    assert app == pipeline.go_app("shop", SOURCE)
    assert (changed.budget.total, changed.secret_names, changed.about.url) == (5, ["token"], "https://a.example")
    assert pipeline.with_app(app).members[-1] == app
    assert [member.name for member in pipeline.members] == ["api", "frontend"]


def test_what_a_change_does_not_name_stays(pipeline: Pipeline) -> None:
    """Labels and budgets are given one at a time, also on top of those of our own applications."""
    app = pipeline.go_app("shop", SOURCE).with_labels(url="https://a.example", licenses="MIT")
    assert app.with_labels(description="A shop").about == About(
        title="shop", url="https://a.example", licenses="MIT", description="A shop"
    )
    assert app.with_labels(url="").about == About(title="shop", licenses="MIT")
    assert pipeline.api().with_labels(licenses="MIT").about.title == "NeuronIP API"
    assert app.with_budget(total=9).with_budget(added=3).budget == Budget(total=9, added=3)
    assert pipeline.api().with_budget(total=50).budget == Budget(total=50, added=20)


@pytest.mark.parametrize("name", ["shop", "shop-2.api_x", "9", "_"])
def test_names_are_plain_words(name: str) -> None:
    """They are parts of paths, and columns of tables."""
    assert checked(name, "the name") == name


@pytest.mark.parametrize("name", ["", ".", "..", "-x", ".env", "a/b", "a b", "a\n", "\u00e9", "a\u202eb"])
def test_names_that_are_no_plain_words_are_refused(name: str) -> None:
    """Neither a path nor an option, and nothing that looks like another name."""
    with pytest.raises(ValueError, match=NO_WORD):
        checked(name, "the name")


@pytest.mark.parametrize("secret", ["hunter2", "=hunter2"])
def test_a_text_that_is_no_assignment_is_not_shown(pipeline: Pipeline, secret: str) -> None:
    """It may be a value whose name was forgotten."""
    with pytest.raises(Failed) as caught:
        pipeline.go_app("shop", SOURCE, env=["A=1", secret])
    assert str(caught.value) == "shop: arguments: the variable number 2 is not of the form NAME=value"


def test_the_list_of_applications_is_the_callers(pipeline: Pipeline) -> None:
    """Beside ours, or in their place; the order is that of the calls."""
    one, other = (pipeline.go_app(name, SOURCE) for name in ("one", "other"))
    names = [member.name for member in pipeline.with_app(one).with_app(other).members]
    assert names == ["api", "frontend", "one", "other"]
    assert [member.name for member in pipeline.with_app(one).without_apps().with_app(other).members] == ["other"]
    assert pipeline.without_apps().members == []


@pytest.mark.parametrize("name", ["api", "shop"])
def test_two_applications_have_two_names(pipeline: Pipeline, name: str) -> None:
    """Theirs would be one in tables and reports; whoever takes ours away may use its name."""
    one = pipeline.go_app(name, SOURCE)
    with pytest.raises(Failed, match=f"^there is an application {name} already; give this one another name"):
        pipeline.with_app(pipeline.go_app("shop", SOURCE)).with_app(one)
    assert pipeline.without_apps().with_app(one).members == [one]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (
            lambda p: p.go_app("shop", SOURCE, port=0),
            "shop: arguments: port 0 is not a TCP port; one from 1 to 65535 is",
        ),
        (lambda p: p.next_app("shop", SOURCE, port=65536), "shop: arguments: port 65536 is not a TCP port"),
        (lambda p: p.dockerfile_app("shop", SOURCE, port=-1), "shop: arguments: port -1 is not a TCP port"),
        (lambda p: p.go_app("shop", SOURCE, health_path="up"), "the health path 'up' does not begin with a slash"),
        (
            lambda p: p.go_app("shop", SOURCE, env=["A"]),
            "^shop: arguments: the variable number 1 is not of the form NAME=value$",
        ),
        (
            lambda p: p.go_app("shop", SOURCE, build_env=["A=1", "=1"]),
            "the build variable number 2 is not of the form NAME=value$",
        ),
        *(
            (
                lambda p, one=one: p.go_app("shop", SOURCE, only=["lib", one]),
                f"^shop: arguments: '{re.escape(one)}' {said}",
            )
            for said, named in [
                ("of only is no path within the folder; name what lies in it", ["../lib", "a/../..", "/lib", "."]),
                (
                    "of only is a pattern, which git and the engine read differently; name",
                    ["*.go", "li?", "[a]", "!lib"],
                ),
            ]
            for one in named
        ),
        (lambda p: p.next_app("shop", SOURCE, env=["A"]), "the variable number 1 is not"),
        (lambda p: p.dockerfile_app("shop", SOURCE, build_args=["A"]), "the build argument number 1 is not"),
        (lambda p: p.api().with_budget(0), r"api: budget: a budget of 0 MB \(total\) allows no image at all"),
        (
            lambda p: p.api().with_secret("../x", held(dagger.Secret, "s")),
            f"^api: secrets: the secret's name '../x' {NO_WORD}",
        ),
        (lambda p: p.api().with_secret("", held(dagger.Secret, "s")), f"^api: secrets: the secret's name '' {NO_WORD}"),
        (lambda p: p.next_app("a/b", SOURCE), f"^a/b: arguments: the name 'a/b' {NO_WORD}"),
        (lambda p: p.dockerfile_app("", SOURCE), f"^: arguments: the name '' {NO_WORD}"),
        (lambda p: p.go_app("a b", SOURCE, binary="ab"), f"^a b: arguments: the name 'a b' {NO_WORD}"),
        (lambda p: p.go_app("shop", SOURCE, binary="../sh"), f"^shop: arguments: the binary's name '../sh' {NO_WORD}"),
    ],
)
def test_arguments_that_can_only_be_mistakes_are_refused(pipeline: Pipeline, change: Change, error: str) -> None:
    """At once, in a sentence with the application, and without a traceback."""
    with pytest.raises(Failed, match=error):
        change(pipeline)


def test_values_may_hold_equal_signs_and_be_empty(pipeline: Pipeline) -> None:
    """The first one ends the name."""
    app = pipeline.go_app("shop", SOURCE, env=["A=x=y", "B="])
    assert app.run.environment == {"A": "x=y", "B": ""}


async def test_unknown_platforms_are_refused(pipeline: Pipeline, stamp: Stamp) -> None:
    """Before any source is read."""
    with pytest.raises(Failed, match=r"^api: platforms: 'plan9/amd64' is not a platform that images are built for"):
        await pipeline.api().image(stamp, ["plan9/amd64"])


async def test_a_base_that_cannot_be_pulled_is_told(pipeline: Pipeline, stamp: Stamp, engine: Engine) -> None:
    """The stage is the base image, the words are the registry's."""
    engine.answers(imageRef=refused("not found"))
    app = dataclasses.replace(pipeline.api(), base="nope:1")
    with pytest.raises(Failed, match=r"^api: base image: not found$"):
        await app.image(stamp, ["linux/amd64"])


async def test_the_stack_is_wired(pipeline: Pipeline, engine: Engine) -> None:
    """The front end reaches the API, and the API the database, through the engine; browsers through localhost."""
    answers: dict[str, Any] = {"url": None, "stdout": line("aaa"), "imageRef": "a:1@sha256:1"}
    engine.answers(**answers, entries=["go.mod", "go.sum", "package.json", "package-lock.json"])
    shown = chain(await pipeline.serve_frontend())
    assert 'withEnvVariable(name="NEXT_PUBLIC_API_URL", value="http://localhost:8082")' in shown
    assert 'withEnvVariable(name="API_INTERNAL_URL", value="http://api:8082")' in shown
    (bound,) = [step for step in shown if step.startswith("withServiceBinding")]
    assert bound.startswith('withServiceBinding(alias="api", service=<node(id=')
    backend = chain(await pipeline.serve_api())
    assert 'withEnvVariable(name="DB_HOST", value="db")' in backend
    assert 'withEnvVariable(name="CORS_ALLOWED_ORIGINS", value="http://localhost:3000")' in backend
    storage = " | ".join(chain(database("postgres:1")))
    assert f'withServiceBinding(alias="db", service=<{storage}>)' in backend


def test_an_application_of_no_kind_is_an_error(pipeline: Pipeline) -> None:
    """It can only come from another module that makes one by hand."""
    app: App = dataclasses.replace(pipeline.go_app("shop", SOURCE), go=None)
    with pytest.raises(ValueError, match=r"is Go, Next\.js, a Dockerfile or a packager's, and this one is none"):
        _ = app.recipe
