"""Fitting a reward: choose features, fit scorers on draws of the problems, calibrate them on what
they did not see."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ensemble.errors import TooLittle
from ensemble.linear.feature_table import FeatureTable
from ensemble.linear.linear_scorer import LinearScorer
from ensemble.linear.logistic_regression import Array, fit_logistic
from ensemble.reward.calibration import threshold_keeping
from ensemble.reward.feature_choice import FeatureChoice, choose_features, table_of
from ensemble.reward.reward_model import Calibration, Combination, Reward, combined
from ensemble.reward.reward_rows import RewardRow, elections, first_ones, problems_of

SCORERS = 32
"""So many that each row is unseen by about twelve of them, which calibrate it."""
KEPT = 0.95
"""The part of the right first ones that `Reward.keeps` keeps."""
_FEWEST_PROBLEMS, _FEWEST_OF_A_KIND = 10, 10


def fit_reward(
    rows: Sequence[RewardRow],
    fitted_on: str,
    *,
    combination: Combination = Combination.MEAN,
    k: float = 1.0,
    by_model: bool = True,
    choice: FeatureChoice | None = None,
) -> Reward:
    """Return a reward fitted on these rows. The same rows give the same reward.

    With `by_model` it may learn which models to trust, and then judges only policies that ask
    these. Raises TooLittle for fewer than 10 problems, right rows or wrong rows, and where nothing
    is learned that helps with problems that were held out.
    """
    _refuse_too_few(rows)
    choice = choice or choose_features(rows, by_model=by_model)
    table = table_of(rows, choice.names)
    chance = np.random.default_rng(0)
    drawn = [_drawn(table, chance) for _ in range(SCORERS)]
    scorers = [_scorer(table, weights, choice.ridge) for weights in drawn]
    unseen = _out_of_bag(table, scorers, np.array(drawn), combination, k)
    known = ~np.isnan(unseen)
    calibration = _calibrated(unseen[known], table.right[known])
    scores = [calibration.probability(float(np.nan_to_num(score))) for score in unseen]
    firsts = first_ones(rows, scores)
    return Reward(
        fitted_on=fitted_on,
        rows=len(rows),
        holes=len(elections(rows)),
        problems=len(problems_of(rows)),
        combination=combination,
        k=k,
        ridge=choice.ridge,
        calibration=calibration,
        keeps=threshold_keeping([scores[i] for i in firsts], [rows[i].right for i in firsts], KEPT),
        columns=table.columns,
        scorers=tuple(scorers),
    )


def _drawn(table: FeatureTable, chance: np.random.Generator) -> Array:
    """Return how often each row counts in a bootstrap of the problems (Efron 1979)."""
    count = len(table.problems)
    return chance.multinomial(count, np.full(count, 1 / count))[table.numbers].astype(float)


def _scorer(table: FeatureTable, weights: Array, ridge: float) -> LinearScorer:
    beta = fit_logistic(table.values, table.right, weights, ridge)
    return LinearScorer(round(float(beta[0]), 6), tuple(round(float(b), 6) for b in beta[1:]))


def _out_of_bag(
    table: FeatureTable,
    scorers: Sequence[LinearScorer],
    drawn: Array,
    combination: Combination,
    k: float,
) -> Array:
    """Return each row's score by the scorers that did not see its problem; NaN if all did."""
    scores = np.array(
        [scorer.intercept + table.values @ np.array(scorer.weights) for scorer in scorers]
    )
    return np.array(
        [
            combined(scores[unseen, row].tolist(), combination, k) if unseen.any() else np.nan
            for row, unseen in enumerate((drawn == 0).T)
        ]
    )


def _calibrated(scores: Array, right: Array) -> Calibration:
    """Fit Platt's sigmoid, with his targets that stay off 0 and 1."""
    good, bad = right.sum(), (1 - right).sum()
    targets = np.where(right > 0, (good + 1) / (good + 2), 1 / (bad + 2))
    offset, slope = fit_logistic(scores[:, None], targets, np.ones(len(scores)), 1e-3)
    if slope <= 0:
        raise TooLittle("what was learned of some of these candidates is wrong for the others")
    return Calibration(round(float(slope), 6), round(float(offset), 6))


def _refuse_too_few(rows: Sequence[RewardRow]) -> None:
    right = sum(row.right for row in rows)
    counts = {
        "problems": (len(problems_of(rows)), _FEWEST_PROBLEMS),
        "right candidates": (right, _FEWEST_OF_A_KIND),
        "wrong candidates": (len(rows) - right, _FEWEST_OF_A_KIND),
    }
    for what, (count, needed) in counts.items():
        if count < needed:
            raise TooLittle(f"{count} {what} are too few to fit a reward: it takes {needed}")
