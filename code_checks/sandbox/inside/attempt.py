"""One process of a candidate, as the supervisor sees it: what it says, prints, and how it ends."""

from __future__ import annotations

import contextlib
import os
import select
import signal

from .candidate_process import Instructions, be_candidate
from .forking import fork
from .keeper import end_descendants
from .records import KEY_BYTES, Decoder, Record
from .setup import Setup


class Attempt:
    """A process that runs the tests of one candidate from number `first` on."""

    def __init__(self, setup: Setup, judge: Instructions, program: str, first: int) -> None:
        self._setup = setup
        self._report, report_end = os.pipe()
        self._noise, noise_end = os.pipe()
        key = os.urandom(KEY_BYTES)
        self._decoder = Decoder(key)
        self._process = fork()
        if self._process == 0:
            be_candidate(setup, judge, program, first, report_end, noise_end, key)
        # From here on no process but the candidate's own can write into its pipe.
        os.close(report_end)
        os.close(noise_end)
        self._open = [self._report, self._noise]
        self._status: str | None = None
        self.printed = 0
        """How many bytes it has printed."""
        self.over: str | None = None
        """How it ended, once everything that it said before has been read."""

    def listen(self, seconds: float) -> list[Record]:
        """Wait for a while, and return what it said; Spoiled if that was no record."""
        if self._status is None:
            self._status = _ending_of(self._process)
        wait = seconds if self._status is None else 0
        readable = select.select(self._open, [], [], wait)[0] if self._open else []
        if not readable:
            self.over = self._status
        data = self._read(self._report) if self._report in readable else b""
        if self._noise in readable:
            self.printed += len(self._read(self._noise))
        return list(self._decoder.feed(data))

    def close(self) -> None:
        """Kill everything that it started, as far as it can be found."""
        for descriptor in (self._report, self._noise):
            os.close(descriptor)
        if self._setup.confine_signals:
            _kill_all()
        else:
            for kill in (os.killpg, os.kill):
                with contextlib.suppress(OSError):
                    kill(self._process, signal.SIGKILL)

    def _read(self, descriptor: int) -> bytes:
        data = os.read(descriptor, 65536)
        if not data:
            self._open.remove(descriptor)
        return data


def nothing_is_left() -> bool:
    """Whether every process that was started here has ended; those that can be found are killed.

    Without a process namespace, without signals for all and without a view of /proc some cannot.
    """
    return end_descendants(patience=0.1)


def _kill_all() -> None:
    """Kill everything that this process has started: Landlock lets its signals get no further."""
    with contextlib.suppress(ChildProcessError):
        while True:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
            os.waitpid(-1, 0)


def _ending_of(process: int) -> str | None:
    """Return how a child ended, None while it lives; collect other orphans on the way."""
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return "it has gone"
        if ended == process:
            return describe_status(os.waitstatus_to_exitcode(status))
        if not ended:
            return None


def describe_status(status: int) -> str:
    """Return an exit status as people say it."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"
