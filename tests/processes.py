"""Which processes live that a test started: found by an entry that they inherit."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

PATIENCE_S = 20.0
"""How long a process may take to notice that its client is gone: slack, not a measurement."""


def alive(entry: str) -> list[str]:
    """Return "PID COMMAND" of the living processes that have `NAME=value` in their environment.

    This process itself does not count.
    """
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            marked = entry.encode() in (directory / "environ").read_bytes().split(b"\0")
            # A zombie has an empty command line: its parent will collect it.
            command = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            if marked and command and int(directory.name) != os.getpid():
                found.append(f"{directory.name} {command}")
    return found


def outliving(entry: str) -> list[str]:
    """Return the processes that are still alive after some patience: [] if all is well."""
    deadline = time.monotonic() + PATIENCE_S
    while (left := alive(entry)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def descendants(pid: int) -> dict[int, str]:
    """Return the commands of all living processes that a process and its children have started."""
    children: dict[int, list[int]] = {}
    commands: dict[int, str] = {}
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # The name, in parentheses, may hold anything; the state and the parent follow it.
            parent = (directory / "stat").read_text().rpartition(")")[2].split()[1]
            command = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            children.setdefault(int(parent), []).append(int(directory.name))
            commands[int(directory.name)] = command
    found, waiting = {}, [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            waiting.append(child)
            if commands[child]:  # A zombie has no command any more.
                found[child] = commands[child]
    return found


def running(processes: dict[int, str]) -> list[str]:
    """Return which of these processes still run."""
    left = []
    for pid, command in processes.items():
        with contextlib.suppress(OSError):
            found = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            left += [f"{pid} {command}"] if found == command else []
    return left
