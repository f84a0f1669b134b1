"""Real git repositories, and the script that asks git about them."""

import os
import subprocess
from pathlib import Path

from pipeline.nodes.git import parse_facts
from pipeline.policy.plan import Checkout
from pipeline.policy.versions import History, parse_history


class Repository:
    """A git repository, and the script of the query."""

    def __init__(self, root: Path, script: str) -> None:
        """With one commit in api and one in web."""
        self.root, self.script = root / "work", script
        (root / "home").mkdir()
        quiet = {"GIT_CONFIG_NOSYSTEM": "1", "HOME": str(root / "home")}
        names = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        self.environment = os.environ | quiet | names
        self.root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("api/main.go")
        self.commit("web/page.tsx")

    def git(self, *arguments: str, time: int = 0) -> str:
        """Run git; the time is that of a commit."""
        dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{1700000000 + time} +0000")
        command = ["git", *arguments]
        done = subprocess.run(
            command, check=True, cwd=self.root, env=self.environment | dates, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, name: str, time: int = 0) -> str:
        """Change a file, commit it, and return the commit."""
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write("// changed\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", name, time=time)
        return self.git("rev-parse", "HEAD")

    def run(self, *paths: str) -> "subprocess.CompletedProcess[str]":
        """Run the script on paths."""
        command = ["sh", "-c", self.script, "version", *paths]
        return subprocess.run(
            command, check=False, cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=60
        )

    def histories(self, *paths: str) -> list[History]:
        """What the script says of paths."""
        done = self.run(*paths)
        assert (done.returncode, done.stderr) == (0, "")
        return parse_history(done.stdout)

    def facts(self, tag: str) -> Checkout:
        """What the script says of a release's tag."""
        done = self.run(tag)
        assert (done.returncode, done.stderr) == (0, "")
        return parse_facts(done.stdout)

    def problem(self, *paths: str) -> str:
        """The sentence that the script fails with."""
        done = self.run(*paths)
        assert done.returncode == 1
        assert done.stderr.startswith("pipeline-error: ")
        return done.stderr.removeprefix("pipeline-error: ").removesuffix("\n")
