"""Server-sent events, of which only the `data` lines matter here.

A parser of our own, because it has to bound what a server may send. It works on bytes: text that
is split into lines may be split at characters (U+2028) that JSON allows in the middle of a value.
"""

from __future__ import annotations

from collections.abc import Iterator

from ensemble.engines.remote.api import END

MEBIBYTE = 1024 * 1024
_LONGEST_EVENT = MEBIBYTE


class AnswerTooLong(ValueError):
    """A server sends more bytes than any completion has."""


class EventParser:
    """Cuts a stream into the data of its events, wherever it is cut into parts on its way."""

    def __init__(self) -> None:
        self._line = b""
        """The beginning of a line that has not ended yet."""
        self._data: list[bytes] = []
        """The values of the `data` lines since the last blank line."""
        self._size = 0
        """How many bytes these values have together."""

    def feed(self, part: bytes) -> Iterator[bytes]:
        """Yield the data of the events that end in this part. Raises AnswerTooLong."""
        *lines, self._line = (self._line + part).split(b"\n")
        for line in lines:
            if line.rstrip(b"\r"):
                self._add(line)
            else:
                yield from self._event()
        if self._size + len(self._line) > _LONGEST_EVENT:
            raise AnswerTooLong(f"an event is longer than {_LONGEST_EVENT // 1024} KiB")

    def finish(self) -> Iterator[bytes]:
        """Yield the last event if no blank line came after it; cut off, it will not be JSON."""
        self._add(self._line)
        self._line = b""
        yield from self._event()

    def _add(self, line: bytes) -> None:
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data.append(value.strip())
            self._size += len(value)

    def _event(self) -> Iterator[bytes]:
        if self._data:
            yield b"\n".join(self._data)
        self._data, self._size = [], 0


class WholeBody:
    """A body that is no stream of events, read as one event and END after it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def feed(self, part: bytes) -> Iterator[bytes]:
        """Keep a part; nothing is complete before the end."""
        self._parts.append(part)
        yield from ()

    def finish(self) -> Iterator[bytes]:
        """Yield the body, unless it is empty, and END."""
        if body := b"".join(self._parts):
            yield from (body, END)
