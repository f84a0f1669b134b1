"""Go applications: cross-compiled on the engine's own platform, one static binary an image."""

import dataclasses
from collections.abc import Mapping
from typing import Final

import dagger
from dagger import dag

from pipeline.nodes.recipe import Built, Order, Volume, listing, plain_modes, with_caches, with_environment
from pipeline.nodes.settings import Toolbox
from pipeline.policy.platforms import Machine, Target
from pipeline.policy.versions import Stamp

_MANIFESTS: Final = ["**/go.mod", "**/go.sum", "go.work", "go.work.sum", "vendor/modules.txt"]

_VOLUMES: Final = {"/go/pkg/mod": Volume("pipeline-go-mod"), "/root/.cache/go-build": Volume("pipeline-go-build-host")}

TOOLS: Final = {"/tools": Volume("pipeline-go-tools")}
"""Where linters and the like lie, once they are compiled."""

# Tests are no input of the compiler: a change in one must not compile anything.
_NOT_COMPILED: Final = ["**/.git", ".trivyignore.yaml", "**/*_test.go"]
_NOT_TESTED: Final = ["**/.git"]

# The word after each script is its $0: it names the stage in errors.
# Without go.sum there is nothing to download by: the compiler finds out what it needs.
_DOWNLOAD: Final = """\
set -eu
[ ! -e vendor/modules.txt ] || exit 0
[ -e go.sum ] || [ -e go.work ] || exit 0
go mod download
# What came from elsewhere is held against go.sum as a download is.
[ "$1" = verify ] || exit 0
go mod verify >&2 && exit 0
# The folder itself is a mount, and stays.
go clean -modcache || true
go mod download
go mod verify >&2
"""

# Without go.sum there is nothing to hold dependencies to: the go command may write one.
UNLOCKED: Final = '[ -e go.sum ] || [ -e go.work ] || export GOFLAGS="-mod=mod ${GOFLAGS:-}"'

# -find: names of packages without their imports, so that nothing is downloaded to learn what is there.
_COMPILE: Final = f"""\
set -eu
fail() {{ echo "pipeline-error: $1" >&2; exit 1; }}
package=$1; shift
{UNLOCKED}
if [ -z "$package" ]; then
  [ -e go.mod ] || fail 'a workspace has several modules; say which package to build with --package ./MODULE/cmd/NAME'
  found=$(go list -find -f '{{{{if eq .Name "main"}}}}{{{{.ImportPath}}}}{{{{end}}}}' ./...)
  package=$(printf '%s' "$found" | paste -sd ' ')
  case $package in
    '') fail 'no main package was found; say which folder to build with --package ./cmd/NAME';;
    *' '*) fail "several main packages were found ($package); say which with --package";;
  esac
fi
exec go build "$@" "$package"
"""

HOMES: Final = {"netrc": "/root/.netrc"}
"""Where git looks for secrets."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Go:
    """How a Go module becomes a binary.

    `package` is the main package, found when "" and there is one. `binary` is its file name. With `cgo`, `packages`
    are installed from the Debian archive and the compiler runs on each platform itself. `version_variable`,
    `date_variable` and `commit_variable` are set with -X; "" leaves one out.
    """

    package: str = ""
    binary: str
    cgo: bool = False
    packages: list[str] = dataclasses.field(default_factory=list)
    version_variable: str = ""
    date_variable: str = ""
    commit_variable: str = ""
    environment: dict[str, str] = dataclasses.field(default_factory=dict)

    def volumes(self, order: Order) -> Mapping[str, Volume]:
        """Modules, what the compiler of the engine's platform keeps, and tools that were compiled."""
        _ = order
        return _VOLUMES | TOOLS

    @property
    def locks(self) -> list[str]:
        """What names the versions of modules."""
        return ["**/go.sum", "go.work.sum"]

    async def installed(self, order: Order) -> None:
        """Nothing: modules lie in a volume."""
        _ = order

    def used(self, tools: Toolbox) -> list[str]:
        """The one that compiles."""
        return [tools.go]

    async def build(self, order: Order) -> Built:
        """A binary a platform on the base image.

        Raises:
            ValueError: the folder holds no Go module.
        """
        path = f"usr/local/bin/{self.binary}"
        notes = await self._notes(order.source)
        containers = []
        files = plain_modes(order.files, order.tools.go) if order.files else dag.directory()
        for target in order.targets:
            rootfs = dag.directory().with_file(path, self.compile(order, target), permissions=0o755)
            rootfs = rootfs.with_directory("app", files)
            containers.append(order.assemble(target, [rootfs], [f"/{path}"]))
        return Built(own_layers=1, containers=containers, notes=notes)

    def compile(self, order: Order, target: Target) -> dagger.File:
        """The binary for one platform; the same source and stamp give the same bytes."""
        return self._compiled(self.sources(order, target if self.cgo else None), target, order.stamp)

    def cross(self, order: Order, machine: Machine) -> dagger.File:
        """The binary for a machine of whatever system; for one of Linux it is the one that is in the image.

        Raises:
            ValueError: it needs a C compiler, which there is for the images' platforms alone.
        """
        if self.cgo:
            raise ValueError(
                "it is built with cgo, which compiles for Linux alone; build it without, or for images only"
            )
        return self._compiled(self.sources(order), machine, order.stamp)

    def sources(self, order: Order, native: Target | None = None, *, tests: bool = False) -> dagger.Container:
        """The toolchain with dependencies downloaded and sources in place, in that order; tests only when asked for."""
        builder = order.with_secrets(self.toolchain(order.tools, native, order.seeds), HOMES)
        held = "verify" if order.seeds else ""
        return (
            builder.with_directory("/src", order.source.filter(include=_MANIFESTS))
            .with_exec(["sh", "-c", _DOWNLOAD, "dependencies", held])
            .with_directory("/src", order.source.filter(exclude=_NOT_TESTED if tests else _NOT_COMPILED))
        )

    def toolchain(
        self, tools: Toolbox, native: Target | None = None, seeds: Mapping[str, dagger.Directory] | None = None
    ) -> dagger.Container:
        """The Go image with its caches: on the engine's platform, or on `native` where a C compiler has to run."""
        platform = dagger.Platform(native.platform) if native else None
        arch = native.arch if native else "host"
        volumes = {**_VOLUMES, "/root/.cache/go-build": Volume(f"pipeline-go-build-{arch}")}
        # Of another platform nothing is kept.
        seeds = None if native else seeds
        out = with_caches(dag.container(platform=platform).from_(tools.go), tools.salt, volumes, seeds)
        if self.packages:
            install = 'apt-get update -q && apt-get install -qy --no-install-recommends "$@"'
            out = out.with_exec(["sh", "-c", install, "packages", *self.packages])
        out = (
            out.with_env_variable("GOTOOLCHAIN", "local")
            .with_env_variable("CGO_ENABLED", str(int(self.cgo)))
            .with_workdir("/src")
        )
        return with_environment(out, self.environment)

    def _compiled(self, builder: dagger.Container, target: Target | Machine, stamp: Stamp) -> dagger.File:
        flags = ["-trimpath", "-buildvcs=false", f"-ldflags={self._ldflags(stamp)}", "-o", "/out/binary"]
        builder = with_environment(builder, target.go)
        return builder.with_exec(["sh", "-c", _COMPILE, "compile", self.package, *flags]).file("/out/binary")

    async def _notes(self, source: dagger.Directory) -> list[str]:
        entries = await source.entries()
        if not {"go.mod", "go.work"} & set(entries):
            raise ValueError(
                f"no go.mod in the source folder, which holds {listing(entries)}; pass the module's folder"
            )
        if {"go.sum", "go.work"} & set(entries) or "require" not in await source.file("go.mod").contents():
            return []
        return ["no go.sum: nothing proves that the dependencies are the ones that were tested; run `go mod tidy`"]

    def _ldflags(self, stamp: Stamp) -> str:
        values = {
            self.version_variable: stamp.version,
            self.date_variable: stamp.created,
            self.commit_variable: stamp.revision or "unknown",
        }
        assignments = [f"-X {name}={value}" for name, value in values.items() if name]
        return " ".join(["-s", "-w", "-buildid=", *assignments])
