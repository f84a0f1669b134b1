"""Git as a program: run in a folder, its failures as sentences."""

import dataclasses
import os
import subprocess
from pathlib import Path
from typing import Final

from pipeline.policy.text import clean

# What git says is read here, in its own language; its questions about the state take no lock.
_ENVIRONMENT: Final = {"LC_ALL": "C", "LANGUAGE": "C", "GIT_OPTIONAL_LOCKS": "0"}


class CheckoutError(ValueError):
    """The checkout, or its remote, is not as it has to be."""


class GitError(CheckoutError):
    """Git said no; the text is what it said last."""


@dataclasses.dataclass(frozen=True, slots=True)
class Git:
    """Git in a folder. It may take `patience` seconds; None: as long as it needs, since hooks of the caller may run."""

    folder: Path
    patience: float | None = None

    def __call__(self, *arguments: str) -> str:
        """Run it and return what it prints, without the last line's end.

        Raises:
            GitError: it failed, or did not come to an end.
            CheckoutError: it is not there.
        """
        code, out, err = self._run(arguments)
        if code:
            raise GitError(_said(err) or f"git {arguments[0]} ended with {code}")
        return out.removesuffix("\n")

    def holds(self, *arguments: str) -> bool:
        """Whether it ends well, for questions that it answers with its exit code."""
        return self._run(arguments)[0] == 0

    def _run(self, arguments: tuple[str, ...]) -> tuple[int, str, str]:
        try:
            process = subprocess.Popen(  # noqa: S603
                ["git", *arguments],  # noqa: S607 - the caller's own git
                cwd=self.folder,
                env=os.environ | _ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except FileNotFoundError:
            raise CheckoutError("git is not installed here, and versions come from it; install it") from None
        with process:
            try:
                out, err = process.communicate(timeout=self.patience)
            except BaseException as error:
                # Not killed: git takes its locks away first.
                process.terminate()
                process.wait()
                if isinstance(error, subprocess.TimeoutExpired):
                    raise GitError(f"git {arguments[0]} gave no answer within {error.timeout:.0f} s") from None
                raise
        return process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


def _said(errors: str) -> str:
    """What went wrong, on one line: hints and progress are left out."""
    lines = [line.strip() for line in clean(errors).splitlines()]
    kept = [line for line in lines if line and not line.startswith("hint:")]
    named = [line for line in kept if line.startswith(("fatal:", "error:", "remote: error:", "!"))]
    return "; ".join((named or kept)[:3])
