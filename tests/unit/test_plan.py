"""Plans of releases: what is done, what is to do, what is refused, and what has changed since."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.policy.plan import Checkout, Hosted, Place, Plan, State, Wanted, drift, plan, read
from pipeline.policy.releases import latest
from pipeline.policy.tags import Held
from pipeline.policy.versions import release_of
from pipeline.report.plan import plan_text

COMMIT = "abc1234def5678901234567890123456789012ab"
OTHER = "f" * 40
DIGEST = "sha256:" + "1" * 64

WANTED = Wanted(version="v1.3.0", repository="acme/shop", assets=["checksums.txt", "shop_1.3.0_linux_amd64.tar.gz"])
CLEAN = Checkout(commit=COMMIT, branches=["main"])
EMPTY = Place(app="shop", repository="ghcr.io/acme/shop", held=Held())

versions = st.builds("{}.{}.{}{}".format, *[st.integers(0, 4)] * 3, st.sampled_from(["", "-rc.1", "-rc.2"]))
held = st.lists(versions).map(
    lambda tags: Held(tags=tags, digests={tag: f"sha256:{tag}" for tag in tags}, versions={tag: tag for tag in tags})
)
hosted = st.none() | st.builds(
    Hosted, draft=st.booleans(), published=st.booleans(), assets=st.just(["checksums.txt"]), versions=st.lists(versions)
)


def made(**changed: object) -> Plan:
    """A plan of the release from a clean checkout, nothing there yet, with changes by name."""
    facts = {"wanted": WANTED, "checkout": CLEAN, "places": [EMPTY], "hosted": Hosted()}
    return plan(**facts | changed)  # type: ignore[arg-type]


def states(of: Plan) -> dict[str, State]:
    """The state of each step, by what it is and of what."""
    return {f"{step.step} {step.of}": step.state for step in of.steps}


def refusals(of: Plan) -> list[str]:
    """What is refused."""
    return [step.text for step in of.refused]


def test_a_first_release_has_every_step_to_do_and_floating_tags_last() -> None:
    """The order is the one in which it is carried out."""
    assert list(states(made()).items()) == [
        (f"commit {COMMIT[:12]}", State.DONE),
        ("git tag v1.3.0", State.TO_DO),
        ("image ghcr.io/acme/shop", State.TO_DO),
        ("tag ghcr.io/acme/shop:1.3.0", State.TO_DO),
        ("tag ghcr.io/acme/shop:v1.3.0", State.TO_DO),
        ("release v1.3.0", State.TO_DO),
        ("asset checksums.txt", State.TO_DO),
        ("asset shop_1.3.0_linux_amd64.tar.gz", State.TO_DO),
        ("publish v1.3.0", State.TO_DO),
        ("tag ghcr.io/acme/shop:1.3", State.TO_DO),
        ("tag ghcr.io/acme/shop:1", State.TO_DO),
        ("tag ghcr.io/acme/shop:v1.3", State.TO_DO),
        ("tag ghcr.io/acme/shop:v1", State.TO_DO),
        ("tag ghcr.io/acme/shop:latest", State.TO_DO),
    ]


def test_a_finished_release_has_nothing_to_do() -> None:
    """Run again, it changes nothing."""
    tags = ["1.3.0", "v1.3.0", "1.3", "1", "v1.3", "v1", "latest"]
    there = Held(tags=tags, digests=dict.fromkeys(tags, DIGEST), versions=dict.fromkeys(tags, "1.3.0"))
    done = Hosted(tagged=COMMIT, published=True, assets=WANTED.assets, versions=["v1.3.0"])
    found = made(
        places=[dataclasses.replace(EMPTY, held=there)],
        hosted=done,
        checkout=dataclasses.replace(CLEAN, tagged=COMMIT),
    )
    assert set(states(found).values()) == {State.DONE}


def test_an_older_line_leaves_latest_where_it_is() -> None:
    """1.3.0 after 2.0.0 moves 1.3 and 1, and says why latest stays."""
    there = Held(tags=["2.0.0", "latest"], digests={"latest": DIGEST}, versions={"latest": "2.0.0"})
    found = made(places=[dataclasses.replace(EMPTY, held=there)], hosted=Hosted(versions=["v2.0.0"]))
    assert states(found)["tag ghcr.io/acme/shop:1.3"] is State.TO_DO
    assert states(found)["tag ghcr.io/acme/shop:latest"] is State.LEFT
    assert "the registry has 2.0.0, which is newer than 1.3.0" in plan_text(found)
    assert "not the latest release: a pre-release, or a newer one is published" in plan_text(found)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"checkout": dataclasses.replace(CLEAN, dirty=True)}, "files are changed that no commit holds; commit them"),
        ({"checkout": Checkout(commit="")}, "there is no commit yet; make one"),
        (
            {"checkout": dataclasses.replace(CLEAN, branches=["feature"])},
            "it is on feature, and releases are made from main, release/*; merge it first",
        ),
        (
            {"checkout": dataclasses.replace(CLEAN, tagged=OTHER)},
            "here it is at ffffffffffff, and abc1234def56 is checked out; check out the tag",
        ),
        ({"hosted": Hosted(tagged=OTHER)}, "on GitHub it is at ffffffffffff, and abc1234def56 is checked out"),
        (
            {
                "places": [
                    dataclasses.replace(
                        EMPTY, held=Held(tags=["1.3.0", "v1.3.0"], digests={"1.3.0": DIGEST, "v1.3.0": "sha256:2"})
                    )
                ]
            },
            "the tag v1.3.0 never moves: it points at sha256:2",
        ),
    ],
)
def test_what_stands_in_the_way_is_said_with_what_to_do(changed: dict[str, object], said: str) -> None:
    """One step is refused, and the text ends with it."""
    found = made(**changed)
    assert len(refusals(found)) == 1
    assert refusals(found)[0].startswith(said)
    assert "1 step would be refused:\n- " in plan_text(found)


def test_a_release_branch_may_be_released() -> None:
    """Patterns, and whoever asks may give others."""
    assert not refusals(made(checkout=dataclasses.replace(CLEAN, branches=["release/1.x"])))
    wanted = dataclasses.replace(WANTED, branches=["stable"])
    assert refusals(made(wanted=wanted)) == ["it is on main, and releases are made from stable; merge it first"]


def test_offline_nothing_is_claimed_of_what_was_not_asked() -> None:
    """Steps of registry and GitHub are "not asked", those of git are known."""
    found = states(made(places=[dataclasses.replace(EMPTY, held=None)], hosted=None))
    assert found.pop(f"commit {COMMIT[:12]}") is State.DONE
    assert set(found.values()) == {State.UNKNOWN}


def test_drift_names_what_was_and_what_is() -> None:
    """A floating tag that somebody moved since."""
    there = Held(tags=["1.2.9", "latest"], digests={"latest": DIGEST}, versions={"latest": "1.2.9"})
    now = made(places=[dataclasses.replace(EMPTY, held=there)])
    assert drift(made(), now) == [f"tag ghcr.io/acme/shop:latest was to do (newest release) and is to do ({DIGEST})"]
    assert drift(made(), dataclasses.replace(made(), commit=OTHER)) == [
        f"it is of {COMMIT}, and {OTHER} is to be released"
    ]


def test_progress_of_the_release_itself_is_no_drift() -> None:
    """A plan that was carried out half goes on; the other way round something was lost."""
    half = made(hosted=Hosted(draft=True, assets=["checksums.txt"]))
    assert drift(made(), half) == []
    assert drift(half, made()) == [
        "release v1.3.0 was done (goes on with the draft) and is to do (begins a draft)",
        "asset checksums.txt was done (there) and is to do (made and uploaded)",
    ]


def test_an_asset_of_a_draft_may_be_gone_and_one_of_a_published_release_not() -> None:
    """A run that ends while it replaces one leaves the draft without it."""
    draft, gone = Hosted(draft=True, assets=["checksums.txt"]), Hosted(draft=True)
    assert drift(made(hosted=draft), made(hosted=gone)) == []
    found = [made(hosted=dataclasses.replace(one, draft=False, published=True)) for one in (draft, gone)]
    assert drift(*found) == ["asset checksums.txt was done (there) and is to do (made and uploaded)"]


@given(version=versions, held=held, hosted=hosted)
def test_a_plan_is_a_pure_function_and_survives_its_file(version: str, held: Held, hosted: Hosted | None) -> None:
    """The same facts give the same plan; read back it is the same, and has not drifted."""
    wanted = dataclasses.replace(WANTED, version=version)
    place = dataclasses.replace(EMPTY, held=held)
    first, second = (plan(wanted, CLEAN, [place], hosted) for _ in range(2))
    assert first == second == read(first.json)
    assert drift(read(first.json), second) == []


@given(version=versions, held=held)
def test_no_plan_moves_a_tag_back(version: str, held: Held) -> None:
    """`latest` is to do only where no newer release is in the registry."""
    found = states(
        plan(dataclasses.replace(WANTED, version=version), CLEAN, [dataclasses.replace(EMPTY, held=held)], None)
    )
    if found.get("tag ghcr.io/acme/shop:latest") is State.TO_DO:
        assert latest(release_of(version), held.tags) == "true"


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"steps": [{}]}', json.dumps({"steps": [], "more": 1})])
def test_what_is_no_plan_is_refused(text: str) -> None:
    """With what to do."""
    with pytest.raises(ValueError, match=r"this is no plan of a release .*make one with `pipeline plan --json`"):
        read(text)
