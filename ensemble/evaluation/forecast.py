"""How long an evaluation will still ask its models: told soon, and again, more exactly."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from statistics import fmean

from ensemble.evaluation.cache.tally import Tally
from ensemble.evaluation.tasks import Task

OnForecast = Callable[[float], None]
"""Told how many seconds are left."""

_FEW_CALLS = 3
"""Real calls before the first word: a run whose answers are all known has nothing to say."""

_SHORTEST_SILENCE = 60.0
"""Seconds."""


class Forecast:
    """What is left to do of stages that each go through all tasks.

    A task takes what its stage's tasks took so far, where answers count that an earlier run has
    kept as if they had been asked for, and those that this run asked for before as nothing. So the
    first forecast after an interruption, which comes when asking begins again, is right, too.
    """

    def __init__(
        self,
        stages: Iterable[str],
        tasks: int,
        tally: Tally,
        tell: OnForecast = lambda seconds: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds: dict[str, list[float]] = {stage: [] for stage in stages}
        self._tasks = tasks
        self._tally = tally
        self._tell = tell
        self._clock = clock
        self._next = 0.0

    @contextmanager
    def task(self, stage: str) -> Iterator[None]:
        """Time one task of a stage, which the block answers."""
        began, waited, fresh = self._clock(), self._tally.waited, self._tally.fresh
        yield
        now = self._clock()
        checking = max(0.0, now - began - (self._tally.waited - waited))
        self._seconds[stage].append(checking + self._tally.fresh - fresh)
        if self._tally.asked >= _FEW_CALLS and now >= self._next and all(self._seconds.values()):
            left = self.seconds_left()
            self._tell(left)
            self._next = now + max(_SHORTEST_SILENCE, left / 4)

    def seconds_left(self) -> float:
        """Return the seconds that remain; stages of which nothing is known count as nothing."""
        return sum(
            fmean(took) * max(0, self._tasks - len(took)) for took in self._seconds.values() if took
        )


def first_look(tasks: Sequence[Task]) -> list[Task]:
    """Return the tasks that every stage does first, so that a forecast can be made soon: a few,
    far apart, none where that would be most of them."""
    count = min(3, len(tasks) // 5)
    return [tasks[(2 * n + 1) * len(tasks) // (2 * count)] for n in range(count)]
