"""What the checker of command lines takes, and what it refuses: the pages and the workflows rest on it."""

import pytest

from tests.commands import problems, script_problems

SERVICE = """\
dagger -c 'go-app hello ./hello | with-test-service db $(container | from postgres:17 |
  with-env-variable POSTGRES_PASSWORD x | with-exposed-port 5432 | as-service --use-entrypoint) --env A=db | test'
"""
RIGHT = [
    "dagger call build",
    "dagger call api build size",
    "dagger call api build --platform linux/amd64,linux/arm64 size    # one application's",
    "dagger --progress plain call -m github.com/acme/tool --go-image golang:1 api version",
    "dagger call with-registry-auth --address ghcr.io --username ann --secret env://T \\\n  publish --to ghcr.io/acme",
    "dagger call publish --to ghcr.io/acme --as-json | jq -r '.[] | .reference'",
    "dagger call publish --with-v=false --pull-request 12",
    'dagger call publish --pull-request "$NUMBER" > out.json',
    "dagger call reports --output report/   # Dagger's own flag",
    "dagger call reports export --path report",
    "dagger call api build scan report --format SARIF",
    "dagger call api build service up --ports 8082:8082",
    "dagger call api build tarball -o api.tar",
    "dagger call --registry tcp://127.0.0.1:5000 prune --repository localhost:5000/api --keys-days 7",
    "dagger call changelog -y",
    "dagger check lint test",
    "dagger check workflows",
    "dagger generate workflows",
    "dagger check -l",
    "dagger up",
    "dagger functions",
    "uv run pipeline api build size",
    "uv run pipeline plan --to ghcr.io/acme",
    "uv run pipeline bump patch --push",
    "TOKEN=x dagger call build",
    "dagger -c 'go-app hello ./hello | build | size'",
    SERVICE,
    "dagger -c 'github.com/acme/tool --repository . | without-apps | with-app $(go-app a ./a --port 80) | build'",
]
WRONG = [
    ("dagger call bild", "Pipeline has no function bild; it has api"),
    ("dagger call api build sizes", "Image has no function sizes; it has "),
    ("dagger call api version size", "str has no function size, since it is a value"),
    ("dagger call build api", "str has no function api, since it is a value"),
    ("dagger call publish --from x", "publish has no flag --from; it has --to, "),
    ("dagger call publish -x", "publish has no flag -x"),
    ("dagger call publish --as_json", "publish has no flag --as_json"),
    ("dagger call build --go-image golang:1", "build has no flag --go-image"),
    ("dagger call publish --to", "--to has no value"),
    ("dagger call verify", "verify needs --image"),
    ("dagger call with-registry-auth --address a --username b", "with-registry-auth needs --secret"),
    ("dagger call publish --pull-request twelve", "--pull-request of publish takes int, and 'twelve' is none"),
    ("dagger call publish --with-v=no", "--with-v of publish takes bool, and 'no' is none"),
    ("dagger call build --platform amd64", "--platform of build takes Platform, and 'amd64' is none"),
    ("dagger call build --platform linux/amd64,arm64", "--platform of build takes Platform, and 'arm64' is none"),
    ("dagger call api build scan report --format sarif", "--format of report takes one of "),
    (
        "dagger call with-registry-auth --address a --username b --secret hunter2 build",
        "--secret of with-registry-auth takes Secret, and 'hunter2' is none",
    ),
    ("dagger call --registry localhost:5000 build", "--registry of the module takes Service"),
    ("dagger call with-app --app x build", "--app of with-app takes App, an object of the module"),
    ("dagger call api build service up --ports web", "--ports of up takes PortForward, and 'web' is none"),
    ("dagger call reports exports", "Directory has no function exports; it has "),
    ("dagger check types", "`dagger check` knows no types; there are build, lint, "),
    ("dagger generate lint", "`dagger generate` knows no lint; there are workflows"),
    ("dagger chek", "the CLI has no command 'chek'"),
    ("uv run pipeline bump --pull", "pipeline bump: error: unrecognized arguments: --pull"),
    ("uv run pipeline bild", "Pipeline has no function bild"),
    ("docker build .", "calls no dagger"),
    ("dagger -c 'go-app hello | build'", "go-app needs --source"),
    ("dagger -c 'go-app hello ./a ./b'", "go-app takes no './b'"),
    ("dagger -c 'with-app $(directory)'", "app of with-app takes App, and is given Directory"),
    ("dagger -c 'with-app $(go-app a ./a | bild)'", "App has no function bild"),
    ("dagger -c 'with-app $(go-app a ./a'", "a quote or bracket is not closed"),
    ("dagger -c 'api | | build'", "a part of the pipeline is empty"),
]


@pytest.mark.parametrize("command", RIGHT)
def test_a_right_command_has_no_problem(command: str) -> None:
    """Chains, flags in both forms, comments, pipes, variables, the CLI's own flags, and the Dagger shell."""
    assert problems(command) == []


@pytest.mark.parametrize(("command", "sentence"), WRONG)
def test_a_wrong_command_has_a_sentence(command: str, sentence: str) -> None:
    """It says what is wrong, and what there is."""
    (said,) = problems(command)
    assert sentence in said


def test_a_script_is_checked_statement_by_statement() -> None:
    """Lines that go on after a bar are one."""
    assert script_problems("go-app a ./a |\n  build |\n  size\nfrontend | build") == []
    assert len(script_problems("api | bild\nfrontend | bild\napi | build")) == 2
