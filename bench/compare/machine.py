"""On what was measured: nothing that says whose machine it is."""

import os
import platform
import re
from pathlib import Path

from bench.compare.meter import total
from bench.compare.programs import BenchError, Command, needed, run


def facts(buildkit: str, files: str) -> dict[str, str]:
    """The machine and the programs; `buildkit` is the version of a daemon that does not know its own.

    `files` is where both keep theirs, in the words of who knows: an engine does not say it.
    """
    memory = total(Path("/proc/meminfo").read_text("ascii")) / 2**30
    return {
        "cores": str(os.cpu_count()),
        "processor": processor(Path("/proc/cpuinfo").read_text("utf-8")),
        "memory": f"{memory:.0f} GiB",
        "kernel": f"{platform.system()} {number(platform.release())}",
        "buildkit": buildkit or buildkit_version(_printed("buildkitd", "--version")),
        "dagger": f"v{number(_printed('dagger', 'version'))}",
        "files": files,
    }


def processor(cpuinfo: str) -> str:
    """What the first processor calls itself."""
    found = re.search(r"^model name\s*: (.+)$", cpuinfo, re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def number(text: str) -> str:
    """The first number with dots in a text, such as 6.12.3 or 0.21.8; what follows it may name a machine."""
    found = re.search(r"\d+(\.\d+)+", text)
    return found[0] if found else "unknown"


def buildkit_version(printed: str) -> str:
    """The version that a daemon says it has.

    Raises:
        BenchError: it does not know it, as where it was built without being told.
    """
    version = number(printed)
    if version in {"0.0.0", "unknown"}:
        raise BenchError("buildkitd does not know its version; say it with --buildkit v0.34.2")
    return f"v{version}"


def _printed(program: str, *arguments: str) -> str:
    path = needed(program, "it is one of the two that are compared; install it")
    return run(Command([path, *arguments], Path.cwd()))[0]
