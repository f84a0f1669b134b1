"""The commands that run on the host: their names, each with what it does. Nothing here needs an engine or the SDK."""

import datetime as dt
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from pipeline.host import arguments, bump, history
from pipeline.host.checkout import Checkout

Command = Callable[[Sequence[str]], str]
"""From the arguments to what is printed; a ValueError is a sentence for the caller."""


def run(name: str, given: Sequence[str]) -> int:
    """Run a command and return its exit code; what is wrong goes to the errors, as a sentence."""
    try:
        text = COMMANDS[name](given)
    except ValueError as error:
        sys.stderr.write(f"{name}: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"{name}: stopped\n")
        return 128 + signal.SIGINT
    sys.stdout.write(text.rstrip("\n") + "\n")
    return 0


def _next_version(given: Sequence[str]) -> str:
    asked = arguments.asked(arguments.next_version().parse_args(given))
    return str(history.decided(_checkout(), asked))


def _changelog(given: Sequence[str]) -> str:
    asked = arguments.asked(arguments.changelog().parse_args(given))
    return history.notes(_checkout(), asked, _today())


def _bump(given: Sequence[str]) -> str:
    options = arguments.bump().parse_args(given)
    # As with Ctrl-C: what is half made is taken back.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    return bump.bump(_checkout(), arguments.asked(options), _today(), push=options.push)


def _checkout() -> Checkout:
    return Checkout.of(Path.cwd())


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


COMMANDS: Final[Mapping[str, Command]] = {"next-version": _next_version, "changelog": _changelog, "bump": _bump}
