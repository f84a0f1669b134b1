"""Authentication: what a registry asks for, and the tokens that it takes (distribution, Token Authentication)."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

import httpx

_PART: Final = re.compile(r'([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([\w-]+)', re.ASCII)


def basic(user: str, password: str) -> str:
    """The Authorization header of a user (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def challenges(values: Iterable[str]) -> dict[str, dict[str, str]]:
    """Parameters of each scheme that WWW-Authenticate headers offer, by lower-case names (RFC 9110, 11.6.1)."""
    found: dict[str, dict[str, str]] = {}
    parameters: dict[str, str] = {}
    for name, quoted, bare, scheme in _PART.findall(", ".join(values)):
        if scheme:
            parameters = found.setdefault(scheme.lower(), {})
        else:
            parameters[name.lower()] = re.sub(r"\\(.)", r"\1", quoted) or bare
    return found


def token_url(challenge: Mapping[str, str], scopes: Iterable[str]) -> httpx.URL:
    """Where a token is asked for that allows what these scopes say, each `repository:NAME:ACTION,ACTION`.

    They are composed by the client, since some registries name a placeholder's; of theirs, those of other kinds are
    kept.

    Raises:
        ValueError: the challenge names no address.
        httpx.InvalidURL: the address is none.
    """
    realm = httpx.URL(challenge.get("realm", ""))
    if not realm.host:
        raise ValueError("it wants a token and does not say where it is given; tell the registry's administrator")
    others = [scope for scope in challenge.get("scope", "").split() if not scope.startswith("repository:")]
    parameters = httpx.QueryParams(realm.query.decode())
    if service := challenge.get("service"):
        parameters = parameters.set("service", service)
    for scope in [*scopes, *others]:
        parameters = parameters.add("scope", scope)
    return realm.copy_with(params=parameters)


def bearer(body: bytes) -> str:
    """The Authorization header of a token server's answer.

    Raises:
        ValueError: there is no token in it.
    """
    try:
        found = json.loads(body)
        token = found.get("token") or found.get("access_token")
    except (ValueError, AttributeError, RecursionError):
        token = None
    # What is no visible ASCII could end the header and start another one.
    if not (isinstance(token, str) and re.fullmatch(r"[!-~]+", token)):
        raise ValueError("its token server answered without a token; check the address of the registry")
    return f"Bearer {token}"
