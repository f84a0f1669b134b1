"""Failed commands as sentences. What the tools print here is what they printed when they were tried."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.failures import Exit, engine, explain, sentence

COMPILE = ["sh", "-c", "script", "compile", "./cmd/a", "-trimpath"]
NPM = ["sh", "-c", 'exec "$@"', "dependencies", "npm", "ci"]
NEXT = ["sh", "-c", 'exec "$@"', "compile", "node", "/opt/pipeline/next.mjs", "{}"]

GO_SYNTAX = "# example.com/a/cmd/a\ncmd/a/main.go:3:1: syntax error: unexpected EOF, expected }\n"
GO_TYPES = "# example.com/a\n./main.go:3:19: undefined: fmt.Printn\n./main.go:3:26: undefined: y\n"
GO_NO_SUM = "cmd/b/main.go:2:8: no required module provides package example.com/c; to add it:\n\tgo get example.com/c\n"
NPM_LOCK = """\
npm error code EUSAGE
npm error
npm error `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are \
in sync. Please update your lock file with `npm install` before continuing.
npm error
npm error Missing: left-pad@1.3.0 from lock file
npm error Invalid: lock file's next@16.0.0 does not satisfy next@16.0.1
npm error
npm error Clean install a project
npm error A complete log of this run can be found in: /root/.npm/_logs/debug-0.log
"""
NPM_MISSING = """\
npm error code E404
npm error 404 Not Found - GET https://example.com/nope - not found
npm error A complete log of this run can be found in: /root/.npm/_logs/debug-0.log
"""
NEXT_TYPES = """\
  Running TypeScript ...
Failed to compile.

./app/page.tsx:5:9
Type error: Type 'string' is not assignable to type 'number'.

  3 | export default function Page() {
> 5 |   const n: number = "one";
npm error Lifecycle script `build` failed with error:
npm error code 1
"""


def shown(command: list[str], stderr: str, code: int = 1) -> str:
    """The sentence for a command of the application `shop` that failed."""
    return explain("shop", Exit(command, code, "", stderr))


@pytest.mark.parametrize(
    ("command", "stderr", "text"),
    [
        (
            COMPILE,
            GO_SYNTAX,
            "compile: the source does not compile:\ncmd/a/main.go:3:1: syntax error: unexpected EOF, expected }",
        ),
        (
            COMPILE,
            GO_TYPES,
            "compile: the source does not compile:\n" + GO_TYPES.partition("\n")[2].strip(),
        ),
        (
            COMPILE,
            "stat /src/cmd/c: directory not found\n",
            "compile: the package to build, /src/cmd/c, does not hold Go files; check --package and the source folder",
        ),
        (
            COMPILE,
            "no Go files in /src/e\n",
            "compile: the package to build, /src/e, does not hold Go files; check --package and the source folder",
        ),
        (
            ["sh", "-c", "script", "dependencies"],
            "go: go.mod requires go >= 1.99.1 (running go 1.26.8; GOTOOLCHAIN=local)\n",
            (
                "dependencies: go.mod requires Go 1.99.1 and the image has 1.26.8; "
                "pass a newer one, such as --go-image golang:1.99-trixie"
            ),
        ),
        (
            NPM,
            NPM_LOCK,
            (
                "dependencies: the lock file does not match package.json; run `npm install` and commit it:\n"
                "Missing: left-pad@1.3.0 from lock file\n"
                "Invalid: lock file's next@16.0.0 does not satisfy next@16.0.1"
            ),
        ),
        (
            NPM,
            NPM_MISSING,
            "dependencies: npm said:\ncode E404\n404 Not Found - GET https://example.com/nope - not found",
        ),
        (
            [*NPM[:4], "npx", "--yes", "pnpm@10.34.8", "install", "--frozen-lockfile"],
            '\x1b[41m ERR_PNPM_OUTDATED_LOCKFILE \x1b[0m  Cannot install with "frozen-lockfile"\n',
            "dependencies: the lock file does not match package.json; run `pnpm install` and commit it",
        ),
        (
            NEXT,
            NEXT_TYPES,
            (
                "compile: the source does not pass the type check:\n"
                "app/page.tsx:5:9: Type 'string' is not assignable to type 'number'."
            ),
        ),
        (COMPILE, "pipeline-error: no main package was found\nexit 1", "compile: no main package was found"),
    ],
)
def test_what_is_known_becomes_a_sentence(command: list[str], stderr: str, text: str) -> None:
    """Application, stage, what was found and what to do; of the tool's output only the lines that matter."""
    assert shown(command, stderr) == f"shop: {text}"


def test_a_missing_dependency_names_file_and_line() -> None:
    """Go's own words stand in the error."""
    assert "cmd/b/main.go:2:8: no required module provides package example.com/c" in shown(COMPILE, GO_NO_SUM)


@pytest.mark.parametrize(
    ("command", "stage"),
    [
        (["sh", "-c", "git log", "version", "api"], "version"),
        (["sh", "-c", "apt-get", "packages", "gcc"], "packages"),
        (["sh", "-c", 'exec "$@"', "measure", "node", "/opt/pipeline/measure.mjs", "/image.tar"], "measure"),
        (["npm", "install"], "run"),
        (["node", "/opt/pipeline/smoke.mjs", "{}"], "run"),
        (["/usr/local/bin/shop", "--version"], "run"),
        (["sh", "-c", "exit 137"], "run"),
        (["bash", "-c", "exit 137", "compile"], "run"),
    ],
)
def test_what_is_unknown_is_shown_with_its_stage_and_exit_code(command: list[str], stage: str) -> None:
    """The end of what the tool printed, since the cause stands there."""
    text = "\n".join(str(number) for number in range(100))
    found = shown(command, text, 3)
    assert found.startswith(f"shop: {stage}: the command exited with 3:\n80\n81\n")
    assert found.endswith("\n99")


@pytest.mark.parametrize("code", [137, -9])
def test_a_command_that_was_killed_is_said_to_have_been(code: int) -> None:
    """What it printed until then says nothing of the reason."""
    assert shown(COMPILE, GO_TYPES, code) == (
        f"shop: compile: the command was killed ({code}), most likely for want of memory; try again"
    )


def test_a_script_that_npm_ran_is_shown_with_its_own_words() -> None:
    """What npm says of a script that failed is that it failed; the reason stands above."""
    found = shown(NEXT, "boom\nnpm error Lifecycle script `build` failed with error:\nnpm error code 1\n")
    assert found.startswith("shop: compile: the command exited with 1:\nboom\n")


def test_the_last_sentence_of_a_script_is_the_reason() -> None:
    """An earlier one, and one that stands within a line, may be of a program that the script ran."""
    printed = "pipeline-error: first\nlog: pipeline-error: second\npipeline-error: third\nlog: pipeline-error: fourth\n"
    assert shown(COMPILE, printed) == "shop: compile: third"


def test_a_silent_failure_is_said_to_be_silent() -> None:
    """An error never ends in a colon."""
    assert shown(COMPILE, "") == "shop: compile: the command exited with 1:\nit printed nothing"


def test_a_flood_of_errors_is_cut() -> None:
    """Twenty lines are enough to start with."""
    flood = "".join(f"main.go:{number}:1: undefined: x\n" for number in range(1, 100))
    assert len(shown(COMPILE, flood).splitlines()) == 21


def test_both_streams_are_read() -> None:
    """Next.js prints type errors to one, npm its own to the other."""
    assert "page.tsx:5:9" in explain("shop", Exit(NEXT, 1, NEXT_TYPES, "npm error Lifecycle script `build` failed\n"))


def test_a_sentence_names_application_and_stage() -> None:
    """In this order, without stray blanks."""
    assert sentence("shop", "smoke", " it is down\n") == "shop: smoke: it is down"


def test_a_sentence_is_fit_for_a_terminal() -> None:
    """Also where a name or a value that it repeats is not."""
    assert sentence("sh\x1b[31mop", "smoke", "it is \u202edown\u2066\r\n") == "shop: smoke: it is down"


@given(st.lists(st.text(max_size=20), max_size=6), st.text(), st.text())
def test_no_output_makes_it_fail_or_reaches_the_terminal_unclean(command: list[str], stdout: str, stderr: str) -> None:
    """A tool may print anything: the error about it is still an error about it."""
    found = explain("shop", Exit(command, 1, stdout, stderr))
    assert found.startswith("shop: ")
    assert "\x1b" not in explain("shop", Exit(COMPILE, 1, stdout, f"main.go:1:1: \x1b[31m{stderr}"))


MISSING = 'failed to resolve image "docker.io/library/golang:9" (platform: "linux/s390x"): '


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (
            MISSING + "no manifest matches the platform",
            (
                "the image docker.io/library/golang:9 has no variant for linux/s390x; "
                "build for platforms that it has, or pass another one"
            ),
        ),
        (
            MISSING + "not found\n",
            (
                "the image docker.io/library/golang:9 could not be pulled (not found); "
                "check its name and the network, or pass a mirror"
            ),
        ),
        (
            MISSING + "dial unix /run/x.sock: connect: permission denied",
            (
                "the image docker.io/library/golang:9 could not be pulled (dial unix /run/x.sock: connect: "
                "permission denied); check its name and the network, or pass a mirror"
            ),
        ),
        (
            MISSING + "unexpected status from HEAD request to https://a.example/v2/b/manifests/403: 500 Internal",
            (
                "the image docker.io/library/golang:9 could not be pulled (unexpected status from HEAD request to "
                "https://a.example/v2/b/manifests/403: 500 Internal); check its name and the network, or pass a mirror"
            ),
        ),
        ("\x1b[31mno space left\x1b[0m", "no space left"),
    ],
)
def test_what_an_engine_says_of_an_image_becomes_a_sentence(said: str, text: str) -> None:
    """What is not recognised stays as it is, without escape sequences."""
    assert engine(said) == text


@pytest.mark.parametrize(
    "why",
    [
        (
            "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to "
            "https://ghcr.io/token?scope=repository%3Aacme%2Fshop%3Apull&service=ghcr.io: 403 Forbidden"
        ),
        (
            "pull access denied, repository does not exist or may require authorization: server message: "
            "insufficient_scope: authorization failed"
        ),
        "unexpected status from HEAD request to https://registry.example.com/v2/a/manifests/1: 401 Unauthorized",
        "GET request failed: 403 ",
        "UNAUTHORIZED: authentication required",
    ],
)
def test_a_refused_pull_may_be_of_an_image_that_does_not_exist(why: str) -> None:
    """Registries do not tell a stranger what they hold; before the first release there is nothing to compare with."""
    assert engine(MISSING + why) == (
        f"the image docker.io/library/golang:9 could not be pulled ({why.strip()}); registries answer so for images "
        "that do not exist, too: check its name and the credentials of the machine; where nothing is published yet, "
        "leave it out"
    )
