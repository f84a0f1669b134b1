"""A release on a GitHub that fails, loses answers, limits requests and lags behind: it ends as if nothing had been."""

import contextlib
import dataclasses
import traceback
from typing import Final

import pytest

from pipeline.remote import releasing
from pipeline.remote.github import GitHubError
from pipeline.remote.releasing import release
from tests.http.conftest import Clock
from tests.http.gateway import CONTENTS, TAG, TOKEN, Fault, Gateway, client, picture, run, stand, wanted, whole

pytestmark = pytest.mark.anyio

UPLOAD: Final = "POST /uploads/"
EXISTS: Final = {"errors": [{"resource": "ReleaseAsset", "code": "already_exists", "field": "name"}]}
RESET: Final = {
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": "1767225690",
    "date": "Thu, 01 Jan 2026 00:00:30 GMT",
}

PASSING: Final = {
    "500": Fault(status=500),
    "503": Fault(status=503, headers={"Retry-After": "7"}),
    "502 after it was done": Fault(status=502, done=True),
    "408": Fault(status=408),
    "429": Fault(status=429),
    "403 with Retry-After": Fault(status=403, headers={"Retry-After": "30"}),
    "403 of a secondary limit": Fault(status=403, content={"message": "You have exceeded a secondary rate limit."}),
    "403 with nothing left": Fault(status=403, headers=RESET),
    "broken": Fault(),
    "answer lost": Fault(done=True),
}
LASTING: Final = [401, 403, 422]


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
async def test_what_passes_befalls_each_request_in_turn_and_changes_nothing(fault: Fault) -> None:
    """Also where the answer alone was lost: then a draft or a ref is there already when it is asked for again."""
    expected, count = await whole()
    # What was done already is the harder one: everywhere, and the others here and there.
    for at in range(0, count, 1 if fault.done else 4):
        gateway = Gateway(stand(), [dataclasses.replace(fault, at=at)])
        await run(gateway)
        assert gateway.left == []
        assert picture(gateway.stand) == expected, gateway.made[at]


@pytest.mark.parametrize("status", LASTING)
async def test_what_lasts_is_not_asked_again(status: int) -> None:
    """It ends, it says so, and a later run finishes it."""
    expected, count = await whole()
    # At the end only the turn is given back, which stops nothing.
    for at in range(0, count - 2, 3):
        found = stand()
        gateway = Gateway(found, [Fault(status=status, at=at)])
        with pytest.raises(GitHubError, match=rf"asked of GitHub .* answered {status}|runs twice at once"):
            await run(gateway)
        assert gateway.made[at] not in gateway.made[at + 1 : at + 2] or gateway.made[at].startswith("GET")
        await run(Gateway(found))
        assert picture(found) == expected, gateway.made[at]


async def test_what_is_not_there_ends_as_if_nothing_had_been_or_is_finished_by_a_later_run() -> None:
    """A 404 says of some things that they are still to be made, and of others that somebody deleted them."""
    expected, count = await whole()
    for at in range(0, count, 2):
        found = stand()
        with contextlib.suppress(GitHubError):
            await run(Gateway(found, [Fault(status=404, at=at)]))
        await run(Gateway(found))
        assert picture(found) == expected, at


async def test_half_an_asset_that_a_502_leaves_is_deleted_and_sent_again() -> None:
    """As GitHub documents it: an upload that fails there may leave an empty asset."""
    expected, _ = await whole()
    gateway = Gateway(stand(), [Fault(UPLOAD, 502, starter=True, times=3)])
    await run(gateway)
    assert picture(gateway.stand) == expected
    assert len([one for one in gateway.made if one.startswith("DELETE /repos/acme/shop/releases/assets/")]) == 3


async def test_what_lasts_longer_than_the_time_is_given_up_on_once() -> None:
    """No attempt around an upload makes it all over again."""
    clock = Clock()
    gateway = Gateway(stand(), [Fault(UPLOAD, 502, times=10_000)])
    with pytest.raises(GitHubError, match=r"answered 502 .* \(asked \d+ times, 300 s are given\)$"):
        await run(gateway, clock=clock)
    assert sum(clock.pauses) <= 300
    assert len([one for one in gateway.made if one.startswith(UPLOAD)]) < 60


@pytest.mark.parametrize("status", [403, 500])
async def test_a_turn_that_cannot_be_given_back_makes_no_error_of_what_is_done(status: int) -> None:
    """The next run takes it."""
    found = stand()
    assert (await run(Gateway(found, [Fault("DELETE /repos/acme/shop/git/refs/", status, times=10_000)]))).changed
    assert f"refs/pipeline/release-{TAG}" in found.state.refs
    assert not (await run(Gateway(found))).changed
    assert found.state.refs.keys() == {f"refs/tags/{TAG}"}


async def test_half_an_asset_that_a_killed_run_left_is_deleted() -> None:
    """It is in the list of assets, and not in the release."""
    expected, _ = await whole()
    gateway = Gateway(stand(), [Fault(UPLOAD, 401, starter=True)])
    with pytest.raises(GitHubError, match="answered 401"):
        await run(gateway)
    assert [one.state for one in gateway.stand.state.assets.values()] == ["starter"]
    await run(gateway)
    assert picture(gateway.stand) == expected


async def test_an_asset_that_exists_already_is_looked_at() -> None:
    """The list did not have it: either it is right, or it is replaced."""
    expected, _ = await whole()
    for done in (True, False):
        gateway = Gateway(stand(), [Fault(UPLOAD, 422, content=EXISTS, done=done)])
        await run(gateway)
        assert picture(gateway.stand) == expected


@pytest.mark.parametrize("lag", [1, 2, 5])
async def test_lists_and_tags_that_lag_are_waited_for(lag: int) -> None:
    """The draft that was made is not in the list yet, nor the asset, nor does the tag find what was published."""
    expected, _ = await whole()
    found = stand()
    clock = Clock()
    await run(Gateway(found, lag=lag), clock=clock)
    assert picture(found) == expected
    assert clock.pauses
    await run(Gateway(found, lag=lag))
    assert picture(found) == expected


async def test_a_list_that_never_shows_the_draft_ends_it() -> None:
    """Nothing is published on what nobody sees."""
    found = stand()
    with pytest.raises(GitHubError, match=r"the draft 1 of v1\.2\.3 was made, and GitHub does not list it"):
        await run(Gateway(found, lag=10_000))
    assert [one.draft for one in found.state.releases.values()] == [True]


async def test_an_asset_that_arrives_changed_is_not_published() -> None:
    """It is sent again, as long as there is time, and then it is said."""
    found = stand()

    async def bend(_: int) -> None:
        for asset in found.state.assets.values():
            asset.content = b"bent" + asset.content[4:]

    found = stand()
    with pytest.raises(
        GitHubError, match=r"the assets of v1\.2\.3 are not what was uploaded: .* has sha256:.* was built"
    ):
        await run(Gateway(found, before=bend))
    assert [one.draft for one in found.state.releases.values()] == [True]


async def test_an_asset_that_changes_before_it_is_published_is_seen() -> None:
    """The last look is the one before publishing."""
    found = stand()
    gateway = Gateway(found)

    async def bend(number: int) -> None:
        if number and gateway.made[-1].startswith("GET /repos/acme/shop/git/ref/tags/"):
            next(iter(found.state.assets.values())).content = b"bent"

    gateway.before = bend
    with pytest.raises(GitHubError, match=r"is published, and never changed, but: .* has sha256:"):
        await run(gateway)


async def test_a_download_that_breaks_off_is_read_again() -> None:
    """Where the digest has to be read."""
    expected, _ = await whole()
    gateway = Gateway(stand(digests=False), [Fault("GET /blobs/", came=3), Fault("GET /blobs/", came=0)])
    await run(gateway)
    assert gateway.left == []
    assert picture(gateway.stand) == expected


async def test_a_limit_is_obeyed_to_the_second() -> None:
    """Retry-After, then the time of the reset by the server's own clock, else a minute."""
    for name, pause in (("403 with Retry-After", 30), ("403 with nothing left", 61), ("429", 60), ("503", 7)):
        clock = Clock()
        await run(Gateway(stand(), [dataclasses.replace(PASSING[name], at=7)]), clock=clock)
        assert clock.pauses == [pause]


async def test_a_limit_that_outlasts_the_time_ends_it_at_once() -> None:
    """An hour is not waited for, and the error says how long it would be."""
    clock = Clock()
    fault = Fault(
        status=403, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767229200"} | {"date": RESET["date"]}
    )
    with pytest.raises(GitHubError, match=r"asked once, 300 s are given and it wants to be left alone for 3571 s\)$"):
        await run(Gateway(stand(), [fault]), clock=clock)
    assert clock.pauses == []


@pytest.mark.parametrize("fault", [*PASSING.values(), *(Fault(status=status) for status in [*LASTING, 404])])
async def test_the_token_is_in_no_error(fault: Fault) -> None:
    """Whatever fails, and whatever GitHub repeats of what it was sent."""
    _, count = await whole()
    failed = 0
    for at in range(0, count, 3):
        gateway = Gateway(stand(), [dataclasses.replace(fault, at=at)])
        async with client(gateway, limit=0.1) as github:
            try:
                await release(github, wanted())
            except GitHubError as error:
                failed += 1
                told = "".join(traceback.format_exception(error)) + repr(error) + repr(github)
                assert TOKEN not in told
    assert failed > 5


async def test_a_tag_that_moves_before_publishing_ends_it() -> None:
    """Another source would be behind the assets."""
    found = stand()
    gateway = Gateway(found)

    async def move(_: int) -> None:
        if len(found.state.assets) == len(CONTENTS):
            found.state.tag(TAG, "d" * 40)

    gateway.before = move
    with pytest.raises(GitHubError, match=r"the tag v1\.2\.3 of acme/shop is at dddd"):
        await run(gateway)
    assert [one.draft for one in found.state.releases.values()] == [True]


async def test_an_asset_that_changes_between_the_steps_is_not_published() -> None:
    """Other things may take long between preparing a release and publishing it."""
    found, own = stand(), wanted()
    async with client(Gateway(found)) as github, releasing.begin(github, own) as turn:
        prepared = await releasing.prepare(github, own, turn)
        next(iter(found.state.assets.values())).content = b"bent"
        with pytest.raises(GitHubError, match=r"is a draft, but: .* has sha256:.* was built; run it again"):
            await releasing.publish(github, own, turn, prepared)
    assert [one.draft for one in found.state.releases.values()] == [True]
