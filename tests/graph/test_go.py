"""The query of a Go application."""

# ruff: noqa: ANN401 - arguments are handed on as they are

from typing import Any

import dagger
import pytest

from pipeline.main import Pipeline
from pipeline.nodes.errors import Failed
from pipeline.nodes.image import Image
from pipeline.policy.versions import Stamp

from .queries import Engine, arguments, chain, held, pairs, steps

pytestmark = pytest.mark.anyio

SOURCE = held(dagger.Directory, "source")


@pytest.fixture(autouse=True)
def _source(engine: Engine) -> None:
    engine.answers(entries=["go.mod", "go.sum", "main.go"], imageRef="static:1@sha256:5")


async def image(pipeline: Pipeline, stamp: Stamp, platforms: list[str], **arguments: Any) -> Image:
    """The image of a Go application called shop."""
    return await pipeline.go_app("shop", SOURCE, **arguments).image(stamp, platforms)


def rootfs(variant: dagger.Container) -> dagger.Directory:
    """The files that the application adds to its base."""
    (added,) = arguments(variant, "withDirectory")
    assert isinstance(added["source"], dagger.Directory)
    return added["source"]


def binary(variant: dagger.Container) -> dagger.File:
    """The file that the compiler writes."""
    (added,) = arguments(rootfs(variant), "withFile")
    assert isinstance(added["source"], dagger.File)
    return added["source"]


def compiled(variant: dagger.Container) -> dict[str, Any]:
    """Script, package and flags of the compiler."""
    _, _, script, stage, package, *flags = arguments(binary(variant), "withExec")[-1]["args"]
    return {"script": script, "stage": stage, "package": package, "flags": flags}


async def test_the_whole_query_reads_as_a_build(pipeline: Pipeline, stamp: Stamp) -> None:
    """Toolchain, caches, dependencies, sources, compiler; the last command's script has tests of its own."""
    found = await image(pipeline, stamp, ["linux/arm64"], package="./cmd/shop")
    *before, build, file = chain(binary(found.variants[0]))
    download = before.pop(8)
    assert download.startswith('withExec(args=["sh", "-c", ')
    assert download.endswith('"dependencies", ""])')
    assert "go mod download" in download
    assert before == [
        "container",
        'from(address="golang:1")',
        'withMountedCache(path="/go/pkg/mod", cache=<cacheVolume(key="pipeline-go-mod")>)',
        'withMountedCache(path="/root/.cache/go-build", cache=<cacheVolume(key="pipeline-go-build-host")>)',
        'withEnvVariable(name="GOTOOLCHAIN", value="local")',
        'withEnvVariable(name="CGO_ENABLED", value="0")',
        'withWorkdir(path="/src")',
        (
            'withDirectory(path="/src", source=<node(id="source") | '
            'filter(include=["**/go.mod", "**/go.sum", "go.work", "go.work.sum", "vendor/modules.txt"])>)'
        ),
        (
            'withDirectory(path="/src", source=<node(id="source") | '
            'filter(exclude=["**/.git", ".trivyignore.yaml", "**/*_test.go"])>)'
        ),
        'withEnvVariable(name="GOARCH", value="arm64")',
        'withEnvVariable(name="GOOS", value="linux")',
    ]
    assert build.startswith("withExec(")
    assert file == 'file(path="/out/binary")'


async def test_dependencies_come_before_sources(pipeline: Pipeline, stamp: Stamp) -> None:
    """A change in the source downloads nothing: the layer before it sees go.mod and go.sum only."""
    found = steps(binary((await image(pipeline, stamp, ["linux/amd64"])).variants[0]))
    order = [step for step in found if step.name in {"withDirectory", "withExec"}]
    assert [step.name for step in order] == ["withDirectory", "withExec", "withDirectory", "withExec"]
    filters = [steps(step.args["source"])[-1].args for step in order if step.name == "withDirectory"]
    assert set(filters[0]["include"]) == {"**/go.mod", "**/go.sum", "go.work", "go.work.sum", "vendor/modules.txt"}
    assert "include" not in filters[1]


async def test_neither_tests_nor_history_are_input_of_the_compiler(pipeline: Pipeline, stamp: Stamp) -> None:
    """A change in a test, or a commit, compiles nothing."""
    source = arguments(binary((await image(pipeline, stamp, ["linux/amd64"])).variants[0]), "withDirectory")[-1]
    assert steps(source["source"])[-1].args == {"exclude": ["**/.git", ".trivyignore.yaml", "**/*_test.go"]}


async def test_the_same_source_gives_the_same_bytes(pipeline: Pipeline, stamp: Stamp) -> None:
    """Nothing of the machine, of git or of the linker's own ids gets in; version, time and commit do."""
    found = await image(pipeline, stamp, ["linux/amd64"], package="./cmd/shop")
    assert compiled(found.variants[0])["package"] == "./cmd/shop"
    assert compiled(found.variants[0])["flags"] == [
        "-trimpath",
        "-buildvcs=false",
        (
            "-ldflags=-s -w -buildid= "
            "-X main.version=1.4.0 -X main.buildDate=2023-11-14T22:13:20Z -X main.gitCommit=abc1234def"
        ),
        "-o",
        "/out/binary",
    ]


async def test_variables_may_have_other_names_or_none(pipeline: Pipeline, stamp: Stamp) -> None:
    """An application that has no such variable does not get a flag for it."""
    names = {"version_variable": "example.com/v.Version", "date_variable": "", "commit_variable": ""}
    found = await image(pipeline, stamp, ["linux/amd64"], **names)
    assert compiled(found.variants[0])["flags"][2] == "-ldflags=-s -w -buildid= -X example.com/v.Version=1.4.0"


async def test_without_a_repository_the_commit_is_unknown(pipeline: Pipeline) -> None:
    """The variable is set all the same, so that --version prints something."""
    found = await image(pipeline, Stamp(), ["linux/amd64"])
    assert "-X main.version=0.0.0-dev" in compiled(found.variants[0])["flags"][2]
    assert "-X main.gitCommit=unknown" in compiled(found.variants[0])["flags"][2]


async def test_each_platform_is_cross_compiled(pipeline: Pipeline, stamp: Stamp) -> None:
    """The toolchain stays on the engine's own platform; only its target differs, and one cache serves all."""
    found = await image(pipeline, stamp, ["linux/amd64", "linux/arm/v7"])
    targets = [pairs(binary(variant), "withEnvVariable") for variant in found.variants]
    assert [(t["GOARCH"], t.get("GOARM")) for t in targets] == [("amd64", None), ("arm", "7")]
    assert {chain(binary(variant))[0] for variant in found.variants} == {"container"}
    assert [chain(variant)[0] for variant in found.variants] == [
        'container(platform="linux/amd64")',
        'container(platform="linux/arm/v7")',
    ]


async def test_cgo_runs_on_the_platform_itself(pipeline: Pipeline, stamp: Stamp) -> None:
    """A C compiler, the packages that it needs, a cache of its own, and a base with a C library."""
    found = await image(pipeline, stamp, ["linux/arm64"], cgo=True, packages=["gcc", "libc6-dev"])
    made = binary(found.variants[0])
    assert chain(made)[0] == 'container(platform="linux/arm64")'
    assert pairs(made, "withEnvVariable")["CGO_ENABLED"] == "1"
    assert 'cache=<cacheVolume(key="pipeline-go-build-arm64")>)' in "\n".join(chain(made))
    shell, option, script, *words = arguments(made, "withExec")[0]["args"]
    assert (shell, option, words) == ("sh", "-c", ["packages", "gcc", "libc6-dev"])
    assert script.endswith('apt-get install -qy --no-install-recommends "$@"')
    assert arguments(found.variants[0], "from") == [{"address": "docker.io/library/libc:1@sha256:6"}]


async def test_the_binary_lies_alone_on_its_base(pipeline: Pipeline, stamp: Stamp) -> None:
    """One layer: the binary, for all to run and for none to write, with the commit's time on every file."""
    found = await image(pipeline, stamp, ["linux/amd64"], binary="shopd")
    files = rootfs(found.variants[0])
    (added,) = arguments(files, "withFile")
    assert (added["path"], added["permissions"]) == ("usr/local/bin/shopd", 0o755)
    assert chain(files)[-1] == "withTimestamps(timestamp=1700000000)"
    assert arguments(found.variants[0], "from") == [{"address": "docker.io/library/static:1@sha256:5"}]
    assert arguments(found.variants[0], "withEntrypoint") == [{"args": ["/usr/local/bin/shopd"]}]


async def test_files_for_run_time_lie_in_the_working_directory(pipeline: Pipeline, stamp: Stamp) -> None:
    """Migrations and templates, beside the binary and with its times, whatever umask they come from."""
    found = await image(pipeline, stamp, ["linux/amd64"], files=held(dagger.Directory, "templates"))
    files = chain(rootfs(found.variants[0]))
    (added,) = [step for step in files if step.startswith('withDirectory(path="app"')]
    assert (
        'withDirectory(path="/files", source=<node(id="templates") | filter(exclude=[".git"])>, owner="0:0")' in added
    )
    assert '"chmod", "-R", "u=rwX,go=rX", "/files"' in added
    assert arguments(found.variants[0], "withWorkdir") == [{"path": "/app"}]


async def test_build_variables_reach_downloads_and_compiler(pipeline: Pipeline, stamp: Stamp) -> None:
    """GOPRIVATE and the like are set before anything is fetched."""
    found = await image(pipeline, stamp, ["linux/amd64"], build_env=["GOPRIVATE=example.com", "GOFLAGS=-tags=x"])
    names = [step.args.get("name", step.name) for step in steps(binary(found.variants[0]))]
    assert names.index("GOPRIVATE") < names.index("withExec")
    assert pairs(binary(found.variants[0]), "withEnvVariable")["GOFLAGS"] == "-tags=x"


async def test_secrets_are_mounted_and_never_part_of_the_image(pipeline: Pipeline, stamp: Stamp) -> None:
    """Netrc lies where git looks for it, anything else under /run/secrets; the image's own chain holds neither."""
    app = pipeline.go_app("shop", SOURCE)
    for name in ("netrc", "token"):
        app = app.with_secret(name, held(dagger.Secret, f"{name}-value"))
    found = await app.image(stamp, ["linux/amd64"])
    mounted = {
        args["path"]: chain(args["source"]) for args in arguments(binary(found.variants[0]), "withMountedSecret")
    }
    assert mounted == {
        "/root/.netrc": ['node(id="netrc-value")'],
        "/run/secrets/token": ['node(id="token-value")'],
    }
    assert arguments(found.variants[0], "withMountedSecret") == []


async def test_dependencies_without_checksums_are_noted(pipeline: Pipeline, stamp: Stamp, engine: Engine) -> None:
    """A module that requires others and has no go.sum is built, with a warning."""
    engine.answers(entries=["go.mod", "main.go"], contents="module shop\n\nrequire example.com/a v1.0.0\n")
    assert "no go.sum: nothing proves" in (await image(pipeline, stamp, ["linux/amd64"])).notes[0]
    engine.answers(contents="module shop\n")
    assert (await image(pipeline, stamp, ["linux/amd64"])).notes == []


async def test_a_workspace_needs_no_module_at_its_root(pipeline: Pipeline, stamp: Stamp, engine: Engine) -> None:
    """go.work names the modules, which have checksums of their own."""
    engine.answers(entries=["go.work", "services"])
    assert (await image(pipeline, stamp, ["linux/amd64"], package="./services/shop")).notes == []


async def test_a_folder_without_a_module_is_refused(pipeline: Pipeline, stamp: Stamp, engine: Engine) -> None:
    """The error names application, stage, and what lies there instead."""
    engine.answers(entries=[f"{letter}.txt" for letter in "abcdefghij"])
    with pytest.raises(Failed, match=r"^shop: sources: no go.mod in the source folder, which holds a.txt, .*, \.\.\.;"):
        await image(pipeline, stamp, ["linux/amd64"])
    engine.answers(entries=[])
    with pytest.raises(Failed, match="which holds nothing; pass the module's folder"):
        await image(pipeline, stamp, ["linux/amd64"])
