"""How Go modules are linted and tested."""

from typing import Final

import dagger

from pipeline.nodes.go import HOMES, TOOLS, UNLOCKED, Go
from pipeline.nodes.recipe import Order, Volume, with_caches
from pipeline.nodes.trial import OUT, Trial
from pipeline.policy.documents import short_digest

GOTESTSUM: Final = "gotest.tools/gotestsum@v1.13.0"
"""Runs tests and writes JUnit."""

GOLANGCI: Final = "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0"
"""Linter of Go linters. Compiled here, since it refuses sources that are newer than the Go it was compiled with."""

_CONFIGURATIONS: Final = {f".golangci.{ending}" for ending in ("yml", "yaml", "toml", "json")}

# `go list -m` names the modules of a workspace, which `./...` does not reach.
_MODULES: Final = f"""\
{UNLOCKED}
modules=$(go list -m -f '{{{{.Dir}}}}')
packages=$(go list -m -f '{{{{.Dir}}}}/...')
"""

# What gofmt cannot read it does not list: then its exit code counts, and its words are in the log.
_LINT: Final = """\
format() {
  status=0
  found=$(find . -name '*.go' ! -path '*/vendor/*' ! -path '*/testdata/*' -exec gofmt -l {} +) || status=$?
  [ -z "$found" ] || { printf '%s\\n' "$found"; status=1; }
  return $status
}
step gofmt format
step vet go vet $packages
"""

_GOLANGCI: Final = """\
golangci() {
  status=0
  for module in $modules; do (cd "$module" && golangci-lint run --color=never) || status=$?; done
  return $status
}
step golangci-lint golangci
"""

# The race detector is C: without a compiler it cannot be had, and the tests are worth running all the same.
_TEST: Final = f"""\
race=
if command -v "$(go env CC)" >/dev/null; then export CGO_ENABLED=1; race=-race
else note 'without the race detector: the Go image has no C compiler'; fi
step test gotestsum --junitfile={OUT}/junit.xml --format=pkgname --format-hide-empty-pkg \\
  -- -count=1 $race -covermode=atomic -coverprofile={OUT}/coverage.out $packages
"""


# Modules lie side by side in the download cache; of those that are compiled, the files that tell a licence.
_LICENSES: Final = f"""\
set -eu
[ ! -e vendor/modules.txt ] || exit 0
{_MODULES}
cache=$(go env GOMODCACHE)
found=$(go list -deps -f '{{{{with .Module}}}}{{{{.Dir}}}}{{{{end}}}}' $packages)
printf '%s\\n' "$found" | sort -u | while read -r module; do
  case $module in "$cache"/*) ;; *) continue;; esac
  mkdir -p "{OUT}/pkg/mod/${{module#"$cache"/}}"
  find "$module" -maxdepth 1 -type f \\( -iname 'licen[cs]e*' -o -iname 'copying*' \\) \\
    -exec cp {{}} "{OUT}/pkg/mod/${{module#"$cache"/}}/" \\;
done
"""


def licenses(go: Go, order: Order) -> dagger.Directory:
    """The licence files of all modules, laid out as in GOPATH."""
    container = go.sources(order).with_new_file(f"{OUT}/.keep", "")
    return container.with_exec(["sh", "-c", _LICENSES, "licenses"]).directory(OUT)


async def lint(go: Go, order: Order) -> Trial:
    """Format and vet, and golangci-lint where the source is configured for it."""
    container = _sources(go, order)
    script = _MODULES + _LINT
    if _CONFIGURATIONS & set(await order.source.entries()):
        script += _GOLANGCI
        container = _with_tool(container, go, order, GOLANGCI)
    else:
        script += "none golangci-lint\n"
    return Trial(container=container, script=script, stage="lint")


def test(go: Go, order: Order) -> Trial:
    """All tests, with coverage and JUnit."""
    container = _with_tool(_sources(go, order), go, order, GOTESTSUM)
    return Trial(container=order.with_services(container), script=_MODULES + _TEST, stage="test")


def _sources(go: Go, order: Order) -> dagger.Container:
    return order.without_secrets(go.sources(order, tests=True), HOMES)


# Modules and objects of the tools are many times those of an application: only what comes out is worth keeping.
_TOOL_VOLUMES: Final = {
    "/go/pkg/mod": Volume("pipeline-tools-mod"),
    "/root/.cache/go-build": Volume("pipeline-tools-build"),
}

_INSTALL: Final = """\
set -eu
kept="/tools/$0-$2-$(uname -m)"
if [ ! -x "$kept" ]; then
  mkdir -p /tools
  GOBIN=$(mktemp -d -p /tools)
  export GOBIN
  trap 'rm -rf "$GOBIN"' EXIT
  go install -trimpath -ldflags="-s -w" "$1"
  # In one step: another command may be about to take it.
  mv "$GOBIN/$0" "$kept"
fi
mkdir /out
cp "$kept" "/out/$0"
"""


def _with_tool(container: dagger.Container, go: Go, order: Order, package: str) -> dagger.Container:
    # Compiled once for each Go image, with a newer Go where it needs one: what the application's own Go and its flags
    # are is no concern of the tool.
    name = package.partition("@")[0].rpartition("/")[2]
    builder = with_caches(go.toolchain(order.tools), order.tools.salt, _TOOL_VOLUMES)
    builder = with_caches(builder, order.tools.salt, TOOLS, order.seeds)
    builder = builder.with_env_variable("CGO_ENABLED", "0").with_env_variable("GOTOOLCHAIN", "auto")
    for variable in ("GOFLAGS", "GOOS", "GOARCH"):
        builder = builder.without_env_variable(variable)
    # The version, and the compiler: another one makes another tool.
    made = short_digest(f"{package} {order.tools.go}")
    binary = builder.with_exec(["sh", "-c", _INSTALL, name, package, made]).file(f"/out/{name}")
    return container.with_file(f"/usr/local/bin/{name}", binary)
