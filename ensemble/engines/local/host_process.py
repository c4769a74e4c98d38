"""Keeps the host process running: starts it, reads from it, and restarts it when it has died."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Protocol

from ensemble.engines.local import messages
from ensemble.engines.local.probe import host_command

_log = logging.getLogger(__name__)
_MAX_LINE_BYTES = 64 * 1024 * 1024
_HANG_SECONDS = 60.0
_MAX_BACKOFF = 30.0
_HEALTHY_SECONDS = 60.0


class HostListener(Protocol):
    """Who is told what becomes of the process."""

    @property
    def awaits_answers(self) -> bool:
        """Whether the process owes something, so that its silence means that it hangs."""

    async def started(self) -> None:
        """The process takes messages from now on. Cancelled when it ends."""

    async def received(self, message: messages.FromHost) -> None:
        """The process has said something."""

    async def exited(self, code: int | None) -> None:
        """The process has ended with this status; None if it could not be started."""


class HostProcess:
    """The process that holds the models, one after the other while each of them dies."""

    def __init__(self, listener: HostListener, memory_budget: int | None) -> None:
        self._listener = listener
        self._memory_budget = memory_budget
        self._process: asyncio.subprocess.Process | None = None
        self._last_message_at = 0.0
        """When it last said something, on `time.monotonic`'s clock."""

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        return self._process.pid if self._process is not None else None

    def send(self, message: messages.ToHost) -> None:
        """Send to the process if there is one; of one that just died, the listener hears."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._process.stdin.write(messages.line(message))

    async def supervise(self) -> None:
        """Run the host, again and again, more slowly each time it dies soon."""
        backoff = 0.0
        while True:
            await asyncio.sleep(backoff)
            started = time.monotonic()
            try:
                code = await self._run_once()
            except OSError as error:
                _log.error("the model host cannot be started: %s", error)
                code = None
            lived = time.monotonic() - started
            backoff = 0.0 if lived > _HEALTHY_SECONDS else min(_MAX_BACKOFF, backoff * 2 or 0.5)
            await self._listener.exited(code)
            # The first death is followed by an immediate restart: somebody is typing.
            if backoff == 0.5:
                backoff = 0.01

    async def _run_once(self) -> int | None:
        """Start the process, tell the listener, read until the process ends; return its status."""
        budget = self._memory_budget
        process = await asyncio.create_subprocess_exec(
            *host_command(*(() if budget is None else (f"--memory-budget={budget}",))),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_MAX_LINE_BYTES,
        )
        self._process, self._last_message_at = process, time.monotonic()
        starting = asyncio.create_task(self._listener.started())
        watching = asyncio.create_task(self._kill_if_hung(process))
        try:
            assert process.stdout is not None
            async for text in process.stdout:
                self._last_message_at = time.monotonic()
                await self._listener.received(messages.from_host.decode(text))
            return await process.wait()
        finally:
            self._process = None
            starting.cancel()
            watching.cancel()
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    async def _kill_if_hung(self, process: asyncio.subprocess.Process) -> None:
        """Kill a process that owes answers and has not even said for a minute that it works."""
        while True:
            await asyncio.sleep(_HANG_SECONDS / 4)
            silent_for = time.monotonic() - self._last_message_at
            if self._listener.awaits_answers and silent_for > _HANG_SECONDS:
                _log.error("the model host hangs; it is being restarted")
                process.kill()
