"""What fails an image for its size, or for the distribution that it stands on."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.findings import Scanned
from pipeline.policy.gates import MB, Budget, Gate, Verdict, judge, over_budget
from pipeline.policy.sizes import Layer

BASE = Layer("sha256:base", 1 * MB, 30 * MB, "lib/libc.so", base=True)
SMALL = Layer("sha256:small", 1, 1 * MB, "app/config")
BINARY = Layer("sha256:binary", 5 * MB, 12 * MB, "usr/local/bin/api")

weights = st.lists(st.integers(min_value=0, max_value=50 * MB), min_size=1, max_size=6)


def test_without_a_budget_everything_passes() -> None:
    """None is no limit, for the whole and for the part."""
    assert over_budget([BASE, BINARY], Budget()) == ""


@pytest.mark.parametrize(
    ("budget", "sentence"),
    [
        (Budget(added=12), "the image adds 13.0 MB unpacked and its budget is 12 MB"),
        (Budget(total=42), "the image holds 43.0 MB unpacked and its budget is 42 MB"),
        (Budget(total=42, added=12), "the image adds 13.0 MB unpacked and its budget is 12 MB"),
    ],
)
def test_what_broke_the_budget_is_said_with_the_layer_that_grew(budget: Budget, sentence: str) -> None:
    """The layer named is the application's: nobody can make the base smaller."""
    largest = "; the largest layer that it adds is usr/local/bin/api with 12.0 MB"
    assert over_budget([BASE, SMALL, BINARY], budget) == sentence + largest


def test_a_layer_without_a_file_is_named_by_its_digest() -> None:
    """A layer may hold nothing but links."""
    assert "the largest layer that it adds is sha256:odd with" in over_budget(
        [Layer("sha256:odd", 1, 2 * MB)], Budget(total=1)
    )


def test_a_base_alone_can_break_the_budget() -> None:
    """Where the application adds nothing, the base's largest layer is named."""
    assert "the largest layer of its base is lib/libc.so with 30.0 MB" in over_budget([BASE], Budget(total=29))


@given(weights, st.integers(min_value=1, max_value=300))
def test_a_budget_is_broken_by_more_than_it_allows_and_by_nothing_else(sizes: list[int], limit: int) -> None:
    """Exactly the limit is allowed, one byte more is not."""
    layers = [Layer(f"sha256:{n}", 0, size, base=n % 2 == 0) for n, size in enumerate(sizes)]
    own = sum(layer.unpacked for layer in layers if not layer.base)
    assert bool(over_budget(layers, Budget(total=limit))) == (sum(sizes) > limit * MB)
    assert bool(over_budget(layers, Budget(added=limit))) == (own > limit * MB)


def test_exactly_the_budget_passes() -> None:
    """The limit itself is the most that is allowed."""
    assert over_budget([BASE, BINARY], Budget(total=42, added=12)) == ""


@pytest.mark.parametrize("limit", [0, -1])
@pytest.mark.parametrize("name", ["total", "added"])
def test_a_budget_that_no_image_can_meet_is_refused(name: str, limit: int) -> None:
    """A budget of 0 is a slip of the pen, not a wish."""
    with pytest.raises(ValueError, match=rf"a budget of {limit} MB \({name}\) allows no image at all; give 1 or more"):
        Budget(**{name: limit})


def image(target: str = "linux/amd64", *, ended: bool = False, unknown: bool = False, packages: int = 1) -> Scanned:
    """A target without findings."""
    system = "" if target == "source" else "debian 11"
    return Scanned(target=target, findings=[], packages=packages, system=system, ended=ended, unknown=unknown)


def judged(*scans: Scanned, gate: Gate | None = None, before: list[Scanned] | None = None) -> Verdict:
    """What is said of them."""
    return judge(scans, gate or Gate(), [], dt.datetime(2026, 11, 25, tzinfo=dt.UTC), before)


ENDED = (
    "the base debian 11 of linux/amd64 and linux/arm64 is no longer supported, so new vulnerabilities of it are not "
    "reported; move to a newer base, or allow it"
)
UNKNOWN = (
    "the scanner does not know debian 11 of linux/amd64 and linux/arm64, "
    "so it may report no vulnerability of its packages"
)


def test_a_distribution_that_ended_fails() -> None:
    """Once for all targets that stand on it."""
    scans = [image(target, ended=True) for target in ("linux/arm64", "linux/amd64")]
    verdict = judged(*scans, image("source"))
    assert (verdict.problems, verdict.failed) == ([ENDED], True)


def test_a_release_that_the_scanner_does_not_know_is_noted() -> None:
    """It is often newer than the scanner; a clean result says little of it."""
    scans = [image(target, unknown=True) for target in ("linux/arm64", "linux/amd64")]
    verdict = judged(*scans, image("source"))
    assert (verdict.notes, verdict.failed) == ([UNKNOWN], False)


def test_a_distribution_that_ended_may_be_allowed() -> None:
    """For those who cannot move yet."""
    verdict = judged(image(ended=True), gate=Gate(allow_ended=True))
    assert (verdict.problems, verdict.failed) == ([], False)


def test_a_distribution_that_was_published_so_fails_still() -> None:
    """What it hides is new."""
    assert judged(image(ended=True), before=[image(ended=True)]).failed


def test_a_system_without_a_name_is_called_a_distribution() -> None:
    """The sentence stays one."""
    (note,) = judged(Scanned(target="linux/amd64", findings=[], packages=1, unknown=True)).notes
    assert note.startswith("the scanner does not know the distribution of linux/amd64, so")


def test_an_image_in_which_no_package_was_found_is_noted() -> None:
    """A clean result says nothing of it; a source tree without packages is an ordinary one."""
    verdict = judged(image("linux/arm64"), image(packages=0), image("source", packages=0))
    assert verdict.notes == ["linux/amd64: the scanner found no package in the image, so it knows of nothing in it"]
    assert not verdict.failed
