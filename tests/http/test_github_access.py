"""Where the client of GitHub goes, and where the token does."""

import httpx
import pytest

from pipeline.policy.documents import digest_of
from pipeline.remote.github import GitHub, GitHubError
from pipeline.remote.github_http import Api, is_private
from pipeline.remote.releasing import release
from tests.http.conftest import Clock
from tests.http.gateway import BASE, CONTENTS, REPOSITORY, TAG, TOKEN, Gateway, client, file, stand, wanted
from tests.http.servers import Reply, Server

pytestmark = pytest.mark.anyio


async def test_every_request_says_which_api_is_meant() -> None:
    """The version of the API, what is accepted, and who asks."""
    gateway = Gateway(stand())
    async with client(gateway) as github:
        await release(github, wanted())
    for request in gateway.requests:
        assert request.headers["x-github-api-version"] == "2022-11-28"
        assert request.headers["accept"] == "application/vnd.github+json"
        assert request.headers["user-agent"] == "neuronip-pipeline"
        assert request.headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("base", [BASE, "https://ghe.example.com/api/v3", "https://ghe.example.com/api/v3/"])
async def test_an_enterprise_server_is_reached_by_its_address(base: str) -> None:
    """Everything below that address, uploads where it says so."""
    gateway = Gateway(stand())
    async with client(gateway, base=base) as github:
        await release(github, wanted())
    assert gateway.stand.unknown == []
    prefix = httpx.URL(base).path.rstrip("/")
    assert all(
        one.url.path.startswith((f"{prefix}/repos/", f"{prefix}/repositories/", "/uploads/"))
        for one in gateway.requests
    )


async def test_a_download_leads_elsewhere_without_the_token() -> None:
    """Storage has links of its own, which say enough."""
    gateway = Gateway(stand(blobs="https://blobs.example.org"))
    async with client(gateway) as github:
        (asset, *_) = (await release(github, wanted())).assets
        assert b"".join([chunk async for chunk in github.download(asset)]) == CONTENTS[asset.name]
    (last,) = [one for one in gateway.requests if one.url.host == "blobs.example.org"]
    assert "authorization" not in last.headers


@pytest.mark.parametrize(
    "leads", ["https://evil.example.org/x{?name}", "http://api.example.com/x", "https://example.com/x"]
)
async def test_an_upload_goes_nowhere_but_to_github(leads: str) -> None:
    """Else the token would."""
    gateway = Gateway(stand())
    async with client(gateway) as github:
        draft = await github.create(wanted().draft)
        count = len(gateway.made)
        bent = type(draft)(id=draft.id, tag=TAG, draft=True, upload_url=leads)
        with pytest.raises(GitHubError, match="which gets no token"):
            await github.upload(bent, file("a", b"1").asset, file("a", b"1").content)
        assert len(gateway.made) == count
        host = type(draft)(id=draft.id, tag=TAG, draft=True, upload_url=draft.upload_url.replace("api.", "uploads."))
        assert (await github.upload(host, file("a", b"1").asset, file("a", b"1").content)).digest == digest_of(b"1")


async def test_a_page_elsewhere_is_not_followed(server: Server, clock: Clock) -> None:
    """A link is no reason to hand the token out."""
    server.answer(
        "/repos/acme/shop/releases?per_page=100", Reply(b"[]", headers={"Link": f'<{server.other}/2>; rel="next"'})
    )
    async with GitHub(REPOSITORY, token=TOKEN, base=f"http://{server.name}", retries=clock.retries()) as github:
        with pytest.raises(GitHubError, match="the next page would be at localhost, which is not followed"):
            await github.releases()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("settings", "token", "may"),
    [({}, TOKEN, True), ({"push": False}, TOKEN, False), ({}, "", False), ({"installation": True}, TOKEN, None)],
)
async def test_what_a_token_may_do_is_said(settings: dict[str, bool], token: str, may: bool | None) -> None:
    """That of a workflow never says that it may write."""
    async with client(Gateway(stand(**settings)), token=token) as github:
        assert await github.may_push() is may


async def test_a_wrong_token_is_said_and_not_repeated() -> None:
    """Nor is it in what stands for the client."""
    wrong = "ghp_wrong"
    async with client(Gateway(stand()), token=wrong) as github:
        with pytest.raises(GitHubError, match=r"answered 401 Unauthorized \(Bad credentials\); pass a token") as failed:
            await github.may_push()
        assert wrong not in repr(github) + str(failed.value)


@pytest.mark.parametrize("repository", ["shop", "acme/shop/x", "acme/", "a b/c", "acme/shop?x"])
def test_what_is_no_repository_is_refused(repository: str) -> None:
    """Before anything is asked."""
    with pytest.raises(ValueError, match="is no repository of GitHub; give it as owner/name"):
        Api(repository)


@pytest.mark.parametrize("token", ["ghp_a\n", "ghp a", "ghp_\u00e9", "a\r\nX: y"])
def test_a_token_that_would_end_the_header_is_refused_and_not_repeated(token: str) -> None:
    """The line end of a file, most of the time."""
    with pytest.raises(ValueError, match="the token has characters that no token has") as failed:
        Api(REPOSITORY, token=token)
    assert token not in str(failed.value)


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("http://api.github.com", "unencrypted"),
        ("http://ghe.example.com/api/v3", "unencrypted"),
        ("http://8.8.8.8", "unencrypted"),
        ("https://user:secret@ghe.example.com", "is none; give it as"),
        ("ftp://ghe.example.com", "is none; give it as"),
        ("ghe.example.com", "is none; give it as"),
        ("https://ghe.example.com/api/v3?x=1", "is none; give it as"),
    ],
)
def test_an_address_where_the_token_may_not_go_is_refused(base: str, said: str) -> None:
    """A password in it is not repeated."""
    with pytest.raises(ValueError, match=said) as failed:
        Api(REPOSITORY, token=TOKEN, base=base)
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "10.0.0.7", "github", "abc123.dagger.local"])
def test_plain_http_is_for_services_of_this_machine_or_of_a_private_network(host: str) -> None:
    """An engine's services are such."""
    assert is_private(host)
    Api(REPOSITORY, base=f"http://[{host}]" if ":" in host else f"http://{host}")
