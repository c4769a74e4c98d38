"""Figures against values worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ensemble.reward.calibration import (
    Bin,
    area_under_curve,
    calibration_error,
    reliability,
    threshold_keeping,
)

T, F = True, False
AREAS = {
    "all right ones above": ([0.9, 0.8, 0.2], [T, T, F], 1.0),
    "all below": ([0.1, 0.9], [T, F], 0.0),
    "one of four pairs is turned round": ([0.9, 0.4, 0.6, 0.1], [T, T, F, F], 0.75),
    "ties count half": ([0.5, 0.5, 0.5], [T, F, F], 0.5),
    "one kind only": ([0.5, 0.6], [T, T], 0.5),
    "nothing": ([], [], 0.5),
}


@pytest.mark.parametrize(("scores", "right", "area"), AREAS.values(), ids=AREAS)
def test_the_area_under_the_curve(
    scores: Sequence[float], right: Sequence[bool], area: float
) -> None:
    assert area_under_curve(scores, right) == pytest.approx(area)


def test_reliability_and_its_error() -> None:
    scores, right = [0.05, 0.15, 0.12, 1.0], [F, T, F, T]
    first, second, last = reliability(scores, right)
    assert (first, last) == (Bin(1, 0.05, 0.0), Bin(1, 1.0, 1.0))
    assert (second.count, second.right) == (2, 0.5)
    assert second.score == pytest.approx(0.135)
    assert calibration_error(scores, right) == pytest.approx((0.05 + 2 * 0.365 + 0.0) / 4)


def test_true_scores_have_no_error() -> None:
    assert calibration_error([0.25] * 4, [T, F, F, F]) == pytest.approx(0.0)
    assert calibration_error([], []) == 0.0


GOOD = [number / 100 for number in range(1, 100)]  # 99 right ones, .01 to .99
THRESHOLDS = {
    "of a hundred, the next included, five may be lost": (GOOD, [T] * 99, 0.95, 0.05),
    "wrong ones change nothing": ([*GOOD, 0.5, 0.001], [T] * 99 + [F, F], 0.95, 0.05),
    "half": (GOOD, [T] * 99, 0.5, 0.5),
    "too few to promise 95 %": ([0.9, 0.8], [T, T], 0.95, 0.0),
    "no right one": ([0.9], [F], 0.95, 0.0),
}


@pytest.mark.parametrize(
    ("scores", "right", "part", "threshold"), THRESHOLDS.values(), ids=THRESHOLDS
)
def test_the_threshold_that_keeps(
    scores: Sequence[float], right: Sequence[bool], part: float, threshold: float
) -> None:
    found = threshold_keeping(scores, right, part)
    assert found == pytest.approx(threshold)
