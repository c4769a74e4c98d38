"""Running from an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def cancellable(call: Callable[[threading.Event], T]) -> T:
    """Call a function in a worker thread, with an event that is set when this task is cancelled.

        done = await cancellable(lambda cancel: run(command, files, cancel=cancel))

    A thread cannot be stopped from outside, so a cancelled task waits for it: when CancelledError
    comes out of here, the function has returned and nothing that it started is left running.
    """
    cancel = threading.Event()
    running = asyncio.ensure_future(asyncio.to_thread(call, cancel))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        cancel.set()
        while not running.done():
            # A second cancellation must not let the thread go unattended either.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # It is nobody's business any more, but must be fetched.
        raise
