"""Moves bytes into and out of a started sandbox without ever waiting for one side only."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
from typing import IO

_PIECE = 1 << 16
_MOST_REPORT = 1 << 14


class Pump:
    """The pipes of one process: standard input, output and error, and its keeper's report."""

    def __init__(self, process: subprocess.Popen[bytes], report: int, most: int) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._input: IO[bytes] = process.stdin
        self._outputs = (process.stdout, process.stderr)
        self._most = most
        self._pending = memoryview(b"")
        self._collected = {
            process.stdout.fileno(): bytearray(),
            process.stderr.fileno(): bytearray(),
            report: bytearray(),
        }
        self._names = (process.stdout.fileno(), process.stderr.fileno(), report)
        self._selector = selectors.DefaultSelector()
        for descriptor in self._names:
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ)
        self._reading = len(self._names)

    @property
    def finished(self) -> bool:
        """Whether all outputs have ended: nobody is left who could write."""
        return self._reading == 0

    @property
    def has_started(self) -> bool:
        """Whether the keeper has reported: everything around the code stands."""
        return bool(self._collected[self._names[2]])

    @property
    def flooded(self) -> bool:
        """Whether more came than may come."""
        return any(len(self._collected[name]) > self._most for name in self._names[:2])

    @property
    def stdout(self) -> bytes:
        """Standard output so far, cut at the limit."""
        return bytes(self._collected[self._names[0]][: self._most])

    @property
    def stderr(self) -> bytes:
        """Standard error so far, cut at the limit."""
        return bytes(self._collected[self._names[1]][: self._most])

    def reported(self) -> tuple[str, str]:
        """Return the first and the last line of the keeper's report, "" for what is not there."""
        lines = self._collected[self._names[2]].decode(errors="replace").splitlines()
        return (lines[0], lines[-1] if len(lines) > 1 else "") if lines else ("", "")

    def send(self, data: bytes) -> None:
        """Write this into standard input, bit by bit as it is read, and close it then."""
        self._pending = memoryview(data)
        os.set_blocking(self._input.fileno(), False)
        self._selector.register(self._input, selectors.EVENT_WRITE)

    def turn(self, seconds: float) -> bool:
        """Move what can be moved, waiting at most this long; False if there is nothing to come."""
        for key, _ in self._selector.select(seconds):
            if key.fileobj is self._input:
                self._write()
            else:
                self._read(key.fd)
        return not self.finished

    def close(self) -> None:
        """Take what has arrived last, and close everything but the report, which is not ours."""
        for descriptor in self._names:
            with contextlib.suppress(OSError, KeyError):
                while self._read(descriptor):
                    pass
        self._selector.close()
        for stream in (self._input, *self._outputs):
            with contextlib.suppress(OSError):
                stream.close()

    def _write(self) -> None:
        try:
            written = os.write(self._input.fileno(), self._pending[:_PIECE])
        except BlockingIOError:
            return
        except OSError:
            written = len(self._pending)  # Nobody reads any more.
        self._pending = self._pending[written:]
        if not self._pending:
            self._selector.unregister(self._input)
            with contextlib.suppress(OSError):
                self._input.close()

    def _read(self, descriptor: int) -> bool:
        """Read a piece; whether there may be more. More than the limit is not kept."""
        try:
            data = os.read(descriptor, _PIECE)
        except BlockingIOError:
            return False
        collected = self._collected[descriptor]
        most = _MOST_REPORT if descriptor == self._names[2] else self._most + 1
        collected += data[: max(0, most - len(collected))]
        if not data and descriptor in self._selector.get_map():
            self._selector.unregister(descriptor)
            self._reading -= 1
        return bool(data) and len(collected) < most
