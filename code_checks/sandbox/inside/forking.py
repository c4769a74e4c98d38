"""Starts a process, with patience.

Where the kernel counts a user's processes over the whole machine (no user namespaces), what runs
beside this sandbox, or what the last candidate left behind and is still dying, can use up the
number for a moment. That must not look like the fault of the candidate whose turn it is.
"""

from __future__ import annotations

import os
import time

_PATIENCE_SECONDS = 2.0
_PAUSE_SECONDS = 0.02

# The code that is judged may replace any of these; the harness goes on with its own.
_fork, _sleep, _now = os.fork, time.sleep, time.monotonic


def fork() -> int:
    """Fork as `os.fork` does; where no process is to be had, try again for two seconds.

    Raises BlockingIOError if there is none to be had even then.
    """
    deadline = _now() + _PATIENCE_SECONDS
    while True:
        try:
            return _fork()
        except BlockingIOError:
            if _now() > deadline:
                raise
        _sleep(_PAUSE_SECONDS)
