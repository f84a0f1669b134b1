"""The commands that run on the host: their names, each with what it does. Nothing here needs an engine or the SDK."""

import dataclasses
import datetime as dt
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from pipeline.host import arguments, bump, history
from pipeline.host.checkout import Checkout
from pipeline.policy.plan import BRANCHES

REFUSED: Final = 4
"""Exit code of a plan that has a step which would be refused."""


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What a command prints, what it remarks beside that, and its exit code."""

    text: str
    remarks: Sequence[str] = ()
    code: int = 0


Command = Callable[[Sequence[str]], Answer]
"""From the arguments to the answer; a ValueError is a sentence for the caller."""


def run(name: str, given: Sequence[str]) -> int:
    """Run a command and return its exit code; remarks and what is wrong go to the errors, as sentences."""
    try:
        answer = COMMANDS[name](given)
    except ValueError as error:
        sys.stderr.write(f"{name}: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"{name}: stopped\n")
        return 128 + signal.SIGINT
    sys.stderr.write("".join(f"note: {remark}\n" for remark in answer.remarks))
    sys.stdout.write(answer.text.rstrip("\n") + "\n")
    return answer.code


def _next_version(given: Sequence[str]) -> Answer:
    asked = arguments.asked(arguments.next_version().parse_args(given))
    return Answer(str(history.decided(_checkout(), asked)))


def _changelog(given: Sequence[str]) -> Answer:
    asked = arguments.asked(arguments.changelog().parse_args(given))
    return Answer(history.notes(_checkout(), asked, _today()))


def _bump(given: Sequence[str]) -> Answer:
    options = arguments.bump().parse_args(given)
    # As with Ctrl-C: what is half made is taken back.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    return Answer(bump.bump(_checkout(), arguments.asked(options), _today(), push=options.push))


def _plan(given: Sequence[str]) -> Answer:
    options = arguments.plan().parse_args(given)
    # Not at the top: they read and write YAML, whose import takes as long as all other commands.
    from pipeline.host.plan import Wish, planned, remarks  # noqa: PLC0415
    from pipeline.report.plan import plan_text  # noqa: PLC0415

    wish = Wish(
        version=options.version,
        to=options.to,
        repository=options.repository or "",
        branches=options.branch or BRANCHES,
        with_v=not options.without_v,
        force=options.force,
        offline=options.offline,
        api=options.api,
    )
    found = planned(_checkout(), wish, os.environ)
    text = found.json if options.json else plan_text(found)
    return Answer(text, remarks(wish, os.environ), REFUSED if found.refused else 0)


def _checkout() -> Checkout:
    return Checkout.of(Path.cwd())


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


COMMANDS: Final[Mapping[str, Command]] = {
    "next-version": _next_version,
    "changelog": _changelog,
    "bump": _bump,
    "plan": _plan,
}
