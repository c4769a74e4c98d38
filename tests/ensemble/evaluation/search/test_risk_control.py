"""Thresholds: small cases by hand, and simulations of what they promise."""

from __future__ import annotations

import math
from math import isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemble.evaluation.search.risk_control import (
    NOTHING,
    binomial_tail,
    certain_threshold,
    conformal_mean,
    conformal_threshold,
    hoeffding_bentkus,
)

Cases = list[tuple[float, int, int]]
"""Strata: a score, how many right ones have it, and how many wrong ones."""

CONFORMAL: dict[str, tuple[Cases, float, float]] = {
    "all right, and enough of them": ([(1.0, 20, 0)], 0.06, 1.0),
    "all right, but too few to know": ([(1.0, 10, 0)], 0.06, NOTHING),
    "the lower stratum would be too much": ([(1.0, 40, 0), (0.5, 5, 5)], 0.06, 1.0),
    "the lower stratum fits in": ([(1.0, 80, 0), (0.5, 18, 2)], 0.06, 0.5),
    "a small top stratum with an error ends nothing": ([(1.0, 3, 1), (0.8, 96, 0)], 0.06, 0.8),
    "nothing at all": ([], 0.06, NOTHING),
    "everything wrong": ([(1.0, 0, 50)], 0.06, NOTHING),
}


def spread(strata: Cases) -> tuple[list[float], list[bool]]:
    scores = [score for score, good, bad in strata for _ in range(good + bad)]
    right = [n < good for _, good, bad in strata for n in range(good + bad)]
    return scores, right


@pytest.mark.parametrize(("strata", "risk", "expected"), CONFORMAL.values(), ids=CONFORMAL)
def test_conformal_threshold(strata: Cases, risk: float, expected: float) -> None:
    assert conformal_threshold(*spread(strata), risk) == expected


TESTED: dict[str, tuple[Cases, float, float, float]] = {
    # .94 ** 38 = .095 and .94 ** 37 = .101: 38 right ones without an error are needed.
    "just enough": ([(1.0, 38, 0)], 0.06, 0.1, 1.0),
    "one too few": ([(1.0, 37, 0)], 0.06, 0.1, NOTHING),
    "strata too small to tell are passed over": ([(1.0, 5, 0), (0.9, 33, 0)], 0.06, 0.1, 0.9),
    "the first that cannot be rejected ends it": (
        [(1.0, 36, 4), (0.9, 900, 0)], 0.06, 0.1, NOTHING,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("strata", "risk", "delta", "expected"), TESTED.values(), ids=TESTED)
def test_certain_threshold(strata: Cases, risk: float, delta: float, expected: float) -> None:
    assert certain_threshold(*spread(strata), risk, delta) == expected


def test_the_bound_on_a_mean() -> None:
    assert isclose(conformal_mean([0.0] * 9, 1.0), 0.1)
    assert isclose(conformal_mean([1.0, 2.0, 3.0], 6.0), 3.0)


@given(st.integers(0, 40), st.integers(0, 40), st.floats(0.001, 0.999))
def test_a_tail_is_a_sum_of_chances(most: int, trials: int, chance: float) -> None:
    expected = sum(
        math.comb(trials, count) * chance**count * (1 - chance) ** (trials - count)
        for count in range(min(most, trials) + 1)
    )
    assert isclose(binomial_tail(most, trials, chance), expected, rel_tol=1e-9)


@given(
    st.lists(st.tuples(st.sampled_from([0.25, 0.5, 0.75, 1.0]), st.booleans()), max_size=200),
    st.floats(0.01, 0.3),
)
def test_what_is_shown_at_the_threshold_keeps_the_risk(
    cases: list[tuple[float, bool]], risk: float
) -> None:
    scores, right = [score for score, _ in cases], [is_right for _, is_right in cases]
    for threshold in (
        conformal_threshold(scores, right, risk),
        certain_threshold(scores, right, risk, 0.1),
    ):
        shown = [is_right for score, is_right in cases if score >= threshold]
        assert shown.count(False) <= risk * len(shown)


_STRATA = (1.0, 0.89, 0.75, 0.67, 0.5)
_RISKS = (0.01, 0.04, 0.1, 0.2, 0.5)
_ROUNDS, _CALIBRATION, _NEW = 600, 150, 400
"""With seed and rounds fixed, the simulations say the same every time."""


def draw(chance: np.random.Generator, size: int) -> tuple[list[float], list[bool]]:
    strata = chance.integers(0, len(_STRATA), size)
    right = chance.random(size) >= np.array(_RISKS)[strata]
    return [_STRATA[index] for index in strata], [bool(one) for one in right]


def realised(chance: np.random.Generator, threshold: float) -> float:
    scores, right = draw(chance, _NEW)
    shown = [good for score, good in zip(scores, right, strict=True) if score >= threshold]
    return shown.count(False) / len(shown) if shown else 0.0


@pytest.mark.parametrize("risk", [0.03, 0.06, 0.12, 0.2])
def test_the_realised_risk_is_the_target_on_average(risk: float) -> None:
    chance = np.random.default_rng(7)
    risks = [
        realised(chance, conformal_threshold(*draw(chance, _CALIBRATION), risk))
        for _ in range(_ROUNDS)
    ]
    noise = 3 * float(np.std(risks)) / math.sqrt(_ROUNDS)
    assert float(np.mean(risks)) <= risk + noise
    assert float(np.mean(risks)) > 0.2 * risk, "and it is not merely silent"


@pytest.mark.parametrize("delta", [0.1, 0.3])
def test_a_certain_threshold_seldom_fails(delta: float) -> None:
    chance, risk = np.random.default_rng(11), 0.06
    true_risk = {NOTHING: 0.0} | {
        score: float(np.mean(_RISKS[: index + 1])) for index, score in enumerate(_STRATA)
    }
    failures = sum(
        true_risk[certain_threshold(*draw(chance, _CALIBRATION), risk, delta)] > risk
        for _ in range(_ROUNDS)
    )
    assert failures / _ROUNDS <= delta + 3 * math.sqrt(delta * (1 - delta) / _ROUNDS)


def in_problems(
    chance: np.random.Generator, problems: int, holes: int
) -> tuple[list[float], list[bool], list[int]]:
    """Draw holes of problems that are right altogether, or wrong altogether: 7 % of them."""
    right = [bool(one) for one in chance.random(problems) >= 0.07 for _ in range(holes)]
    return [1.0] * len(right), right, [n for n in range(problems) for _ in range(holes)]


def test_certainty_holds_where_holes_of_a_problem_are_alike() -> None:
    """7 % are wrong, so a risk of 6 % must seldom be certified; by holes it often would be."""
    by_problem = by_hole = 0
    chance = np.random.default_rng(17)
    for _ in range(200):
        scores, right, problems = in_problems(chance, 60, 6)
        by_problem += certain_threshold(scores, right, 0.06, 0.1, problems) != NOTHING
        by_hole += certain_threshold(scores, right, 0.06, 0.1) != NOTHING
    assert by_problem <= 0.1 * 200
    assert by_hole > 0.1 * 200


@given(st.integers(1, 60), st.floats(0.01, 0.3))
def test_a_bound_without_losses_is_the_binomial(count: int, risk: float) -> None:
    assert isclose(hoeffding_bentkus([0.0] * count, risk), (1 - risk) ** count, rel_tol=1e-9)


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.floats(0.01, 0.3))
def test_a_bound_is_never_below_the_exact_tail(lost: list[bool], risk: float) -> None:
    exact = binomial_tail(sum(lost), len(lost), risk)
    assert hoeffding_bentkus([float(one) for one in lost], risk) >= exact * (1 - 1e-9)


def test_a_path_that_ends_at_the_bound_costs_the_target_on_average() -> None:
    """A cascade: the higher the quorum, the more often a larger model is asked."""
    chance, target, realised_costs = np.random.default_rng(13), 0.3, []
    quorums = np.linspace(0, 1, 21)
    for _ in range(_ROUNDS):
        shares = chance.random(40)
        bounds = [conformal_mean([float(share < q) for share in shares], 1.0) for q in quorums]
        allowed = [q for q, bound in zip(quorums, bounds, strict=True) if bound <= target]
        realised_costs.append(float(chance.random() < allowed[-1]) if allowed else 0.0)
    assert np.mean(realised_costs) <= target + 3 * np.std(realised_costs) / math.sqrt(_ROUNDS)
