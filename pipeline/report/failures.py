"""Errors as sentences: which application, which stage, what was found, what to do."""

import dataclasses
import re
from collections.abc import Sequence
from typing import Final

from pipeline.policy.text import clean

_KEEP: Final = 20
"""Lines of a tool's output that are worth showing when nothing better was recognised."""


_KILLED: Final = (128 + 9, -9)
"""What a shell, and a runtime, say of a process that got SIGKILL."""

# A status follows a blank, a tag does not; "permission denied" is what a kernel says.
_REFUSED: Final = re.compile(r"(?<!\S)40[13]\b|(?<!permission )denied|unauthorized|forbidden", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class Exit:
    """A command that failed: its arguments, exit code and output."""

    command: Sequence[str]
    code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """All that it printed, fit for a terminal."""
        return clean(f"{self.stdout}\n{self.stderr}").strip()


def sentence(app: str, stage: str, problem: str) -> str:
    """Name the application and the stage before the problem."""
    return clean(f"{app}: {stage}: {problem.strip()}")


def explain(app: str, failed: Exit) -> str:
    """Turn a failed command of a build into a sentence, and the tool's own lines that matter."""
    stage = _stage(failed.command)
    if failed.code in _KILLED:
        return sentence(
            app, stage, f"the command was killed ({failed.code}), most likely for want of memory; try again"
        )
    rules = (
        _own,
        _foreign,
        _java,
        _trivy,
        _go_version,
        _go_no_package,
        _go_diagnostics,
        _npm_lock,
        _next_types,
        _npm_error,
    )
    for rule in rules:
        if found := rule(failed.text):
            return sentence(app, stage, found)
    tail = "\n".join(failed.text.splitlines()[-_KEEP:]) or "it printed nothing"
    return sentence(app, stage, f"the command exited with {failed.code}:\n{tail}")


def engine(message: str) -> str:
    """Turn what an engine said of a query into a sentence; what is not recognised stays as it is."""
    text = clean(message)
    found = re.search(r'failed to resolve image "([^"]+)"(?: \(platform: "([^"]+)"\))?: (.+)', text)
    if not found:
        return text
    image, platform, why = found.groups()
    if "no manifest matches" in why:
        return f"the image {image} has no variant for {platform}; build for platforms that it has, or pass another one"
    failed = f"the image {image} could not be pulled ({why.strip()})"
    if _REFUSED.search(why):
        return (
            f"{failed}; registries answer so for images that do not exist, too: check its name and the credentials "
            "of the machine; where nothing is published yet, leave it out"
        )
    return f"{failed}; check its name and the network, or pass a mirror"


def is_missing(message: str) -> bool:
    """Whether what an engine said means that a registry answered, and that it has no such image."""
    return bool(re.search(r"failed to resolve image .*(: not found|no manifest matches)", clean(message), re.DOTALL))


def _stage(command: Sequence[str]) -> str:
    # The module's own commands are scripts whose $0 names their stage.
    named = list(command[:2]) == ["sh", "-c"] and len(command) > len(("sh", "-c", "script"))
    return command[3] if named else "run"


def _own(text: str) -> str:
    """A sentence that a script of this module printed."""
    found = re.findall(r"^pipeline-error: (.+)$", text, re.MULTILINE)
    return found[-1] if found else ""


def _java(text: str) -> str:
    if "Java DB" not in text:
        return ""
    return (
        "the image holds Java archives, and their database is not fetched: this scan would miss what is wrong "
        "with them; take them out of the image, or scan it with a Trivy of your own"
    )


def _trivy(text: str) -> str:
    found = re.search(r"\tFATAL\tFatal error\t(.+)", text, re.DOTALL)
    return f"the scanner failed: {found[1].strip()}" if found else ""


def _foreign(text: str) -> str:
    if "exec format error" not in text:
        return ""
    return (
        "the engine's machine cannot run programs of this platform; register an emulator there "
        "(docker run --privileged --rm tonistiigi/binfmt --install all), or use a machine of that platform"
    )


def _go_version(text: str) -> str:
    found = re.search(r"go(?:\.mod|\.work)? requires go >= ([\d.]+\w*) \(running go ([\d.]+)", text)
    if not found:
        return ""
    wanted, running = found.groups()
    minor = ".".join(wanted.split(".")[:2])
    return (
        f"go.mod requires Go {wanted} and the image has {running}; "
        f"pass a newer one, such as --go-image golang:{minor}-trixie"
    )


def _go_no_package(text: str) -> str:
    found = re.search(r"^(?:stat (\S+): (?:directory not found|no such file)|no Go files in (\S+))", text, re.MULTILINE)
    if not found:
        return ""
    return (
        f"the package to build, {found[1] or found[2]}, does not hold Go files; check --package and the source folder"
    )


_GO_LINE: Final = re.compile(r"^(?:\./)?\S+\.go:\d+(?::\d+)?: .+$", re.MULTILINE)


def _go_diagnostics(text: str) -> str:
    lines = _GO_LINE.findall(text)
    return "the source does not compile:\n" + "\n".join(lines[:_KEEP]) if lines else ""


def _npm_lock(text: str) -> str:
    if "npm ci` can only install packages when your package.json and package-lock.json" in text:
        missing = re.findall(r"npm error ((?:Missing|Invalid): .+)", text)
        return "the lock file does not match package.json; run `npm install` and commit it:\n" + "\n".join(missing)
    return (
        "the lock file does not match package.json; run `pnpm install` and commit it"
        if "ERR_PNPM_OUTDATED" in text
        else ""
    )


# The compiler's own form, and the two lines that Next.js made of it before TypeScript 6.
_TYPESCRIPT: Final = (
    re.compile(r"^(\S+\.tsx?)\((\d+),(\d+)\): error (TS\d+: .+)$", re.MULTILINE),
    re.compile(r"^(?:\./)?(\S+\.tsx?):(\d+):(\d+)\s*\nType error: (.+)$", re.MULTILINE),
)


def _next_types(text: str) -> str:
    found = [match.groups() for pattern in _TYPESCRIPT for match in pattern.finditer(text)]
    lines = [f"{file}:{line}:{column}: {problem}" for file, line, column, problem in found[:_KEEP]]
    return "the source does not pass the type check:\n" + "\n".join(lines) if lines else ""


def _npm_error(text: str) -> str:
    lines = re.findall(r"^npm error (.+)$", text, re.MULTILINE)
    wanted = [line for line in lines if "complete log of this run" not in line]
    lifecycle = any(line.startswith("Lifecycle script") for line in wanted)
    return "npm said:\n" + "\n".join(wanted[:_KEEP]) if wanted and not lifecycle else ""
