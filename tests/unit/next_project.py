"""Small projects for next.mjs, with a stand-in for npm; only the folders outside of the project are moved."""

# ruff: noqa: ANN401 - the plan of a probe is JSON

import json
import os
import re
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

# `run build` does what the file `build` of the project says; `prune` removes the packages whose names begin with dev-;
# `ci` installs what lies in `lock/<cpu>`.
NPM = """\
#!/bin/sh
echo "$PWD: $*" >> "$CALLS"
if [ "$1" = run ]; then echo "$NEXT_SERVER_ACTIONS_ENCRYPTION_KEY" > key; exec sh ./build; fi
if [ "$1" = prune ]; then exec rm -rf node_modules/dev-*; fi
for argument; do case $argument in --cpu=*) cpu=${argument#--cpu=};; esac; done
rm -rf node_modules
cp -r "$LOCK/$cpu" node_modules
"""

STANDALONE = "mkdir -p .next/standalone .next/static && cp -r traced/. .next/standalone && echo 1 > .next/static/a.js"


class Project:
    """A Next.js project whose build is a shell script, and where the probe puts what ships."""

    def __init__(self, node: str, folder: Path) -> None:
        """An empty project."""
        self.node, self.root, self.out = node, folder / "app", folder / "out"
        self.calls, self.lock, self.bin = folder / "calls", folder / "lock", folder / "bin"
        self.environment: dict[str, str] = {}
        for path in (self.root, self.bin, self.lock):
            path.mkdir()
        for name in ("npm", "pnpm"):
            (self.bin / name).write_text(NPM, "utf-8")
            (self.bin / name).chmod(0o755)
        self.arch = subprocess.run(
            [node, "-p", "process.arch"], check=True, capture_output=True, text=True
        ).stdout.strip()
        self.other = "arm64" if self.arch == "x64" else "x64"

    def write(self, name: str, content: object = "") -> None:
        """Put a file in the project, as JSON where it is neither text nor bytes; `lock/...` lies beside it."""
        path = (self.lock.parent if name.startswith("lock/") else self.root) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str | bytes) else json.dumps(content)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def build(self, **plan: Any) -> "subprocess.CompletedProcess[str]":
        """Run the probe."""
        source = files("pipeline.nodes.probes").joinpath("next.mjs").read_text("utf-8")
        moved = re.compile(r"""(["`])/(\w+)(?=/)""")
        assert {match[2] for match in moved.finditer(source)} == {"out", "run", "tmp"}
        source = moved.sub(rf"\1{self.out.parent}/\2", source)
        program = self.out.parent / "next.mjs"
        program.write_text(source, "utf-8")
        order = {"manager": ["npm"], "cpus": [self.arch, self.other], "install": [], "keys": "/nowhere"}
        order |= {"public": True} | plan
        path = f"{self.bin}:{os.environ['PATH']}"
        environment = {"PATH": path, "CALLS": str(self.calls), "LOCK": str(self.lock)} | self.environment
        command = [self.node, str(program), json.dumps(order)]
        return subprocess.run(
            command, check=False, cwd=self.root, env=environment, capture_output=True, text=True, timeout=60
        )

    @property
    def commands(self) -> list[str]:
        """What the package manager was told so far."""
        return [line.partition(": ")[2] for line in self.calls.read_text("utf-8").splitlines()]

    def ships(self, folder: str) -> set[str]:
        """The files under a folder of the output."""
        top = self.out / folder
        return {path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file()}


def succeeds(done: "subprocess.CompletedProcess[str]") -> None:
    """The probe did its work."""
    assert done.returncode == 0, done.stderr
