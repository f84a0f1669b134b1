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

    def ran(self) -> dagger.Container:
        """The container after the script."""
        return self.container.with_exec(["sh", "-c", _PRELUDE + self.script, self.stage])

    def again(self, moment: float) -> Self:
        """The same at another moment, which the engine has not seen yet."""
        return dataclasses.replace(self, container=self.container.with_env_variable("PIPELINE_AGAIN", str(moment)))


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
    done = trial.ran()
    found = parse_steps(await done.stdout())
    if found.failed and found.began < int(asked):
        done = trial.again(asked).ran()
        found = parse_steps(await done.stdout())
    logs = {step.name: await done.file(f"{OUT}/{step.name}.log").contents() for step in found.failed}
    return Tried(steps=found, logs=logs, out=done.directory(OUT))
