"""What the script of a stage wrote down: which commands ran, how they ended, and when the first began."""

import pytest

from pipeline.policy.steps import Step, Steps, parse_steps

RAN = "began\t1700000000\nstep\tgofmt\t0\nnone\tgolangci-lint\nstep\tvet\t1\nnote\twithout the race detector\n"


def test_commands_stand_in_the_order_in_which_they_ran() -> None:
    """Each with its exit code; one that the application lacks has none."""
    assert parse_steps(RAN) == Steps(
        began=1_700_000_000,
        steps=[Step(name="gofmt", code=0), Step(name="golangci-lint", code=None), Step(name="vet", code=1)],
        notes=["without the race detector"],
    )


def test_only_a_command_that_ran_and_did_not_succeed_failed() -> None:
    """One that is not there is no failure, and no success either."""
    assert [step.name for step in parse_steps(RAN).failed] == ["vet"]


def test_a_stage_may_have_nothing_to_do() -> None:
    """It began, and that was all."""
    assert parse_steps("began\t5\n") == Steps(began=5, steps=[], notes=[])


@pytest.mark.parametrize("text", ["", "\n", "step\tvet\t0\n", "note\tx\n"])
def test_a_script_that_did_not_say_when_it_began_is_refused(text: str) -> None:
    """Without the time nobody knows whether a failure is an old one."""
    with pytest.raises(ValueError, match=r"script of a stage (did not say when it began|printed a line)"):
        parse_steps(text)


@pytest.mark.parametrize(
    "line",
    [
        "hello",
        "step\tvet",
        "step\tvet\t0\t1",
        "step\tvet\tgood",
        "began\tnow",
        "none",
        "note\ta\tb",
        " step\tvet\t0",
        "",
    ],
)
def test_a_line_that_says_nothing_is_refused(line: str) -> None:
    """A command that printed into the record could claim to have passed."""
    with pytest.raises(ValueError, match=r"says nothing: |invalid literal for int"):
        parse_steps(f"began\t5\n{line}\nstep\tvet\t0\n")
