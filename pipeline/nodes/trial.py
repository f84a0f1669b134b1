"""Trial: commands that judge a source tree, run one after the other whether or not they succeed."""

import dataclasses
import time
from typing import Final, Self

import dagger

from pipeline.policy.steps import Steps, parse_steps

OUT: Final = "/out"
"""Where the commands leave their logs and reports."""

# A failing command is a result and not an error: its reports would be lost with it.
_PRELUDE: Final = f"""\
set -eu
mkdir -p {OUT}
printf 'began\\t%s\\n' "$(date +%s)"
step() {{
  name=$1; shift; code=0
  "$@" >"{OUT}/$name.log" 2>&1 || code=$?
  printf 'step\\t%s\\t%s\\n' "$name" "$code"
}}
none() {{ printf 'none\\t%s\\n' "$1"; }}
note() {{ printf 'note\\t%s\\n' "$1"; }}
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trial:
    """A script of `step NAME COMMAND...` and `none NAME` lines, and the container that it runs in."""

    container: dagger.Container
    script: str
    stage: str
    vitest: bool = False
    """Whether the script is Vitest and nothing else, which fails where it finds no test."""

    def ran(self) -> dagger.Container:
        """The container after the script."""
        return self.container.with_exec(["sh", "-c", _PRELUDE + self.script, self.stage])

    def again(self, when: str) -> Self:
        """The same once more, which is another command to the engine."""
        return dataclasses.replace(self, container=self.container.with_env_variable("PIPELINE_AGAIN", when))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tried:
    """How a trial ended: its steps, the logs of those that failed by name, and the folder with all it wrote."""

    steps: Steps
    logs: dict[str, str]
    out: dagger.Directory


async def run(trial: Trial) -> Tried:
    """Run a trial. Success may come from the engine's cache, failure never: it may have been the network's.

    Raises:
        dagger.ExecError: the script itself broke, not one of its commands.
    """
    asked = time.time()
    # Once more today, so that a success after a failure is remembered for a day; then at this very moment.
    attempts = [trial, trial.again(time.strftime("%Y-%m-%d", time.gmtime(asked))), trial.again(str(asked))]
    for attempt in attempts:
        done = attempt.ran()
        found = parse_steps(await done.stdout())
        if not found.failed or found.began >= int(asked):
            break
    logs = {step.name: await done.file(f"{OUT}/{step.name}.log").contents() for step in found.failed}
    return Tried(steps=found, logs=logs, out=done.directory(OUT))
