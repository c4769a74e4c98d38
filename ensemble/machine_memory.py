"""How much memory the machine has."""

from __future__ import annotations

import os

_UNKNOWN = 8 << 30
"""What a machine that does not tell is taken to have, in bytes."""


def machine_memory() -> int:
    """Return the bytes of memory that are built in."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return _UNKNOWN
