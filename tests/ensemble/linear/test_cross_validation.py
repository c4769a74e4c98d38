"""Cross-validation: whole problems are held out, and the penalty is the one that predicts them."""

from __future__ import annotations

import numpy as np
import pytest

from ensemble.linear.cross_validation import (
    best_ridge,
    folds_of,
    held_out_loss,
    held_out_scores,
)
from ensemble.linear.feature_table import FeatureTable
from ensemble.linear.logistic_regression import sigmoid

PROBLEMS = [f"problem {number}" for number in range(40)]


def table(*, noise: int, rows: int = 400, problems: int = 40) -> FeatureTable:
    """Return rows whose outcome follows from one feature, beside some that say nothing."""
    chance = np.random.default_rng(3)
    names = ["told", *(f"noise {number}" for number in range(noise))]
    values = chance.normal(size=(rows, len(names)))
    right = chance.random(rows) < sigmoid(2 * values[:, 0])
    features = [dict(zip(names, map(float, row), strict=True)) for row in values]
    return FeatureTable.of(features, right, [str(n % problems) for n in range(rows)], names)


def test_every_problem_is_in_one_fold() -> None:
    folds = folds_of(PROBLEMS)
    assert sorted(problem for fold in folds for problem in fold) == sorted(PROBLEMS)
    assert {len(fold) for fold in folds} == {8}


def test_the_order_of_the_problems_does_not_matter_the_seed_does() -> None:
    assert folds_of(PROBLEMS[::-1] + PROBLEMS[:3]) == folds_of(PROBLEMS)
    assert folds_of(PROBLEMS, seed=1) != folds_of(PROBLEMS)
    assert [len(fold) for fold in folds_of(PROBLEMS, 3)] == [14, 13, 13]


def test_a_row_is_not_predicted_from_its_own_problem() -> None:
    """Outcomes that only the problem tells cannot be predicted where it is held out."""
    rows = 400
    features = [{f"is {n % 20}": 1.0} for n in range(rows)]
    right = [float(n % 20 < 10) for n in range(rows)]
    names = sorted({name for row in features for name in row})
    own = [str(n % 20) for n in range(rows)]
    leaking = FeatureTable.of(features, right, [str(n) for n in range(rows)], names, missing=0.0)
    fair = FeatureTable.of(features, right, own, names, missing=0.0)
    assert held_out_loss(leaking, names, 1.0) < 0.4
    assert held_out_loss(fair, names, 1.0) > 0.69


def test_scores_tell_right_from_wrong() -> None:
    some = table(noise=0)
    scores = held_out_scores(some, some.values, 1.0)
    assert scores[some.right == 1].mean() > 1 > -1 > scores[some.right == 0].mean()


def test_more_that_says_nothing_asks_for_a_larger_penalty() -> None:
    ridges = (0.1, 1.0, 10.0, 100.0)
    chosen = []
    for noise in (0, 40):
        some = table(noise=noise, rows=120)
        names = [column.name for column in some.columns]
        ridge, loss = best_ridge(some, names, ridges)
        assert loss == min(held_out_loss(some, names, one) for one in ridges)
        chosen.append(ridge)
    assert chosen[0] < chosen[1]


@pytest.mark.parametrize("problems", [1, 2])
def test_fewer_problems_than_folds(problems: int) -> None:
    some = table(noise=0, problems=problems)
    scores = held_out_scores(some, some.values, 1.0)
    assert np.isfinite(scores).all()
    assert (scores == 0).all() == (problems == 1)
