"""Fitting: what is learned from rows, and what is not."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from ensemble.learning.router_fitting import RouterObjective, fit_router
from ensemble.learning.router_rows import RouterRow
from ensemble.learning.router_thresholds import DEFAULT_PRICE
from ensemble.policy.router_weights import RouterWeights

COSTS = {"small": 1.0, "large": 4.0}


def rows(
    count: int, *, small_hard: float, large_hard: float, easy: float = 0.95
) -> list[RouterRow]:
    """Return holes, of which half are hard; both models are right where it is easy."""
    chance = random.Random(7)
    found = []
    for number in range(count):
        hard = number % 2
        right = {
            "small": float(chance.random() < (small_hard if hard else easy)),
            "large": float(chance.random() < (large_hard if hard else easy)),
        }
        features = {"hard": float(hard), "noise": chance.random()}
        found.append(RouterRow(features, right, f"problem {number // 4}"))
    return found


def fitted(
    some: list[RouterRow], budget: float | None = None, silence_precision: float | None = None
) -> RouterWeights:
    weights = fit_router(some, COSTS, "a test", RouterObjective(budget, silence_precision))
    assert weights is not None
    return weights


def test_what_is_hard_for_a_model_is_learned() -> None:
    weights = fitted(rows(400, small_hard=0.1, large_hard=0.9))
    small, large = weights.models["small"], weights.models["large"]
    assert small.chance({"hard": 1.0}) < 0.25
    assert small.chance({}) > 0.75
    assert large.chance({"hard": 1.0}) > 0.75
    assert abs(small.weights.get("noise", 0.0)) < 1.0
    assert (small.rows, small.cost, large.cost) == (400, 1.0, 4.0)
    assert (weights.price, weights.silence, weights.fitted_on) == (DEFAULT_PRICE, 0.0, "a test")


def test_the_same_rows_give_the_same_weights() -> None:
    some = rows(200, small_hard=0.1, large_hard=0.9)
    assert fitted(some, 0.8) == fitted(some, 0.8)


@pytest.mark.parametrize(("budget", "most"), [(0.3, 0.3), (0.7, 0.7)])
def test_a_budget_holds(budget: float, most: float) -> None:
    some = rows(400, small_hard=0.1, large_hard=0.9)
    weights = fitted(some, budget)
    costs = []
    for row in some:
        chances = {n: m.chance(row.features) - weights.price * m.cost / 4.0
                   for n, m in weights.models.items()}  # fmt: skip
        costs.append(COSTS[max(chances, key=lambda name: chances[name])] / 4.0)
    assert sum(costs) / len(costs) <= most + 0.02


def answered(small: Callable[[int], bool], large: Callable[[int], bool]) -> list[RouterRow]:
    """Return holes of which every other one is hard, with who is right at which."""
    return [
        RouterRow(
            {"hard": float(n % 2)},
            {"small": float(small(n)), "large": float(large(n))},
            str(n // 4),
        )
        for n in range(400)
    ]


def test_features_that_gain_nothing_are_dropped() -> None:
    weights = fitted(answered(lambda n: n % 10 == 0, lambda n: n % 7 != 0), 1.0)
    assert all(model.weights == {} for model in weights.models.values())
    assert weights.models["large"].chance({}) > weights.models["small"].chance({})


def test_features_that_gain_are_kept() -> None:
    weights = fitted(answered(lambda n: n % 8 < 4 or n % 2 == 0, lambda n: n % 2 == 1), 1.0)
    assert weights.models["small"].weights["hard"] < 0 < weights.models["large"].weights["hard"]


def test_silence_is_where_nothing_comes_of_it() -> None:
    hopeless = rows(400, small_hard=0.0, large_hard=0.0)
    weights = fitted(hopeless, silence_precision=0.95)
    hard, easy = ({"hard": 1.0, "noise": 0.5}, {"noise": 0.5})
    assert weights.models["large"].chance(hard) < weights.silence
    assert weights.models["small"].chance(easy) > weights.silence


def test_no_silence_where_something_comes_of_everything() -> None:
    assert fitted(rows(400, small_hard=0.7, large_hard=0.9), silence_precision=0.95).silence == 0


TOO_LITTLE = {
    "nothing": [],
    "too few": rows(40, small_hard=0.1, large_hard=0.9),
    "all right": [RouterRow({"hard": 1.0}, {"small": 1.0}, str(n)) for n in range(200)],
    "all wrong": [RouterRow({"hard": 1.0}, {"small": 0.0}, str(n)) for n in range(200)],
    "other models": [RouterRow({}, {"other": float(n % 2)}, str(n)) for n in range(200)],
}


@pytest.mark.parametrize("case", TOO_LITTLE)
def test_too_little_evidence(case: str) -> None:
    assert fit_router(TOO_LITTLE[case], COSTS, "") is None


def test_only_models_with_evidence_are_known() -> None:
    some = [RouterRow(row.features, {"small": row.right["small"]}, row.problem)
            for row in rows(200, small_hard=0.1, large_hard=0.9)]  # fmt: skip
    assert set(fitted(some, 0.5).models) == {"small"}


def test_what_was_accepted_in_part_counts_in_part() -> None:
    some = [RouterRow({"hard": float(n % 2)}, {"small": 0.5 if n % 2 else 1.0}, str(n // 3))
            for n in range(200)]  # fmt: skip
    small = fitted(some).models["small"]
    assert 0.35 < small.chance({"hard": 1.0}) < 0.7 < small.chance({})
