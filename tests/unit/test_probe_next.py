"""next.mjs, run on small projects with a stand-in for npm; only the folders outside of the project are moved."""

# ruff: noqa: ANN401 - the plan of a probe is JSON

import base64
import json
import os
import re
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

# `run build` does what the file `build` of the project says; `ci` installs what lies in `lock/<cpu>`.
NPM = """\
#!/bin/sh
echo "$PWD: $*" >> "$CALLS"
if [ "$1" = run ]; then echo "$NEXT_SERVER_ACTIONS_ENCRYPTION_KEY" > key; exec sh ./build; fi
for argument; do case $argument in --cpu=*) cpu=${argument#--cpu=};; esac; done
rm -rf node_modules
cp -r "$LOCK/${cpu:-own}" node_modules
"""

STANDALONE = "mkdir -p .next/standalone .next/static && cp -r traced/. .next/standalone && echo 1 > .next/static/a.js"


class Project:
    """A Next.js project whose build is a shell script, and where the probe puts what ships."""

    def __init__(self, node: str, folder: Path) -> None:
        """An empty project."""
        self.node, self.root, self.out = node, folder / "app", folder / "out"
        self.calls, self.lock, self.bin = folder / "calls", folder / "lock", folder / "bin"
        for path in (self.root, self.bin, self.lock):
            path.mkdir()
        (self.bin / "npm").write_text(NPM, "utf-8")
        (self.bin / "npm").chmod(0o755)
        self.arch = subprocess.run(
            [node, "-p", "process.arch"], check=True, capture_output=True, text=True
        ).stdout.strip()
        self.other = "arm64" if self.arch == "x64" else "x64"

    def write(self, name: str, content: object = "") -> None:
        """Put a file in the project, as JSON where it is no text; `lock/...` lies beside it."""
        path = (self.lock.parent if name.startswith("lock/") else self.root) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")

    def build(self, **plan: Any) -> "subprocess.CompletedProcess[str]":
        """Run the probe."""
        source = files("pipeline.nodes.probes").joinpath("next.mjs").read_text("utf-8")
        moved = re.compile(r"""(["`])/(\w+)(?=/)""")
        assert {match[2] for match in moved.finditer(source)} == {"out", "run", "tmp"}
        source = moved.sub(rf"\1{self.out.parent}/\2", source)
        program = self.out.parent / "next.mjs"
        program.write_text(source, "utf-8")
        order = {"manager": ["npm"], "cpus": [self.arch, self.other], "keys": "/nowhere", "fixed": True} | plan
        path = f"{self.bin}:{os.environ['PATH']}"
        environment = {"PATH": path, "CALLS": str(self.calls), "LOCK": str(self.lock)}
        command = [self.node, str(program), json.dumps(order)]
        return subprocess.run(
            command, check=False, cwd=self.root, env=environment, capture_output=True, text=True, timeout=60
        )

    def ships(self, folder: str) -> set[str]:
        """The files under a folder of the output."""
        top = self.out / folder
        return {path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file()}


@pytest.fixture
def project(node: str, tmp_path: Path) -> Project:
    """A project with standalone output: a server, one package, and a native one."""
    found = Project(node, tmp_path)
    found.write("build", STANDALONE)
    found.write("package.json", {"name": "shop"})
    found.write("traced/server.js", "listen()")
    found.write("traced/node_modules/next/package.json", {"name": "next"})
    return found


def succeeds(done: "subprocess.CompletedProcess[str]") -> None:
    """The probe did its work."""
    assert done.returncode == 0, done.stderr


def test_a_standalone_site_ships_without_what_only_a_build_needs(project: Project) -> None:
    """No source map, no test, no cache; what is public and static is where the server looks for it."""
    for name in ("a.js.map", "a.test.js", "a.spec.mjs", ".next/cache/x", ".next/server/app.js", "a.testing.js"):
        project.write(f"traced/{name}")
    project.write("public/robots.txt")
    succeeds(project.build())
    assert project.ships("site") == {
        "server.js",
        ".next/server/app.js",
        ".next/static/a.js",
        "a.testing.js",
        "public/robots.txt",
    }
    assert project.ships(f"modules/{project.other}") == {"node_modules/next/package.json"}


def test_a_folder_public_is_optional(project: Project) -> None:
    """Many applications have none."""
    succeeds(project.build())
    assert project.ships("site") == {"server.js", ".next/static/a.js"}


def test_the_server_of_a_workspace_is_found_deeper(project: Project) -> None:
    """In a monorepo the server lies under the folder of its package, and server.js at the top still starts it."""
    project.write("build", STANDALONE + " && rm .next/standalone/server.js")
    project.write("traced/apps/web/server.js", "listen()")
    project.write("traced/apps/web/node_modules/react/package.json", {})
    project.write("public/robots.txt")
    succeeds(project.build())
    assert (project.out / "site/server.js").read_text("utf-8") == 'require("./apps/web/server.js");\n'
    assert {"apps/web/server.js", "apps/web/public/robots.txt", "apps/web/.next/static/a.js"} < project.ships("site")
    assert project.ships(f"modules/{project.arch}") == {
        "node_modules/next/package.json",
        "apps/web/node_modules/react/package.json",
    }


def test_native_packages_are_those_of_each_platform(project: Project) -> None:
    """Machine code for the processor that the image is for, from the same lock file, and the rest shared."""
    for top, cpu in (("traced/node_modules", project.arch), (f"lock/{project.other}", project.other)):
        project.write(f"{top}/@img/sharp-linux-{cpu}/package.json", {"cpu": [cpu]})
        project.write(f"{top}/@img/sharp-linux-{cpu}/sharp.node", cpu)
    succeeds(project.build())
    for cpu in (project.arch, project.other):
        assert project.ships(f"modules/{cpu}") == {
            "node_modules/next/package.json",
            f"node_modules/@img/sharp-linux-{cpu}/package.json",
            f"node_modules/@img/sharp-linux-{cpu}/sharp.node",
        }
    installed = project.calls.read_text("utf-8").splitlines()[1]
    assert installed.endswith(f"ci --omit=dev --ignore-scripts --os=linux --cpu={project.other} --libc=glibc")
    assert project.ships("site") == {"server.js", ".next/static/a.js"}


def test_a_native_package_without_a_counterpart_is_an_error(project: Project) -> None:
    """An image with another processor's machine code would start and then fail."""
    project.write(f"traced/node_modules/@img/sharp-linux-{project.arch}/package.json", {"cpu": [project.arch]})
    project.write(f"lock/{project.other}/next/package.json", {})
    done = project.build()
    assert done.returncode == 1
    assert f"pipeline: node_modules/@img/sharp-linux-{project.arch} has no counterpart for" in done.stderr


def test_nothing_is_installed_again_where_nothing_is_native(project: Project) -> None:
    """The JavaScript is built once, and its packages serve every platform."""
    succeeds(project.build())
    assert [line.split(": ")[1] for line in project.calls.read_text("utf-8").splitlines()] == ["run build"]


def test_a_package_may_hold_a_package_json_that_is_none(project: Project) -> None:
    """Packages that read package.json ship broken ones among their own tests."""
    project.write("traced/node_modules/resolve/fixtures/package.json", "{")
    succeeds(project.build())


def test_without_standalone_output_production_dependencies_ship(project: Project) -> None:
    """What Next.js wrote, `public`, the configuration, packages for production, and a server.js that starts them."""
    project.write("build", "mkdir -p .next/server && echo 1 > .next/server/app.js")
    for name in ("next.config.mjs", "public/robots.txt", "src/page.tsx", "node_modules/eslint/package.json"):
        project.write(name, "{}")
    project.write("lock/own/next/package.json", {})
    succeeds(project.build())
    assert project.ships("site") == {
        ".next/server/app.js",
        "next.config.mjs",
        "package.json",
        "public/robots.txt",
        "server.js",
    }
    assert project.ships(f"modules/{project.other}") == {"node_modules/next/package.json"}
    assert 'require("next/dist/bin/next")' in (project.out / "site/server.js").read_text("utf-8")


def test_a_failing_build_ends_with_its_exit_code_and_its_own_words(project: Project) -> None:
    """Nothing of this program's stands between the tool's message and the reader."""
    project.write("build", "echo 'Type error: x' >&2; exit 3")
    done = project.build()
    assert (done.returncode, done.stderr) == (3, "Type error: x\n")


def keys(project: Project, **plan: Any) -> list[str]:
    """The four random values of a build: three of the preview mode and the key of server actions."""
    drawn = {"previewModeId": "1" * 32, "previewModeSigningKey": "2" * 64, "previewModeEncryptionKey": "3" * 64}
    project.write("traced/.next/prerender-manifest.json", {"routes": {}, "preview": drawn})
    project.write("traced/.next/server/edge/chunk.js", f'const id = "{drawn["previewModeId"]}";')
    succeeds(project.build(**plan))
    written = json.loads((project.out / "site/.next/prerender-manifest.json").read_text("utf-8"))
    preview: dict[str, str] = written["preview"]
    assert not set(preview.values()) & set(drawn.values())
    chunk = (project.out / "site/.next/server/edge/chunk.js").read_text("utf-8")
    assert chunk == f'const id = "{preview["previewModeId"]}";'
    return [*preview.values(), (project.root / "key").read_text("utf-8").strip()]


def test_keys_come_from_the_secret(project: Project) -> None:
    """The same secret, the same keys; another secret, none of them."""
    first, second = (project.root.parent / name for name in ("first", "second"))
    first.write_text("a", "utf-8")
    second.write_text("b", "utf-8")
    found = keys(project, keys=str(first), fixed=False)
    assert found == keys(project, keys=str(first), fixed=False)
    assert not set(found) & set(keys(project, keys=str(second), fixed=False))
    assert not set(found) & set(keys(project, fixed=True))


def test_keys_that_guard_something_are_never_public(project: Project) -> None:
    """Without a secret they are fixed where nothing uses them, and random where something does."""
    assert keys(project, fixed=True) == keys(project, fixed=True)
    assert not set(keys(project, fixed=False)) & set(keys(project, fixed=False))


def test_keys_have_the_form_that_next_js_wants(project: Project) -> None:
    """16 and 32 bytes as hexadecimal digits, and an AES key of 32 bytes in base64."""
    *preview, actions = keys(project)
    assert [len(bytes.fromhex(value)) for value in preview] == [16, 32, 32]
    assert len(base64.b64decode(actions, validate=True)) == 32
