"""The process that starts the contained code, watches what it leaves on disk, and ends all of it.

It runs none of that code, and none of that code can signal, trace or read it. It reports on a
pipe that nobody else has: one line when the code is about to start, and one when it is over.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType

from .hardening import ON_LINUX
from .setup import Setup

_TICK_SECONDS = 0.05


class Stop(Exception):
    """The sandbox is to end now."""


def stop_on_request() -> None:
    """Let SIGTERM raise Stop in this process."""

    def raise_stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stop

    signal.signal(signal.SIGTERM, raise_stop)


def keep(setup: Setup, report: int, code: Callable[[], None], *, alone: bool) -> None:
    """Run `code`, which does not return, in a child; end it and all of its descendants.

    `alone` says that the kernel ends them when this process ends, since it has a process
    namespace around it.
    """
    stop_on_request()
    os.write(report, b"started\n")
    child = os.fork()
    if child == 0:
        os.close(report)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        code()
        os._exit(70)  # not reached
    try:
        ending = _watch(setup, child)
    except Stop:
        ending = "stopped"
    if not alone:
        end_descendants()
    os.write(report, f"{ending}\n".encode())


def _watch(setup: Setup, child: int) -> str:
    """Wait for the child, and say how it ended, or that it took too much room."""
    pause = 0.001
    next_look = time.monotonic() + _TICK_SECONDS
    while True:
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended == child:
            return "disk" if _too_much(setup) else f"status {os.waitstatus_to_exitcode(status)}"
        if ended:
            continue
        if time.monotonic() >= next_look:
            if _too_much(setup):
                return "disk"
            next_look = time.monotonic() + _TICK_SECONDS
        time.sleep(pause)
        pause = min(pause * 1.5, _TICK_SECONDS)


def _too_much(setup: Setup) -> bool:
    """Whether the working directory holds more than it may."""
    if not setup.landlock and ON_LINUX:
        # It is a file system of its own, which keeps count, and limits the bytes itself.
        return any(_inodes(path) > setup.disk_files for path in (setup.directory, "/dev/shm"))
    files = size = 0
    for status in _everything_in(setup.directory):
        files += 1
        size += status.st_blocks * 512
        if files > setup.disk_files or size > setup.disk_bytes:
            return True
    return False


def _inodes(path: str) -> int:
    try:
        status = os.statvfs(path)
    except OSError:
        return 0
    return status.f_files - status.f_ffree


def _everything_in(directory: str) -> Iterator[os.stat_result]:
    with contextlib.suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                yield entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    yield from _everything_in(entry.path)


def end_descendants() -> None:
    """Kill every descendant, those included whose parents have ended: they were adopted."""
    while True:
        for process in _descendants(os.getpid()):
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.001)


def _descendants(process: int) -> Iterator[int]:
    if not ON_LINUX:
        return
    with contextlib.suppress(OSError), os.scandir(f"/proc/{process}/task") as threads:
        for thread in threads:
            with contextlib.suppress(OSError), open(f"{thread.path}/children") as file:  # noqa: PTH123
                for child in map(int, file.read().split()):
                    yield child
                    yield from _descendants(child)


def fail(report: int, reason: str) -> None:
    """Say that the sandbox could not be set up, and end."""
    os.write(report, f"unavailable {reason}\n".encode(errors="replace")[:2000])
    sys.exit(0)
