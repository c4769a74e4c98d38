"""Logistic regression with a quadratic penalty, by Newton's method.

Also known as iteratively reweighted least squares: Hastie, Tibshirani and Friedman, "The Elements
of Statistical Learning", section 4.4.1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_BLOCK = 64
_MOST_STEPS = 50
_CONVERGED = 1e-7
_INTERCEPT_PENALTY = 1e-3
"""So small that it only matters where all rows are of one class, which has no finite optimum."""


def fit_logistic(x: Array, y: Array, weights: Array, ridge: float) -> Array:
    """Return the intercept and the coefficients that minimize the weighted negative log-likelihood
    of labels `y` (0 or 1) plus `ridge` / 2 times the sum of the squared coefficients.

    `x` has a row for each label and should be standardized, since all columns are penalized alike;
    a weight says how many times its row counts.
    """
    design, count, y = _in_blocks(x), _padded(weights), _padded(y)
    penalty = np.full(design.shape[2], ridge)
    penalty[0] = _INTERCEPT_PENALTY
    beta = np.zeros(design.shape[2])
    loss = _loss(design, y, count, penalty, beta)
    for _ in range(_MOST_STEPS):
        p = sigmoid(design @ beta)
        gradient = (design * (count * (p - y))[..., None]).sum((0, 1)) + penalty * beta
        weighted = design * (count * p * (1 - p))[..., None]
        curvature = (weighted.transpose(0, 2, 1) @ design).sum(0) + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        # A full step may overshoot while the probabilities are far off.
        while (lower := _loss(design, y, count, penalty, beta - step)) > loss + _CONVERGED:
            step = step / 2
        beta, gained, loss = beta - step, loss - lower, lower
        if gained < _CONVERGED:
            break
    return beta


def sigmoid(scores: Array) -> Array:
    """Return the probabilities that belong to log-odds."""
    return 1 / (1 + np.exp(-np.clip(scores, -500, 500)))


def log_loss(y: Array, scores: Array) -> float:
    """Return the mean negative log-likelihood of labels under log-odds `scores`."""
    return float(np.mean(np.logaddexp(0, scores) - y * scores))


def _in_blocks(x: Array) -> Array:
    """Return the rows, with a 1 before each, in blocks; rows of zeros fill the last one.

    Products of larger matrices would be shared out among threads, which on a busy machine wait for
    each other most of the time: fits of a thousand rows took 25 times as long.
    """
    design = np.column_stack([np.ones(len(x)), x])
    empty = np.zeros((-len(x) % _BLOCK, design.shape[1]))
    return np.concatenate([design, empty]).reshape(-1, _BLOCK, design.shape[1])


def _padded(values: Array) -> Array:
    return np.concatenate([values, np.zeros(-len(values) % _BLOCK)]).reshape(-1, _BLOCK)


def _loss(design: Array, y: Array, count: Array, penalty: Array, beta: Array) -> float:
    scores = design @ beta
    fit = (count * (np.logaddexp(0, scores) - y * scores)).sum()
    return float(fit + (penalty * beta**2).sum() / 2)
