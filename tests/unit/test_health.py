"""The verdict on a process that was started, asked and stopped."""

import dataclasses

import pytest

from pipeline.policy.health import Observed, verdict

GOOD = Observed(status=200, healthy=41, check=0, answers={"/": 200, "/api/v1": 401}, stopped=12, memory=31_500_000)
EXPECTED = {"/": 200, "/api/v1": 401}


def judge(**changed: object) -> str:
    """The verdict on a good run with changes by name."""
    return verdict(dataclasses.replace(GOOD, **changed), EXPECTED, "/health", 8080, 5)  # type: ignore[arg-type]


def test_a_good_run_is_told_in_one_line() -> None:
    """Time to the first healthy answer, time to stop, peak memory."""
    assert judge() == "healthy after 41 ms, stopped within 12 ms, peak memory 31.5 MB"


def test_what_was_not_measured_is_not_said() -> None:
    """Under emulation nobody knows the memory of the process, and there may be no HEALTHCHECK."""
    assert judge(memory=None, check=None) == "healthy after 41 ms, stopped within 12 ms"


def test_an_answer_in_no_time_counts() -> None:
    """0 ms is a time, not its absence."""
    assert judge(healthy=0, stopped=0, memory=None) == "healthy after 0 ms, stopped within 0 ms"


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"writable": True}, "the root file system could be written; it has to be read-only"),
        ({"healthy": None, "code": 1}, "the process ended with 1 before it was healthy"),
        ({"healthy": None, "code": 0}, "the process ended with 0 before it was healthy"),
        ({"healthy": None, "code": "SIGSEGV"}, "the process ended with SIGSEGV before it was healthy"),
        ({"healthy": None, "code": None, "status": 500}, "/health answered 500; a healthy application answers 200"),
        (
            {"healthy": None, "code": None, "status": "ECONNREFUSED"},
            "nobody answered /health on port 8080 (ECONNREFUSED); check --port and that it listens on 0.0.0.0",
        ),
        ({"check": 2}, "/health answered, but the image's HEALTHCHECK command ended with 2"),
        ({"check": "no answer"}, "/health answered, but the image's HEALTHCHECK command ended with no answer"),
        ({"check": "SIGSEGV"}, "/health answered, but the image's HEALTHCHECK command ended with SIGSEGV"),
        ({"code": 0, "stopped": None}, "the process was healthy and then ended by itself, with 0"),
        ({"code": "SIGSEGV", "stopped": None}, "the process was healthy and then ended by itself, with SIGSEGV"),
        ({"code": 4, "answers": {"/": "ECONNREFUSED"}}, "the process was healthy and then ended by itself, with 4"),
        ({"handles": False}, "the process has no handler for SIGTERM; as PID 1 of a container it would ignore it"),
        (
            {"handles": False, "stopped": None},
            "the process has no handler for SIGTERM; as PID 1 of a container it would ignore it",
        ),
        ({"answers": {"/": 404, "/api/v1": 401}}, "/ answered 404, not 200"),
        ({"answers": {"/": 200}}, "/api/v1 answered None, not 401"),
        ({"answers": {"/": 200, "/api/v1": "TimeoutError"}}, "/api/v1 answered TimeoutError, not 401"),
        ({"stopped": None}, "the process did not stop within 5 s of SIGTERM and was killed"),
    ],
)
def test_a_bad_run_is_one_sentence_and_the_log(changed: dict[str, object], problem: str) -> None:
    """Each way to misbehave has its sentence, and the end of the log follows."""
    with pytest.raises(ValueError, match="it logged") as caught:
        judge(**changed, log="  listening on [::]\n")
    assert str(caught.value) == f"{problem}; it logged:\nlistening on [::]"


def test_a_process_that_said_nothing_is_said_to_have_said_nothing() -> None:
    """An empty log is a finding too."""
    with pytest.raises(ValueError, match=r"and was killed; it logged nothing$"):
        judge(stopped=None, log=" \n")
