"""Tests without the mark `engine` reach no engine and no network."""

import socket

import dagger
import httpx
import pytest
from dagger import dag

_REFUSED = pytest.fail.Exception


@pytest.mark.anyio
async def test_an_engine_is_out_of_reach() -> None:
    """A query that would run says what to do instead."""
    with pytest.raises(_REFUSED, match="mark it `engine`"):
        await dag.container().from_("example.com/a:1").stdout()


@pytest.mark.anyio
async def test_an_engine_is_out_of_reach_through_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that the caller's environment offers is not used either."""
    monkeypatch.setenv("DAGGER_SESSION_PORT", "1")
    monkeypatch.setenv("DAGGER_SESSION_TOKEN", "none")
    with pytest.raises(_REFUSED, match="mark it `engine`"):
        async with dagger.connection():
            pass  # pragma: no cover


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, ("192.0.2.1", 443)), (socket.AF_UNIX, "/run/x")])
def test_no_socket_leaves_the_machine(family: socket.AddressFamily, address: tuple[str, int] | str) -> None:
    """Neither another machine nor the socket of a daemon on this one."""
    with socket.socket(family) as opened, pytest.raises(_REFUSED, match="only the loopback"):
        opened.connect(address)


@pytest.mark.anyio
async def test_no_request_leaves_the_machine() -> None:
    """An HTTP client cannot even look a name up."""
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(_REFUSED, match=r"looked example\.com up"):
            await client.get("https://example.com/")


def test_the_loopback_is_open() -> None:
    """Tests may start servers of their own."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        assert client.connect_ex(server.getsockname()) == 0
