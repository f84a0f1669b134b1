"""A process that ends after a request."""

from typing import Protocol


class Stopped(BaseException):
    """The process ended."""


class Watch(Protocol):
    """Notes requests from now on, and stops clients after so many."""

    def __call__(self, last: int, *, writing: bool = False) -> list[str]:
        """The requests that are made."""
        ...
