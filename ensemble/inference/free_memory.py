"""How much memory the machine has free."""

from __future__ import annotations

import os
import re
from pathlib import Path

_UNKNOWN = 8 << 30
"""What a machine that does not tell is taken to have free, in bytes."""


def free_memory() -> int:
    """Return the bytes that programs can still take without swapping."""
    try:
        facts = Path("/proc/meminfo").read_text()
    except OSError:
        return _total_memory() // 2
    found = re.search(r"^MemAvailable:\s+(\d+) kB", facts, re.MULTILINE)
    return int(found[1]) * 1024 if found else _total_memory() // 2


def _total_memory() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return _UNKNOWN
