"""Bytes in and out: messages of the base protocol over the standard streams or a socket.

Reading and writing the standard streams blocks, so a daemon thread does each: neither a client that
reads slowly nor one that never closes its end holds up the event loop or the end of the process.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

_CHUNK = 65_536
_LONGEST_HEADER = 8_192
_DRAIN_SECONDS = 2.0


class BadHeader(Exception):
    """What was read does not begin like a message, so that nobody knows where the next one does."""


async def read_message(reader: asyncio.StreamReader) -> bytes | None:
    """Return the body of the next message, or None when no further one will come.

    Raises BadHeader.
    """
    length: int | None = None
    while True:
        line = await _read_line(reader)
        if line is None:
            return None
        if not line.strip():
            if length is None:
                raise BadHeader("there is no Content-Length")
            break
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            if not value.strip().isdigit():
                raise BadHeader("the Content-Length is not a number")
            length = int(value)
    try:
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


async def _read_line(reader: asyncio.StreamReader) -> bytes | None:
    try:
        line = await reader.readline()
    except ConnectionError:
        return None
    except ValueError:
        raise BadHeader("a header line does not end") from None
    if len(line) > _LONGEST_HEADER:
        raise BadHeader("a header line is too long")
    return line or None


def claim_standard_streams() -> tuple[int, int]:
    """Return file descriptors for the protocol, and keep everybody else away from both streams.

    What prints goes to standard error from now on, and what reads finds nothing: neither a library
    nor a child process can disturb the protocol.
    """
    source, target = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    # Only now: what was printed so far and not yet written would get into the protocol.
    sys.stdout.flush()
    return source, target


def reading(descriptor: int) -> asyncio.StreamReader:
    """Return a stream of what can be read from a file descriptor."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()

    def pump() -> None:
        data = b"."
        # The loop is closed when the server has ended before its client.
        with suppress(RuntimeError):
            while data:
                try:
                    data = os.read(descriptor, _CHUNK)
                except OSError:
                    data = b""
                loop.call_soon_threadsafe(reader.feed_data if data else _end_of(reader), data)

    threading.Thread(target=pump, name="protocol reader", daemon=True).start()
    return reader


def _end_of(reader: asyncio.StreamReader) -> Callable[[bytes], None]:
    return lambda _: reader.feed_eof()


class PipeWriter:
    """Writes to a file descriptor, in order and without waiting; `gone` is called if it is closed.

    The interface is the one that pygls expects of a writer.
    """

    def __init__(self, descriptor: int, gone: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._pump, name="protocol writer", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        self._queue.put(data)

    def close(self) -> None:
        """Write what is left; give up on a client that does not read."""
        self._queue.put(None)
        self._thread.join(_DRAIN_SECONDS)

    def _pump(self) -> None:
        while (data := self._queue.get()) is not None:
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError:
                with suppress(RuntimeError):
                    self._loop.call_soon_threadsafe(self._gone)
                return


def is_alive(process: int) -> bool:
    """Whether a process with this number exists. Always true where there is no harmless way to
    ask."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
