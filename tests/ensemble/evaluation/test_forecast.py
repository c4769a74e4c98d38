"""What is left is told once a few calls were made, and then from time to time."""

from __future__ import annotations

import pytest

from ensemble.evaluation.cache.tally import Tally
from ensemble.evaluation.forecast import Forecast, first_look
from ensemble.evaluation.tasks import Task


class Run:
    """An evaluation whose time is made up: ten tasks for each of two stages."""

    def __init__(self) -> None:
        self.now, self.tally, self.told = 0.0, Tally(), list[float]()
        self.forecast = Forecast(
            ("one", "two"), 10, self.tally, self.told.append, clock=lambda: self.now
        )

    def task(
        self, stage: str, *, asking: float = 0.0, kept: float = 0.0, checks: float = 0
    ) -> None:
        with self.forecast.task(stage):
            self.now += asking + checks
            self.tally.waited += asking
            self.tally.asked += asking > 0
            self.tally.meet(f"{self.now} {stage} {len(self.tally.met)}", asking + kept)


def test_a_stage_takes_what_its_tasks_took() -> None:
    run = Run()
    run.task("one", asking=2.0, checks=1.0)
    run.task("two", asking=5.0)
    assert run.told == [], "two calls are few"
    run.task("one", asking=4.0, checks=1.0)
    assert run.told == [8 * 4.0 + 9 * 5.0]


def test_it_is_told_again_now_and_then() -> None:
    run = Run()
    run.task("two", asking=100.0)
    for _ in range(10):
        run.task("one", asking=100.0)
    assert run.told[0] == 8 * 100.0 + 9 * 100.0
    assert run.told[-1] < run.told[0]
    assert len(run.told) == 3, "first after 300 s, then after a quarter of what was left"


def test_nothing_is_told_before_every_stage_is_known() -> None:
    run = Run()
    for _ in range(9):
        run.task("one", asking=2.0)
    assert run.told == []
    run.task("two", asking=3.0)
    assert run.told == [2.0 + 9 * 3.0]


def test_what_was_kept_costs_nothing_and_tells_what_the_rest_costs() -> None:
    """As after an interruption in the second stage."""
    run = Run()
    for _ in range(10):
        run.task("one", kept=4.0)
    run.task("two", kept=7.0)
    assert run.told == [], "as long as nothing is asked, there is nothing to wait for"
    for _ in range(3):
        run.task("two", asking=7.0)
    assert run.told == [6 * 7.0]


@pytest.mark.parametrize(("size", "count"), [(1, 0), (4, 0), (6, 1), (12, 2), (500, 3)])
def test_the_first_look_is_a_small_part(size: int, count: int) -> None:
    tasks = [Task(f"{number}", "", "") for number in range(size)]
    seen = first_look(tasks)
    assert len(seen) == len({task.task_id for task in seen}) == count
    if count > 1:
        assert int(seen[-1].task_id) - int(seen[0].task_id) > size / 3
