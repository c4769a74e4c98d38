"""Asynchronous iterators that are closed in time and supplemented at a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

_T = TypeVar("_T")


@asynccontextmanager
async def closing(iterator: AsyncIterator[_T]) -> AsyncIterator[AsyncIterator[_T]]:
    """Close the iterator at the end of the block, whatever ends it.

    Leaving an `async for` early does not close its iterator, and for an engine closing is what
    cancels the generation. `contextlib.aclosing` wants a generator; engines promise an iterator.
    """
    try:
        yield iterator
    finally:
        close = getattr(iterator, "aclose", None)
        if close is not None:
            await close()


async def supplemented(
    items: AsyncIterator[_T], seconds: float, at_deadline: Callable[[], Awaitable[_T]]
) -> AsyncIterator[_T]:
    """Yield the items and, `seconds` from now if they have not ended, what `at_deadline` returns.

    The source runs in a task of its own, so the deadline does not interrupt it. Closing this
    iterator cancels that task and waits until it has ended. Errors of the source are raised here.
    """
    queue: asyncio.Queue[_T | None] = asyncio.Queue()
    due: float | None = asyncio.get_running_loop().time() + seconds
    source = asyncio.create_task(_pump(items, queue))
    try:
        while True:
            try:
                async with asyncio.timeout_at(due):
                    item = await queue.get()
            except TimeoutError:
                due = None
                yield await at_deadline()
                continue
            if item is None:
                await source
                return
            yield item
    finally:
        source.cancel()
        await asyncio.wait((source,))


async def _pump(items: AsyncIterator[_T], queue: asyncio.Queue[_T | None]) -> None:
    try:
        async with closing(items):
            async for item in items:
                queue.put_nowait(item)
    finally:
        queue.put_nowait(None)
