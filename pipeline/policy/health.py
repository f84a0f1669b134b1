"""Whether a process that was started, asked and stopped did what an image in production has to do."""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Observed:
    """What a supervisor saw. Times are in milliseconds, memory in bytes; None: it did not come to that.

    `status` is the last answer of the health path: an HTTP status, or the name of a network error. `check` is what the
    image's HEALTHCHECK command ended with, `code` what the process did, where it ended by itself: an exit code or the
    name of a signal. `handles` says whether the process has a handler for SIGTERM.
    """

    status: int | str | None = None
    healthy: int | None = None
    check: int | str | None = None
    answers: Mapping[str, int | str] = dataclasses.field(default_factory=dict)
    stopped: int | None = None
    code: int | str | None = None
    memory: int | None = None
    handles: bool = True
    writable: bool = False
    log: str = ""


def verdict(seen: Observed, expected: Mapping[str, int], health: str, port: int, grace: int) -> str:
    """Judge a run; `grace` is in seconds.

    Returns:
        A line with the time to the first healthy answer, the time to stop, and the peak memory where it is known.

    Raises:
        ValueError: the process did not behave; the text says how, with the end of its log.
    """
    if problem := _problem(seen, expected, health, port, grace):
        log = f"; it logged:\n{seen.log.strip()}" if seen.log.strip() else "; it logged nothing"
        raise ValueError(problem + log)
    memory = f", peak memory {seen.memory / 1_000_000:.1f} MB" if seen.memory else ""
    return f"healthy after {seen.healthy} ms, stopped within {seen.stopped} ms{memory}"


def _problem(seen: Observed, expected: Mapping[str, int], health: str, port: int, grace: int) -> str:
    wrong = ((path, seen.answers.get(path), status) for path, status in expected.items())
    path, got, wanted = next((answer for answer in wrong if answer[1] != answer[2]), ("", None, None))
    problems = (
        (seen.writable, "the root file system could be written; it has to be read-only"),
        (seen.healthy is None, _unhealthy(seen, health, port)),
        (seen.check, f"{health} answered, but the image's HEALTHCHECK command ended with {seen.check}"),
        (seen.code is not None, f"the process was healthy and then ended by itself, with {seen.code}"),
        (path, f"{path} answered {got}, not {wanted}"),
        (not seen.handles, "the process has no handler for SIGTERM; as PID 1 of a container it would ignore it"),
        (seen.stopped is None, f"the process did not stop within {grace} s of SIGTERM and was killed"),
    )
    return next((problem for wrong, problem in problems if wrong), "")


def _unhealthy(seen: Observed, health: str, port: int) -> str:
    if seen.code is not None:
        return f"the process ended with {seen.code} before it was healthy"
    if isinstance(seen.status, int):
        return f"{health} answered {seen.status}; a healthy application answers 200"
    return f"nobody answered {health} on port {port} ({seen.status}); check --port and that it listens on 0.0.0.0"
