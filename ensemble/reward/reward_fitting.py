"""Fitting a reward: choose features, fit scorers on draws of the problems, calibrate them on what
they did not see."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log
from statistics import fmean

import numpy as np

from ensemble.errors import TooLittle
from ensemble.reward.calibration import threshold_keeping
from ensemble.reward.candidate_features import BY_MODEL, family_of
from ensemble.reward.regression import Array, fit_logistic, log_loss
from ensemble.reward.reward_model import Calibration, Combination, Reward, Scorer, combined
from ensemble.reward.reward_rows import RewardRow, elections, first_ones, problems_of
from ensemble.reward.table import Table, varying

SCORERS = 32
"""So many that each row is unseen by about twelve of them, which calibrate it."""
KEPT = 0.95
FOLDS = 5
_FEWEST_PROBLEMS, _FEWEST_OF_A_KIND = 10, 10
_RIDGES = (1.0, 3.0, 10.0, 30.0)
_PARTINGS = 2


@dataclass(frozen=True, slots=True)
class FeatureChoice:
    """The penalty and the features with which problems that were held out are predicted best, the
    mean `loss` of these predictions in nats, and which families of features were `removed`, the
    least useful first."""

    ridge: float
    names: tuple[str, ...]
    loss: float
    removed: tuple[str, ...] = ()


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
    table = Table.of(rows, choice.names)
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


def choose_features(rows: Sequence[RewardRow], *, by_model: bool = True) -> FeatureChoice:
    """Return the penalty and the features that predict held-out problems best.

    One family of features after the other leaves, always the one without which the prediction is
    best, as long as that is no worse than with it (backward elimination: Guyon and Elisseeff 2003,
    section 4). Raises TooLittle if knowing the features is no better than knowing only how many
    rows are right.
    """
    names = tuple(n for n in varying(rows) if by_model or not n.startswith(BY_MODEL))
    table = Table.of(rows, names)
    choice = _best_ridge(table, names)
    while len(families := {family_of(name) for name in choice.names}) > 1:
        removals = [_without(table, choice, family) for family in sorted(families)]
        best = min(removals, key=lambda removal: removal.loss)
        if best.loss > choice.loss:
            break
        choice = best
    choice = replace(_best_ridge(table, choice.names), removed=choice.removed)
    right = fmean(row.right for row in rows)
    if choice.loss >= -right * log(right) - (1 - right) * log(1 - right):
        raise TooLittle("nothing that is known of these candidates tells the right from the wrong")
    return choice


def folds_of(problems: Sequence[str], count: int = FOLDS, seed: int = 0) -> list[frozenset[str]]:
    """Return the problems in parts of about equal size, drawn with a seed."""
    shuffled = sorted(problems)
    random.Random(seed).shuffle(shuffled)
    return [frozenset(shuffled[number::count]) for number in range(count)]


def _best_ridge(table: Table, names: tuple[str, ...]) -> FeatureChoice:
    choices = [FeatureChoice(ridge, names, held_out_loss(table, names, ridge)) for ridge in _RIDGES]
    return min(choices, key=lambda choice: choice.loss)


def _without(table: Table, choice: FeatureChoice, family: str) -> FeatureChoice:
    left = tuple(name for name in choice.names if family_of(name) != family)
    loss = held_out_loss(table, left, choice.ridge)
    return FeatureChoice(choice.ridge, left, loss, (*choice.removed, family))


def held_out_loss(table: Table, names: Sequence[str], ridge: float) -> float:
    """Return the mean loss in nats of predicting each part of the problems from the others, over
    several ways of parting them."""
    values, losses = table.only(names), []
    for seed in range(_PARTINGS):
        scores = np.zeros(len(values))
        for part in folds_of(table.problems, seed=seed):
            held = table.of_problems(part)
            x, y = values[~held], table.right[~held]
            beta = fit_logistic(x, y, np.ones(len(y)), ridge)
            scores[held] = beta[0] + values[held] @ beta[1:]
        losses.append(log_loss(table.right, scores))
    return fmean(losses)


def _drawn(table: Table, chance: np.random.Generator) -> Array:
    """Return how often each row counts in a bootstrap of the problems (Efron 1979)."""
    count = len(table.problems)
    return chance.multinomial(count, np.full(count, 1 / count))[table.numbers].astype(float)


def _scorer(table: Table, weights: Array, ridge: float) -> Scorer:
    beta = fit_logistic(table.values, table.right, weights, ridge)
    return Scorer(round(float(beta[0]), 6), tuple(round(float(b), 6) for b in beta[1:]))


def _out_of_bag(
    table: Table, scorers: Sequence[Scorer], drawn: Array, combination: Combination, k: float
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
