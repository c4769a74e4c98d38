"""How much memory the machine has free."""

from __future__ import annotations

import re
from pathlib import Path

from ensemble.machine_memory import machine_memory


def free_memory() -> int:
    """Return the bytes that programs can still take without swapping."""
    try:
        facts = Path("/proc/meminfo").read_text()
    except OSError:
        return machine_memory() // 2
    found = re.search(r"^MemAvailable:\s+(\d+) kB", facts, re.MULTILINE)
    return int(found[1]) * 1024 if found else machine_memory() // 2
