"""How well a regression predicts problems that it was not fitted to, and with which penalty best.

Rows of one problem resemble each other, so whole problems are held out.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from statistics import fmean

import numpy as np

from ensemble.linear.feature_table import FeatureTable
from ensemble.linear.logistic_regression import Array, fit_logistic, log_loss

FOLDS = 5
_PARTITIONS = 2
"""Ways to draw the folds, over which a loss is averaged."""


def folds_of(problems: Iterable[str], count: int = FOLDS, seed: int = 0) -> list[frozenset[str]]:
    """Return the problems in parts of about equal size, drawn with a seed."""
    shuffled = sorted(set(problems))
    random.Random(seed).shuffle(shuffled)
    return [frozenset(shuffled[number::count]) for number in range(count)]


def held_out_scores(table: FeatureTable, values: Array, ridge: float, seed: int = 0) -> Array:
    """Return for each row the logarithm of the odds that a fit to the other folds gives it.

    `values` are columns of the table, of the shape (rows, features). 0 where there is no other
    fold.
    """
    scores = np.zeros(len(values))
    for fold in folds_of(table.problems, seed=seed):
        held = table.rows_of(fold)
        if held.all() or not held.any():
            continue
        x, y = values[~held], table.right[~held]
        beta = fit_logistic(x, y, np.ones(len(y)), ridge)
        scores[held] = beta[0] + values[held] @ beta[1:]
    return scores


def held_out_loss(table: FeatureTable, names: Sequence[str], ridge: float) -> float:
    """Return the mean loss in nats of predicting each fold from the others by these features."""
    values = table.only(names)
    return fmean(
        log_loss(table.right, held_out_scores(table, values, ridge, seed))
        for seed in range(_PARTITIONS)
    )


def best_ridge(
    table: FeatureTable, names: Sequence[str], ridges: Sequence[float]
) -> tuple[float, float]:
    """Return which of these penalties predicts held-out problems best, and its loss in nats."""
    losses = {ridge: held_out_loss(table, names, ridge) for ridge in ridges}
    ridge = min(ridges, key=losses.__getitem__)
    return ridge, losses[ridge]
