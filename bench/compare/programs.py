"""Programs that the comparison runs."""

import dataclasses
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final

_SHOWN: Final = 40
"""Lines of a program that failed."""


class BenchError(Exception):
    """Something stops the comparison; the text says what to do."""


@dataclasses.dataclass(frozen=True)
class Command:
    """A program with its arguments, and the folder that it runs in."""

    words: Sequence[str]
    folder: Path

    @property
    def text(self) -> str:
        """Its first words, for an error."""
        return " ".join(Path(word).name if word.startswith("/") else word for word in self.words[:6])


def needed(name: str, advice: str) -> str:
    """Where a program lies.

    Raises:
        BenchError: it is not there.
    """
    path = shutil.which(name)
    if not path:
        raise BenchError(f"{name} is not on PATH; {advice}")
    return path


def run(*commands: Command) -> list[str]:
    """Run commands side by side to their end, and return what each printed.

    Raises:
        BenchError: one of them failed.
    """
    with ExitStack() as stack:
        logs = [stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8")) for _ in commands]
        outs = [stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8")) for _ in commands]
        started = [stack.enter_context(_started(*parts)) for parts in zip(commands, outs, logs, strict=True)]
        codes = [process.wait() for process in started]
        for command, code, log in zip(commands, codes, logs, strict=True):
            if code:
                raise BenchError(f"`{command.text} ...` ended with {code}; it said:\n{reason(_read(log))}")
        return [_read(out) for out in outs]


def reason(log: str) -> str:
    """Why a program failed: what it calls its error, else what it said last."""
    lines = log.splitlines()
    errors = [place for place, line in enumerate(lines) if line.startswith(("Error: ", "error: "))]
    return "\n".join(lines[errors[-1] :][:_SHOWN] if errors else lines[-_SHOWN:])


@contextmanager
def _started(command: Command, out: IO[str], log: IO[str]) -> Iterator[subprocess.Popen[str]]:
    """A program that runs; it ends with this, whatever stops the comparison."""
    process = subprocess.Popen(  # noqa: S603 - the words are the comparison's own
        command.words, cwd=command.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=log, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _read(file: IO[str]) -> str:
    file.seek(0)
    return file.read()
