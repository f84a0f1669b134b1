"""When a request is made again: exponential back-off with jitter, in a total time."""

import dataclasses
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import anyio

from pipeline.remote.errors import RemoteError, about

T = TypeVar("T")

_LONGEST: Final = 15.0
"""Seconds between two attempts at most, unless the server asks for more."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Retries:
    """How long a request may take with everything that it repeats: `limit`, in seconds.

    `first` is the pause before the second attempt, in seconds; each that follows is twice as long. `clock` gives
    seconds from any point in time.
    """

    limit: float = 60
    first: float = 0.5
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    clock: Callable[[], float] = time.monotonic

    def pause(self, attempt: int) -> float:
        """Seconds to wait after an attempt, counted from 0; half of them are up to chance, so that callers spread."""
        longest = min(self.first * (1 << min(attempt, 10)), _LONGEST)
        return longest * (1 + random.random()) / 2  # noqa: S311 - no secret depends on it

    async def persist(
        self, kind: type[RemoteError], subject: str, attempt: Callable[[], Awaitable[T]], *, stream: bool = False
    ) -> T:
        """Make an attempt until it succeeds, fails for good, or the time is over; errors of this kind name the subject.

        What was given up on is final: an attempt around it does not make it again.

        Of a `stream` only the pauses are counted: how long it takes depends on how much it is, and each wait for its
        bytes is limited anyway.

        Raises:
            RemoteError: the last attempt's.
        """
        end = self.clock() + self.limit
        count = 0
        while True:
            count += 1
            begun = self.clock()
            try:
                with anyio.fail_after(None if stream else max(0, end - begun)), about(kind, subject):
                    return await attempt()
            except TimeoutError:
                raise kind(f"{subject}: it did not come in full within {self.limit:g} s; try again later") from None
            except RemoteError as error:
                if error.retry_after is None:
                    raise
                end += self.clock() - begun if stream else 0
                wait = max(error.retry_after, self.pause(count - 1))
                if self.clock() + wait >= end:
                    raise self._last(error, count) from None
            await self.sleep(wait)

    def _last(self, error: RemoteError, attempts: int) -> RemoteError:
        asked = f"asked {attempts} times" if attempts > 1 else "asked once"
        wish = f" and it wants to be left alone for {error.retry_after:.0f} s" if error.retry_after else ""
        message = f"{error.message} ({asked}, {self.limit:g} s are given{wish})"
        return dataclasses.replace(error, message=message, retry_after=None)
