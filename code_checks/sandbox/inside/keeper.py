"""The process that starts the contained code, watches what it leaves on disk, and ends all of it.

It runs none of that code, and none of that code can signal, trace or read it. It reports on a
pipe that nobody else has: one line when the code is about to start, and one when it is over.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NoReturn

from .forking import fork
from .hardening import ON_LINUX
from .setup import Setup

_TICK_SECONDS = 0.05


class StopRequest(Exception):
    """The sandbox is to end now."""


def stop_on_request() -> None:
    """Let SIGTERM raise Stop in this process."""

    def raise_stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise StopRequest

    signal.signal(signal.SIGTERM, raise_stop)


def keep(
    setup: Setup, report: int, code: Callable[[], None], *, alone: bool, own_disk: bool
) -> None:
    """Run `code` in a child; when it is over, or too much, end it and all of its descendants.

    `alone` says that the kernel ends them when this process ends, since it has a process
    namespace around it; `own_disk` that the working directory is a file system of its own.
    """
    stop_on_request()
    os.write(report, b"started\n")
    child = fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _run(code)
    try:
        ending = _watch(setup, child, own_disk)
    except StopRequest:
        ending = "stopped"
    if not alone:
        _end_gently(child)
        end_descendants()
    with contextlib.suppress(BrokenPipeError):  # The server may be gone.
        os.write(report, f"{ending}\n".encode())


def _run(code: Callable[[], None]) -> NoReturn:
    """Run the code and end this process, whatever happens: it must not go on as a keeper."""
    status = 127
    try:
        code()
        status = 0
    except BaseException as error:
        with contextlib.suppress(BaseException):
            os.write(2, f"sandbox: {type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(status)


def _watch(setup: Setup, child: int, own_disk: bool) -> str:
    """Wait for the child, and say how it ended, or that it took too much room."""
    wait = _waiter(child)
    while True:
        while True:
            ended, status = os.waitpid(-1, os.WNOHANG)
            if ended == child:
                code = os.waitstatus_to_exitcode(status)
                return "disk" if _too_much(setup, own_disk) else f"status {code}"
            if not ended:
                break
        wait()
        if _too_much(setup, own_disk):
            return "disk"


def _waiter(child: int) -> Callable[[], object]:
    """Return what waits for a moment, and no longer than the child lives where that can be told."""
    if not ON_LINUX:
        return lambda: time.sleep(_TICK_SECONDS / 5)
    handle = os.pidfd_open(child)
    os.set_inheritable(handle, False)
    return lambda: select.select([handle], [], [], _TICK_SECONDS)


def _too_much(setup: Setup, own_disk: bool) -> bool:
    """Whether the working directory holds more than it may."""
    if own_disk:
        # It is a file system of its own, which keeps count, and limits the bytes itself.
        return any(_inodes(path) > setup.disk_files for path in setup.disks)
    size = 0
    for files, status in enumerate(_everything_in(setup.directory), 1):
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


def _end_gently(child: int) -> None:
    """Where descendants cannot be found (macOS), let the child end its own first."""
    if ON_LINUX:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(OSError):
            os.kill(child, number)
        time.sleep(_TICK_SECONDS)


def end_descendants(patience: float = math.inf) -> bool:
    """Kill every descendant, those included whose parents have ended: they were adopted.

    Returns whether none is left; that takes no longer than `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        for process in _descendants(os.getpid()):
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        time.sleep(0.001)
    return False


def _descendants(process: int) -> Iterator[int]:
    if not ON_LINUX:
        return
    with contextlib.suppress(OSError), os.scandir(f"/proc/{process}/task") as threads:
        for thread in threads:
            with contextlib.suppress(OSError), open(f"{thread.path}/children") as file:
                for child in map(int, file.read().split()):
                    yield child
                    yield from _descendants(child)


def fail(report: int, reason: str) -> NoReturn:
    """Say that the sandbox could not be set up, and end this process."""
    os.write(report, f"unavailable {reason}\n".encode(errors="replace")[:2000])
    os._exit(0)
