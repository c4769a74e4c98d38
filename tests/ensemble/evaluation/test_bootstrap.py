"""Intervals: on data whose answer is known."""

from __future__ import annotations

from math import sqrt

import pytest

from ensemble.evaluation.bootstrap import bootstrap_interval


@pytest.mark.parametrize("value", [0.0, 0.25, 1.0])
def test_without_variation_there_is_no_doubt(value: float) -> None:
    interval = bootstrap_interval([value] * 40, range(40))
    assert interval == pytest.approx((value, value))


def test_nothing_measured() -> None:
    assert bootstrap_interval([], []) == (0.0, 0.0)


def test_independent_tasks_give_the_normal_interval() -> None:
    values = [1.0] * 300 + [0.0] * 100
    low, high = bootstrap_interval(values, range(400))
    half = 1.96 * sqrt(0.75 * 0.25 / 400)
    assert low == pytest.approx(0.75 - half, abs=0.006)
    assert high == pytest.approx(0.75 + half, abs=0.006)


def test_tasks_of_one_problem_count_as_one_observation() -> None:
    once = bootstrap_interval([1.0, 0.0] * 50, range(100))
    copied = bootstrap_interval([1.0] * 4 + [0.0] * 4, [0, 0, 0, 0, 1, 1, 1, 1])
    alone = bootstrap_interval([1.0, 0.0], [0, 1])
    fourfold = bootstrap_interval(
        [value for value in [1.0, 0.0] * 50 for _ in range(4)],
        [cluster for cluster in range(100) for _ in range(4)],
    )
    assert fourfold == once
    assert copied == alone == (0.0, 1.0)


def test_problems_weigh_as_many_tasks_as_they_have() -> None:
    # One problem of 90 right tasks and ten of one wrong task each: the mean is .9.
    low, high = bootstrap_interval([1.0] * 90 + [0.0] * 10, [0] * 90 + [*range(1, 11)])
    assert low == 0.0, "a resample without the large problem is not rare"
    assert 0.9 < high < 1.0


def test_equal_data_gives_equal_intervals() -> None:
    values, clusters = [0.0, 1.0, 1.0, 0.5] * 20, [*range(40), *range(40)]
    assert bootstrap_interval(values, clusters) == bootstrap_interval(values, clusters)


def test_less_confidence_is_narrower() -> None:
    values = [1.0, 0.0] * 50
    (wide_low, wide_high), (low, high) = (
        bootstrap_interval(values, range(100), level) for level in (0.95, 0.5)
    )
    assert wide_low < low < 0.5 < high < wide_high
