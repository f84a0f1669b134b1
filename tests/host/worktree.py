"""A work tree with a bare remote, a second clone of somebody else's, and `pipeline` called in it."""

import os
import subprocess
import sys
from pathlib import Path

CALL = "import sys; from pipeline.cli import main; sys.argv[0] = 'pipeline'; main()"


class Worktree:
    """A clone with one commit on `main`, which its remote has too."""

    def __init__(self, root: Path, name: str = "work") -> None:
        """Clone the remote, and make it first where it is not there; a copied clone becomes one of its own remote."""
        self.base, self.root, self.bare = root, root / name, root / "remote.git"
        (root / "home").mkdir(exist_ok=True)
        people = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        quiet = {"GIT_CONFIG_NOSYSTEM": "1", "HOME": str(root / "home"), "GIT_CONFIG_GLOBAL": os.devnull}
        self.environment = {**os.environ, **quiet, **people}
        if self.root.exists():
            self.git("remote", "set-url", "origin", str(self.bare))
            return
        self.root.mkdir()
        if self.bare.exists():
            self.git("clone", "--quiet", "--template=", str(self.bare), ".")
            return
        # A template would bring a dozen samples of hooks.
        self.git("init", "--quiet", "--template=", "--bare", "--initial-branch=main", str(self.bare))
        self.git("init", "--quiet", "--template=", "--initial-branch=main")
        self.git("remote", "add", "origin", str(self.bare))
        self.commit("feat: begin")
        self.git("push", "--quiet", "--set-upstream", "origin", "main")

    def git(self, *arguments: str) -> str:
        """Run git here."""
        done = subprocess.run(
            ["git", *arguments], check=True, cwd=self.root, env=self.environment, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, message: str, path: str = "a.txt") -> str:
        """Change a file, commit it, and return the commit."""
        file = self.root / path
        file.parent.mkdir(exist_ok=True, parents=True)
        with file.open("a", encoding="utf-8") as text:
            text.write(f"{message}\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-verify", "--message", message)
        return self.git("rev-parse", "HEAD")

    def released(self, tag: str = "v1.2.3") -> None:
        """Tag what is there, and push all of it."""
        self.git("tag", "--annotate", "--message", tag, tag)
        self.git("push", "--quiet", "origin", "main", tag)

    def start(self, *arguments: str, folder: str = ".") -> "subprocess.Popen[str]":
        """Call `pipeline` in a folder of the work tree."""
        return subprocess.Popen(
            # A shell that runs the tests in the background has interrupts ignored, in all that they start.
            ["env", "--default-signal=INT", sys.executable, "-c", CALL, *arguments],
            cwd=self.root / folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, folder: str = ".") -> str:
        """Call it, and return what it printed."""
        with self.start(*arguments, folder=folder) as process:
            out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        return out.removesuffix("\n")

    def refusal(self, *arguments: str, folder: str = ".") -> str:
        """The one sentence with which it refuses."""
        with self.start(*arguments, folder=folder) as process:
            out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (1, "")
        assert len(err.splitlines()) == 1
        return err.removesuffix("\n")

    def state(self) -> tuple[str, ...]:
        """All that a bump could change: commits, branch, tags, index and files."""
        files = [path for path in sorted(self.root.rglob("*")) if path.is_file() and ".git" not in path.parts]
        return (
            self.git("for-each-ref"),
            self.git("rev-parse", "HEAD", "--symbolic-full-name", "HEAD"),
            self.git("status", "--porcelain", "--ignored"),
            self.git("ls-files", "--stage"),
            *(f"{path}: {path.read_bytes()!r}" for path in files),
        )

    def at_remote(self) -> list[str]:
        """The refs that the remote has, each with its commit."""
        rows = self.git("ls-remote", "origin", "refs/heads/*", "refs/tags/*").split("\n")
        return sorted(" ".join(reversed(row.split("\t"))) for row in rows if not row.endswith("^{}"))

    def hook(self, name: str, script: str, *, remote: bool = False) -> None:
        """Install a hook, here or at the remote."""
        path = (self.bare if remote else self.root / ".git") / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)
