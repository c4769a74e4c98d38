"""How many threads to compute with, from one decode to the next.

llama.cpp's threads wait for each other by spinning, so one that another program pushes off its
core holds up all: two threads on two cores of which one is taken were measured 4 to 100 times
slower than one thread. The number therefore follows what the machine has free.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

_CROWDED = 0.6
"""Below this share of the processor time that its threads could have had, a decode was crowded."""
_EVIDENCE_SECONDS = 0.004
_FIRST_HOLD = 4.0
_LONGEST_HOLD = 64.0

Clock = Callable[[], float]


class Threads:
    """A number of threads between 1 and `most` that gives way when the machine is crowded.

    After each decode it compares the processor time used with the time that passed: spinning
    threads use all of theirs unless they were pushed aside. When crowded it gives one up and holds
    that for some seconds, longer each time the return to more proves too early.
    """

    def __init__(
        self, most: int, clock: Clock = time.monotonic, busy: Callable[[], float] | None = None
    ) -> None:
        self.most = most
        self.count = most
        self._clock = clock
        self._busy = busy or _busy_by_others
        self._hold = _FIRST_HOLD
        self._until = 0.0
        self._wall = self._used = 0.0

    def before_job(self) -> int:
        """Return the number to begin a job with."""
        if self.count < self.most and self._clock() >= self._until:
            free = self.most - self._busy()
            if free >= self.count + 0.75:
                self.count += 1
        self._wall = self._used = 0.0
        return self.count

    def after_decode(self, wall: float, used: float) -> int:
        """Take in how long a decode took and what processor time it used; return the new number."""
        self._wall += wall
        self._used += used
        if self._wall < _EVIDENCE_SECONDS:
            return self.count
        share = self._used / (self._wall * self.count)
        self._wall = self._used = 0.0
        now = self._clock()
        if share < _CROWDED and self.count > 1:
            self.count -= 1
            self._hold = (
                min(_LONGEST_HOLD, self._hold * 2) if now < self._until + 1 else _FIRST_HOLD
            )
            self._until = now + self._hold
        return self.count


_last_counters: tuple[float, float, float] | None = None


def _busy_by_others() -> float:
    """Return how many cores other programs kept busy since the last call, 0 where unknown.

    Programs that run at a lower priority than ours yield to us, so they do not count.
    """
    global _last_counters
    try:
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    except OSError:
        return 0.0
    user, _nice, system = (int(field) / os.sysconf("SC_CLK_TCK") for field in fields[1:4])
    counters = (time.monotonic(), user + system, time.process_time())
    last, _last_counters = _last_counters, counters
    if last is None or counters[0] - last[0] < 0.05:
        return 0.0
    seconds = counters[0] - last[0]
    return max(0.0, (counters[1] - last[1] - (counters[2] - last[2])) / seconds)


def physical_cores() -> int:
    """Return how many physical cores this process may use; more threads than that only spin."""
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if usable is None:
        return max(1, (os.cpu_count() or 2) // 2)
    topology = Path("/sys/devices/system/cpu")
    cores = set()
    for cpu in usable:
        try:
            cores.add((topology / f"cpu{cpu}/topology/thread_siblings_list").read_text())
        except OSError:
            cores.add(str(cpu))
    return max(1, len(cores))
