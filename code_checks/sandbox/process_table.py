"""Which processes a sandbox consists of, and how much memory they hold."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from pathlib import Path

_OWN = re.compile(r"^Rss(?:Anon|Shmem):\s+(\d+) kB", re.MULTILINE)


def children_of(process: int) -> list[int]:
    """Return the direct children of a process; none if it has gone."""
    if sys.platform != "linux":
        return [pid for pid, parent, _ in _table() if parent == process]
    children: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            with contextlib.suppress(OSError):
                children += map(int, (thread / "children").read_text().split())
    return children


def resident_bytes(process: int) -> int:
    """Return the memory of a process and all of its descendants; what they share counts again."""
    if sys.platform != "linux":
        rows = _table()
        family = {process}
        for pid, parent, _ in sorted(rows):
            if parent in family:
                family.add(pid)
        return sum(size for pid, _, size in rows if pid in family)
    return _resident(process) + sum(map(resident_bytes, children_of(process)))


def _resident(process: int) -> int:
    """Return what a process holds of its own or together with others, but not of files."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return sum(int(size) * 1024 for size in _OWN.findall(status))


def _table() -> list[tuple[int, int, int]]:
    """Return (process, parent, resident bytes) of all processes, where there is no /proc."""
    listed = subprocess.run(
        ["/bin/ps", "-axo", "pid=,ppid=,rss="], capture_output=True, text=True, check=False
    )
    rows = (line.split() for line in listed.stdout.splitlines())
    return [(int(pid), int(parent), int(size) * 1024) for pid, parent, size in rows]
