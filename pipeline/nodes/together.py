"""Several things at once."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import anyio

T = TypeVar("T")


async def settled(tasks: Sequence[Callable[[], Awaitable[T]]]) -> list[T | Exception]:
    """Run tasks at once: what each gave or raised, in their order. A failure never cancels the others."""
    results: dict[int, T | Exception] = {}

    async def run(number: int) -> None:
        try:
            results[number] = await tasks[number]()
        except Exception as error:  # noqa: BLE001 - one that passes cancels the others, and only says that it did
            results[number] = error

    async with anyio.create_task_group() as group:
        for number in range(len(tasks)):
            group.start_soon(run, number)
    return [results[number] for number in range(len(tasks))]


async def together(tasks: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """Run tasks at once, and when all have ended raise what the first of them raised, if any did."""
    found = await settled(tasks)
    for result in found:
        if isinstance(result, Exception):
            raise result
    return [result for result in found if not isinstance(result, Exception)]
