"""Two releases of one version at once: one goes on, the other notices and says so."""

import contextlib
from typing import Final

import anyio
import pytest

from pipeline.policy.documents import digest_of
from pipeline.rehearsal.github import Stand
from pipeline.remote import releasing
from pipeline.remote.github import GitHub, GitHubError
from pipeline.remote.releasing import Released
from pipeline.remote.standing import status
from pipeline.remote.turns import Superseded, take
from pipeline.remote.wanted import Wanted
from tests.http.gateway import COMMIT, CONTENTS, TAG, Fault, Gateway, client, picture, run, stand, wanted, whole

pytestmark = pytest.mark.anyio

OTHER: Final = {"shop.tar.gz": b"another build", "checksums.txt": b"other sums\n"}


async def test_one_that_begins_meanwhile_takes_over_and_the_first_says_so() -> None:
    """Whenever it begins, one release comes of it, of one build alone."""
    _, count = await whole()
    stopped = 0
    for moment in range(count):
        found = stand()
        second = wanted(contents=OTHER, holder="another person")

        async def other(number: int, moment: int = moment, found: Stand = found, second: Wanted = second) -> None:
            if number == moment:
                with contextlib.suppress(GitHubError):
                    await run(Gateway(found), second)

        said = ""
        try:
            await run(Gateway(found, before=other))
        except GitHubError as error:
            said = str(error)
        told = "runs twice at once: another run has taken it over, and has ended, so this run stops" in said
        stopped += told
        # Where the other one was done before this one took its turn, this one sees a release of another build.
        assert told or "published, and never changed" in said or not said
        seen = picture(found)
        assert [one[1] for one in seen["releases"]] == [False], moment
        assert seen["refs"].keys() == {f"refs/tags/{TAG}"}
        digests = [one[2] for one in seen["assets"]]
        assert digests in [sorted_digests(CONTENTS), sorted_digests(OTHER)], moment
    assert stopped > 15


def sorted_digests(contents: dict[str, bytes]) -> list[str]:
    """Digests in the order of the names."""
    return [digest_of(contents[name]) for name in sorted(contents)]


@pytest.mark.parametrize("head_start", range(0, 40, 3))
async def test_two_at_once_make_one_release_and_the_loser_says_so(head_start: int) -> None:
    """Request by request in turns: at least one wins, and whoever does not was told why."""
    found = stand()
    expected, _ = await whole()
    said: list[str] = []
    won: list[Released] = []

    async def one(who: str, wait: int) -> None:
        async def turns(_: int) -> None:
            await anyio.lowlevel.checkpoint()

        for _ in range(wait):
            await anyio.lowlevel.checkpoint()
        try:
            won.append(await run(Gateway(found, before=turns), wanted(holder=who)))
        except Superseded as error:
            said.append(str(error))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(one, "the first", 0)
        tasks.start_soon(one, "the second", head_start)
    assert won
    assert len(won) + len(said) == 2
    assert all("runs twice at once: " in text for text in said)
    assert picture(found) == expected


async def test_of_two_versions_at_once_the_higher_one_ends_as_the_latest() -> None:
    """Each has its own turn; whenever the higher one is published, and whoever is told that it is the latest."""
    _, count = await whole()
    taken = 0
    for moment in range(count - 12, count):
        found = stand()
        found.state.tag("v1.3.0", COMMIT)
        gateway = Gateway(found)

        async def higher(number: int, moment: int = moment, found: Stand = found) -> None:
            if number == moment:
                await run(Gateway(found), wanted("v1.3.0"))

        gateway.before = higher
        done = await run(gateway)
        newest = found.state.newest()
        assert newest
        assert newest.tag == "v1.3.0"
        marked = [one for one in gateway.requests if one.content == b'{"make_latest": "true"}']
        assert not marked or not done.latest
        taken += len(marked)
    assert taken


async def test_a_run_that_ended_before_it_gave_back_the_latest_is_finished_by_the_next_one() -> None:
    """What GitHub says is looked at again, and nothing is remembered."""
    found = stand()
    found.state.tag("v1.3.0", COMMIT)
    await run(Gateway(found), wanted("v1.3.0"))
    await run(Gateway(found))
    found.state.mark(next(one for one in found.state.releases.values() if one.tag == TAG), "true")
    assert not (await run(Gateway(found))).latest
    newest = found.state.newest()
    assert newest
    assert newest.tag == "v1.3.0"


async def test_a_turn_changes_no_file_of_the_commit_that_is_released() -> None:
    """So it needs no right of its own for files of workflows, which a commit without parents would all add."""
    found = stand()
    async with client(Gateway(found)) as github:
        for _ in range(2):
            turn = await take(github, TAG, COMMIT, "a person")
            made, released = found.state.objects[turn.sha], found.state.objects[COMMIT]
            assert made["tree"] == released["tree"]
            assert found.state.descends(turn.sha, COMMIT)


async def test_of_two_that_take_the_turn_at_one_moment_one_gets_it() -> None:
    """Both saw the same before."""
    found = stand()
    async with client(Gateway(found)) as github:
        for before in ("", "somebody who was killed"):
            if before:
                await take(github, TAG, COMMIT, before)
            taken: list[str] = []

            async def second(number: int, taken: list[str] = taken) -> None:
                if number == 3:
                    taken.append((await take(github, TAG, COMMIT, "the faster one")).sha)

            async with client(Gateway(found, before=second)) as slower:
                with pytest.raises(
                    Superseded, match=r"the faster one \(2026-.*\) has taken it over, so this run stops"
                ):
                    await take(slower, TAG, COMMIT, "the slower one")
            assert taken == [found.state.refs.pop(f"refs/pipeline/release-{TAG}")]


async def test_what_goes_wrong_between_gives_the_turn_back() -> None:
    """Also where it has nothing to do with GitHub; what went wrong is what is said."""
    found = stand()
    async with client(Gateway(found)) as github:
        with pytest.raises(ValueError, match="the registry"):
            async with releasing.begin(github, wanted()):
                raise ValueError("the registry is full")
        assert (await status(github, TAG)).holder == ""
        with pytest.raises(Superseded, match=r"another person .* has taken it over"):
            await taken_over(github)


async def taken_over(github: GitHub) -> None:
    """Another run has done something that this one runs into."""
    async with releasing.begin(github, wanted()):
        await take(github, TAG, COMMIT, "another person")
        raise ValueError("the registry has something else")


async def test_whoever_lost_the_turn_writes_nothing_more() -> None:
    """But for the one request that was on its way when it was taken."""
    _, count = await whole()
    for moment in range(6, count - 2):
        found = stand()
        gateway = Gateway(found)

        async def other(number: int, moment: int = moment, found: Stand = found) -> None:
            if number == moment:
                async with client(Gateway(found)) as github:
                    await take(github, TAG, COMMIT, "another person")

        gateway.before = other
        with contextlib.suppress(Superseded):
            await run(gateway)
        written = [one for one in gateway.made[moment:] if not one.startswith("GET")]
        assert len(written) <= 1, written


async def test_one_look_that_lags_behind_does_not_stop_a_run() -> None:
    """It looks again before it says that another has the turn."""
    gateway = Gateway(stand())
    await run(gateway)
    looks = [place for place, one in enumerate(gateway.made) if "GET" in one and "/git/ref/pipeline/" in one]
    for at in looks[1:-1]:
        await run(Gateway(stand(), [Fault(status=404, at=at)]))


async def test_what_is_published_by_hand_meanwhile_is_not_changed() -> None:
    """But for the one request that was on its way: each change is made to what is a draft at that moment."""
    _, count = await whole()
    for moment in range(9, count):
        found = stand()
        gateway = Gateway(found)

        async def publish(number: int, moment: int = moment, found: Stand = found) -> None:
            for held in found.state.releases.values() if number == moment else []:
                found.state.publish(held, "true")

        gateway.before = publish
        with contextlib.suppress(GitHubError):
            await run(gateway)
        late = [one for one in gateway.made[moment + 1 :] if one.startswith(("POST /up", "PATCH /repos/acme/shop/rel"))]
        assert len(late) <= 1, moment
