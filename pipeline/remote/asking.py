"""Asking a registry: who asks, and what becomes of a request until it is answered."""

import dataclasses
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self

import httpx

from pipeline.policy import references
from pipeline.policy.references import Address
from pipeline.remote.errors import RegistryError, refusal
from pipeline.remote.retries import Retries
from pipeline.remote.tokens import basic, bearer, challenges, token_url
from pipeline.remote.transport import Body, Request, Transport, beginning, endpoint, origin

_SMALL: Final = 2**16
"""Bytes of an error, and of a token, that are read."""

PULL: Final = "pull"
PUSH: Final = "pull,push"
DELETE: Final = "pull,push,delete"
"""What a token may be asked for (distribution, Token Scope); each holds the one before it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """What is asked, as a person says it, where, how, with which body, and what it takes to be allowed.

    `scopes` has the actions on each repository that it is about.
    """

    subject: str
    url: httpx.URL
    scopes: Mapping[str, str]
    method: str = "GET"
    body: Body | None = None

    @property
    def writing(self) -> bool:
        """Whether it changes what the registry holds."""
        return self.method not in {"GET", "HEAD"}

    @property
    def rights(self) -> frozenset[tuple[str, str]]:
        """Each action on each repository."""
        return frozenset((name, action) for name, actions in self.scopes.items() for action in actions.split(","))


@dataclasses.dataclass(frozen=True, slots=True)
class Asker:
    """A registry by the name that references give it, and who asks: a user, or nobody.

    `address` (`http://host:port`) is where it is reached if not by its name. Only there and on the loopback may HTTP be
    plain. `actions` are what a token is asked for at least: who is going to write asks for `pull,push` at once, and not
    when it comes to that. It is an asynchronous context manager: connections are closed at its end.

    Raises:
        ValueError: name or address are no address.
    """

    name: str
    _: dataclasses.KW_ONLY
    user: str = ""
    password: str = dataclasses.field(default="", repr=False)
    address: str = ""
    actions: str = PULL
    retries: Retries = dataclasses.field(default_factory=Retries, repr=False)
    _transport: Transport = dataclasses.field(default_factory=Transport.create, init=False, repr=False)
    _granted: dict[frozenset[tuple[str, str]], str] = dataclasses.field(default_factory=dict, init=False, repr=False)
    """The Authorization header that was granted last for the same rights."""

    def __post_init__(self) -> None:
        """Refuse an address that is none before anything is asked."""
        _ = self._base

    async def __aenter__(self) -> Self:
        """Nothing is asked yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._transport.close()

    @property
    def _base(self) -> httpx.URL:
        return endpoint(self.name, self.address)

    @property
    def _own_header(self) -> str:
        return basic(self.user, self.password) if self.user or self.password else ""

    def _own(self, reference: str) -> Address:
        found = references.address(reference)
        # Else the user and the password of one registry would go to another one.
        if found.registry != self.name:
            raise ValueError(f"{reference} lies in the registry {found.registry}, and {self.name} was to be asked")
        return found

    def _ask(
        self,
        place: Address,
        path: str,
        what: str,
        method: str = "GET",
        body: Body | None = None,
        *,
        actions: str = PULL,
    ) -> Question:
        url = self._base.copy_with(path=f"/v2/{place.repository}/{path}")
        # The longer one holds the other.
        scopes = {place.repository: max(actions, self.actions, key=len)}
        return Question(f"{what} was asked of {self._who}", url, scopes, method, body)

    @property
    def _who(self) -> str:
        return f"the registry {self.name}" + (f" at {self.address}" if self.address else "")

    async def _open(self, question: Question, headers: Mapping[str, str]) -> httpx.Response:
        """A successful answer, its body unread; one round of authentication is made where it is asked for."""
        response = await self._send(question, headers, self._known(question))
        if self._is_challenge(question, response):
            renewed = await self._grant(question, response)
            response = await self._send(question, headers, renewed)
        if not response.is_success:
            raise await self._refusal(question, response)
        return response

    def _known(self, question: Question) -> str:
        """What was granted for these rights, else for more: what allows less may be refused for good."""
        more = (header for rights, header in self._granted.items() if question.rights <= rights)
        return self._granted.get(question.rights) or next(more, "")

    async def _send(self, question: Question, headers: Mapping[str, str], granted: str) -> httpx.Response:
        # An upload may be led to another host, which gets no credentials.
        own = granted and origin(question.url) == origin(self._base)
        sent = dict(headers) | ({"Authorization": granted} if own else {})
        request = Request(question.method, question.url, sent, question.body)
        return await self._transport.send(request, self._base, self.retries.limit)

    def _is_challenge(self, question: Question, response: httpx.Response) -> bool:
        """Whether the registry itself wants to know who asks: a host that it redirects to gets no credentials."""
        own = origin(response.url) == origin(question.url) == origin(self._base)
        return response.status_code == HTTPStatus.UNAUTHORIZED and own

    async def _grant(self, question: Question, response: httpx.Response) -> str:
        """The header that answers a challenge: of a token server where there is one, else the user's own."""
        body = await beginning(response, _SMALL)
        offered = challenges(response.headers.get_list("www-authenticate"))
        if "bearer" in offered:
            url = token_url(offered["bearer"], _scopes(question.scopes.items()))
            sent = {"Authorization": self._own_header} if self._own_header else {}
            answer = await self._transport.send(Request("GET", url, sent), self._base, self.retries.limit)
            if not answer.is_success:
                # A token server that finds nothing says nothing of the image: the registry's own status counts.
                refused = await self._refusal(question, answer)
                raise dataclasses.replace(refused, status=response.status_code, codes=())
            granted = bearer(await beginning(answer, _SMALL))
        elif "basic" in offered and self._own_header:
            granted = self._own_header
        else:
            raise self._error(question, response, body)
        self._granted[question.rights] = granted
        return granted

    async def _refusal(self, question: Question, response: httpx.Response) -> RegistryError:
        return self._error(question, response, await beginning(response, _SMALL))

    def _error(self, question: Question, response: httpx.Response, body: bytes) -> RegistryError:
        who = "it" if origin(response.url) == origin(self._base) else f"{response.url.host}, to which it leads,"
        headers = [self._own_header, *self._granted.values()]
        secrets = [self.password, *(header.partition(" ")[2] for header in headers)]
        return refusal(
            question.subject,
            who,
            response.status_code,
            response.headers,
            body,
            secrets,
            named=bool(self._own_header),
            writing=question.writing,
        )


def _scopes(allowed: Iterable[tuple[str, str]]) -> list[str]:
    return [f"repository:{name}:{actions}" for name, actions in allowed]
