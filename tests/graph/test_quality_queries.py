"""The queries of lint and test: which commands run, with what, and where."""

import json
import re
from collections.abc import Mapping

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes import go_checks, next_checks
from pipeline.nodes.app import App
from pipeline.nodes.errors import Failed
from pipeline.nodes.trial import Trial

from .queries import Engine, arguments, chain, held, pairs, steps
from .test_state import travelled

pytestmark = pytest.mark.anyio

SOURCE = held(dagger.Directory, "source")
PNPM = "npx --yes pnpm@10.34.8"
JUNIT = "--reporter=default --reporter=junit --outputFile.junit=/out/junit.xml"
COVERAGE = (
    "--coverage.enabled --coverage.reportOnFailure --coverage.reporter=json-summary --coverage.reporter=lcov "
    "--coverage.reportsDirectory=/out/coverage"
)


async def planned(app: App, verb: str) -> Trial:
    """What is going to run."""
    if app.go:
        if verb == "test":
            return go_checks.test(app.go, app.sources)
        return await go_checks.lint(app.go, app.sources)
    assert app.next
    if verb == "test":
        return await next_checks.test(app.next, app.sources)
    return await next_checks.lint(app.next, app.sources)


@pytest.fixture
def go(pipeline: Pipeline, engine: Engine) -> App:
    """A Go application with a secret and a service for its tests."""
    engine.answers(entries=["go.mod", "go.sum", "main.go"])
    app = pipeline.go_app("shop", SOURCE, build_env=["GOPRIVATE=example.com"])
    app = app.with_secret("netrc", held(dagger.Secret, "token"))
    return app.with_test_service("db", held(dagger.Service, "postgres"), ["DB_PORT=5432", "DB_HOST=db"])


def next_js(pipeline: Pipeline, engine: Engine, manifest: Mapping[str, object], lock: str = "package-lock.json") -> App:
    """A Next.js application with this package.json."""
    engine.answers(entries=["package.json", lock, "src"], contents=json.dumps(manifest))
    return pipeline.next_app("web", SOURCE, build_env=["B=2", "A=1"])


async def test_go_is_linted_where_tests_are_part_of_the_source(go: App) -> None:
    """After the dependencies; only what no tool reads is left out."""
    *_, ran = calls = steps((await planned(go, "lint")).ran())
    order = [step.name for step in calls if step.name in {"withDirectory", "withExec"}]
    assert order == ["withDirectory", "withExec", "withDirectory", "withExec"]
    *_, sources = [step.args["source"] for step in calls if step.name == "withDirectory"]
    assert steps(sources)[-1].args == {"exclude": ["**/.git"]}
    assert ran.args["args"][3] == "lint"
    assert pairs((await planned(go, "lint")).container, "withEnvVariable")["GOPRIVATE"] == "example.com"


async def test_go_is_formatted_and_vetted_without_any_configuration(go: App) -> None:
    """The linter of linters is none then, and nothing of it is compiled."""
    plan = await planned(go, "lint")
    assert re.findall(r"^(?:step|none) .*", plan.script, re.MULTILINE) == [
        "step gofmt format",
        "step vet go vet $packages",
        "none golangci-lint",
    ]
    assert arguments(plan.container, "withFile") == []


@pytest.mark.parametrize("ending", ["yml", "yaml", "toml", "json"])
async def test_golangci_lint_runs_where_it_is_configured(go: App, engine: Engine, ending: str) -> None:
    """By any of the names under which it looks itself."""
    engine.answers(entries=["go.mod", f".golangci.{ending}"])
    plan = await planned(go, "lint")
    assert "step golangci-lint golangci\n" in plan.script
    assert [added["path"] for added in arguments(plan.container, "withFile")] == ["/usr/local/bin/golangci-lint"]


async def test_tools_are_compiled_at_a_pinned_version_and_from_no_source_of_ours(go: App, engine: Engine) -> None:
    """Once for each Go image, without the application's secrets, and without C."""
    engine.answers(entries=["go.mod", ".golangci.yml"])
    for verb, name in (("lint", "golangci-lint"), ("test", "gotestsum")):
        (added,) = arguments((await planned(go, verb)).container, "withFile")
        shell, option, script, stage, package, made = arguments(added["source"], "withExec")[-1]["args"]
        assert (shell, option, stage) == ("sh", "-c", name)
        assert 'go install -trimpath -ldflags="-s -w" "$1"' in script
        assert re.fullmatch(r"[0-9a-f]{16}", made)
        assert re.fullmatch(rf"[\w./-]+/{name}@v\d+\.\d+\.\d+", package)
        assert chain(added["source"])[-1] == f'file(path="/out/{name}")'
        assert not {"withDirectory", "withMountedSecret"} & {step.name for step in steps(added["source"])}
        assert pairs(added["source"], "withEnvVariable")["CGO_ENABLED"] == "0"


async def test_how_the_application_is_compiled_is_no_concern_of_the_tools(pipeline: Pipeline, engine: Engine) -> None:
    """They run on this machine, with a newer Go where they need one; where modules come from holds for them too."""
    engine.answers(entries=["go.mod"])
    own = ["GOFLAGS=-mod=vendor", "GOOS=plan9", "GOARCH=arm", "GOTOOLCHAIN=local", "GOPROXY=https://go.example.com"]
    container = (await planned(pipeline.go_app("shop", SOURCE, build_env=own), "test")).container
    (added,) = arguments(container, "withFile")
    environment = pairs(added["source"], "withEnvVariable")
    assert (environment["GOTOOLCHAIN"], environment["GOPROXY"]) == ("auto", "https://go.example.com")
    assert chain(added["source"])[-5:-2] == [f'withoutEnvVariable(name="{n}")' for n in ("GOFLAGS", "GOOS", "GOARCH")]
    assert pairs(container, "withEnvVariable")["GOFLAGS"] == "-mod=vendor"


async def test_go_is_tested_with_its_services(go: App) -> None:
    """They are bound by their names after the sources are in place, and the environment says where they are."""
    plan = await planned(go, "test")
    sources = arguments(plan.container, "withDirectory")[-1]["source"]
    assert steps(sources)[-1].args == {"exclude": ["**/.git"]}
    assert chain(plan.container)[-3:] == [
        'withServiceBinding(alias="db", service=<node(id="postgres")>)',
        'withEnvVariable(name="DB_HOST", value="db")',
        'withEnvVariable(name="DB_PORT", value="5432")',
    ]
    command = plan.script.replace("\\\n  ", "").splitlines()[-1]
    assert command == (
        "step test gotestsum --junitfile=/out/junit.xml --format=pkgname --format-hide-empty-pkg "
        "-- -count=1 $race -covermode=atomic -coverprofile=/out/coverage.out $packages"
    )


async def test_the_tests_of_the_api_have_a_postgresql(pipeline: Pipeline) -> None:
    """Of the image that the stack has too, under the name that the environment says."""
    plan = await planned(pipeline.api(), "test")
    (bound,) = arguments(plan.container, "withServiceBinding")
    environment = pairs(plan.container, "withEnvVariable")
    assert bound["alias"] == environment["DB_HOST"] == "db"
    assert 'from(address="postgres:1")' in chain(bound["service"])
    made = pairs(bound["service"], "withEnvVariable")
    assert (made["POSTGRES_USER"], made["POSTGRES_DB"]) == (environment["DB_USER"], environment["DB_NAME"])
    assert made["POSTGRES_PASSWORD"] == environment["DB_PASSWORD"]
    assert {"port": 5432} in arguments(bound["service"], "withExposedPort")


def test_a_service_has_a_name_that_can_be_a_hosts(go: App) -> None:
    """And its environment is made of pairs; the value that is none is not repeated."""
    service = held(dagger.Service, "x")
    with pytest.raises(Failed, match=r"^shop: test services: the service's name 'a b' is not a word of letters"):
        go.with_test_service("a b", service)
    with pytest.raises(
        Failed, match=r"^shop: test services: the test variable number 2 is not of the form NAME=value$"
    ):
        go.with_test_service("queue", service, ["A=1", "s3cret"])


async def test_linters_have_neither_services_nor_their_environment(go: App) -> None:
    """Nothing is started for them."""
    names = {step.name for step in steps((await planned(go, "lint")).ran())}
    assert "withServiceBinding" not in names


async def test_the_tests_are_the_same_after_the_way_through_the_engine(go: App) -> None:
    """Which sorts environment and services: the same source is tested once."""
    go = go.with_test_service("cache", held(dagger.Service, "redis"))
    assert chain((await planned(await travelled(go), "test")).ran()) == chain((await planned(go, "test")).ran())


@pytest.mark.parametrize(
    ("scripts", "commands"),
    [
        ({"lint": "eslint .", "typecheck": "tsc"}, ["step lint npm run lint", "step types npm run typecheck"]),
        ({"lint": "eslint .", "types": "tsc"}, ["step lint npm run lint", "step types npm run types"]),
        ({"type-check": "tsc"}, ["none lint", "step types npm run type-check"]),
        ({"check-types": "tsc"}, ["none lint", "step types npm run check-types"]),
        ({"check:types": "tsc", "types": "x"}, ["none lint", "step types npm run check:types"]),
        ({"build": "next build"}, ["none lint", "none types"]),
        (None, ["none lint", "none types"]),
    ],
)
async def test_the_scripts_of_package_json_lint(
    pipeline: Pipeline, engine: Engine, scripts: object, commands: list[str]
) -> None:
    """The type check has several usual names; what is not there is none."""
    plan = await planned(next_js(pipeline, engine, {"scripts": scripts}), "lint")
    assert plan.script.splitlines() == commands


@pytest.mark.parametrize(
    ("lock", "manifest", "command"),
    [
        ("package-lock.json", {"test": "vitest run"}, f"npm run test -- {JUNIT}"),
        ("pnpm-lock.yaml", {"test": "vitest run"}, f"{PNPM} run test {JUNIT}"),
        ("package-lock.json", {"test": "node --test"}, "npm run test"),
        ("pnpm-lock.yaml", {"test": "jest"}, f"{PNPM} run test"),
        ("package-lock.json", {"test": "node vitest.mjs"}, "npm run test"),
        ("package-lock.json", {"test": "CI=1 vitest run"}, f"npm run test -- {JUNIT}"),
        ("package-lock.json", {"test": "vitest run && node e2e.mjs"}, "npm run test"),
        ("package-lock.json", {"test": "tsc; vitest run"}, "npm run test"),
        ("package-lock.json", {"test": "vitest run | tee log"}, "npm run test"),
    ],
)
async def test_vitest_is_told_to_write_junit(
    pipeline: Pipeline, engine: Engine, lock: str, manifest: dict[str, str], command: str
) -> None:
    """Other runners would not know the options; npm takes them for its own without `--`, pnpm passes that on."""
    plan = await planned(next_js(pipeline, engine, {"scripts": manifest}, lock), "test")
    assert plan.script == f"step test {command}\n"


@pytest.mark.parametrize("provider", ["v8", "istanbul"])
async def test_coverage_is_measured_where_its_provider_is_installed(
    pipeline: Pipeline, engine: Engine, provider: str
) -> None:
    """Without it Vitest would ask whether to install it."""
    manifest = {"scripts": {"test": "vitest run"}, "devDependencies": {f"@vitest/coverage-{provider}": "4.1.12"}}
    plan = await planned(next_js(pipeline, engine, manifest), "test")
    assert plan.script == f"step test npm run test -- {JUNIT} {COVERAGE}\n"


@pytest.mark.parametrize("scripts", [{}, {"test": ""}, {"test": 'echo "Error: no test specified" && exit 1'}])
async def test_without_a_script_there_is_nothing_to_test(
    pipeline: Pipeline, engine: Engine, scripts: Mapping[str, str]
) -> None:
    """Nor with the one that npm writes into a new package.json; that is said, and not passed over."""
    assert (await planned(next_js(pipeline, engine, {"scripts": scripts}), "test")).script == "none test\n"


async def test_next_is_checked_on_its_dependencies_with_all_its_sources(pipeline: Pipeline, engine: Engine) -> None:
    """Tests are part of them; of the machine's own folders nothing is; colours would only be noise in a log."""
    app = next_js(pipeline, engine, {"scripts": {"test": "vitest run"}})
    app = app.with_secret("npmrc", held(dagger.Secret, "token"))
    app = app.with_test_service("api", held(dagger.Service, "backend"), ["API=http://api"])
    container = (await planned(app, "test")).container
    assert chain(container)[-6:-4] == [
        (
            'withDirectory(path="/app", source=<node(id="source") | filter(exclude=["**/.git", "**/node_modules", '
            '"**/.next", "**/coverage", "**/*.tsbuildinfo", "**/.env*.local"])>)'
        ),
        'withEnvVariable(name="NO_COLOR", value="1")',
    ]
    assert chain(container)[-4:] == [
        'withEnvVariable(name="A", value="1")',
        'withEnvVariable(name="B", value="2")',
        'withServiceBinding(alias="api", service=<node(id="backend")>)',
        'withEnvVariable(name="API", value="http://api")',
    ]
    assert {mount["path"] for mount in arguments(container, "withMountedSecret")} == {"/root/.npmrc"}
