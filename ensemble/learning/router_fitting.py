"""Fitting the router: a logistic regression for each model, then the price of cost and silence.

Rows come from local outcomes, where one model's answer was accepted or not, or from an evaluation,
where it is known for every model whether it was right. numpy is needed here and nowhere else.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from msgspec.structs import replace

from ensemble.learning.router_rows import RouterRow
from ensemble.policy.router_weights import ModelWeights, RouterWeights
from ensemble.reward.regression import Array, fit_logistic, log_loss, sigmoid

LEAST_ROWS = 60
"""Answers of a model, below which nothing is said of it."""
LEAST_OF_EACH = 10
"""Of right and of wrong ones."""
DEFAULT_PRICE = 0.1
_RIDGES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
_FOLDS = 5
_PRICES = (0.0, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
_LEAST_SILENCED = 20
_MOST_SILENCED = 0.3
"""Of all requests: a filter that hides more than the hopeless would look like a broken server. What
published filters reject is a fifth (Sun et al. 2022)."""


@dataclass(frozen=True, slots=True)
class RouterObjective:
    """What a fitted router has to keep to.

    `budget` is the mean cost that it may cause, as a part of that of always asking the dearest
    model; None leaves the price as it is. Of the requests that it leaves unanswered at least
    `silence_precision` must have been wrong; None never stays silent.
    """

    budget: float | None = None
    silence_precision: float | None = None
    identities: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Fit:
    """One model's weights, and its chance at every row that has an answer of it, as a fit without
    that row's group estimates it; NaN elsewhere."""

    weights: ModelWeights
    unseen: Array


def fit_router(
    rows: Sequence[RouterRow],
    costs: Mapping[str, float],
    fitted_on: str,
    terms: RouterObjective | None = None,
) -> RouterWeights | None:
    """Return weights for every model of `costs` with enough evidence; None if there is no such.

    Price and silence are chosen by cross-validation over groups, so that they are not taken in by
    how well the rows themselves are known. Where features gain nothing over always choosing one
    model, they are dropped.
    """
    terms = terms or RouterObjective()
    fits: dict[str, _Fit] = {}
    for name, cost in costs.items():
        fit = _fit_model(rows, name, cost, terms.identities.get(name, ""))
        if fit is not None:
            fits[name] = fit
    if not fits:
        return None
    price = DEFAULT_PRICE
    if terms.budget is not None:
        price, gain = _price(rows, fits, terms.budget)
        if gain <= 0:
            fits = {name: _without_features(fit) for name, fit in fits.items()}
    silence = 0.0
    if terms.silence_precision is not None:
        silence = _silence(rows, fits, terms.silence_precision)
    models = {name: fit.weights for name, fit in fits.items()}
    return RouterWeights(models, price, silence, fitted_on)


def _fit_model(rows: Sequence[RouterRow], name: str, cost: float, identity: str) -> _Fit | None:
    having = [number for number, row in enumerate(rows) if name in row.right]
    y = np.array([rows[number].right[name] for number in having])
    if len(y) < LEAST_ROWS or min(y.sum(), (1 - y).sum()) < LEAST_OF_EACH:
        return None
    names = sorted({feature for number in having for feature in rows[number].features})
    x = np.array([[rows[number].features.get(n, 0.0) for n in names] for number in having])
    folds = _folds([rows[number].group or str(number) for number in having])
    ridge, scores = _best_ridge(x, y, folds)
    intercept, weights = _fit(x, y, ridge)
    unseen = np.full(len(rows), np.nan)
    unseen[having] = sigmoid(scores)
    kept = {n: round(float(w), 5) for n, w in zip(names, weights, strict=True) if abs(w) > 1e-5}
    return _Fit(ModelWeights(round(intercept, 5), kept, cost, len(y), identity), unseen)


def _best_ridge(x: Array, y: Array, folds: Array) -> tuple[float, Array]:
    """Return the penalty that predicts unseen groups best, and its scores for every row."""
    tried = []
    for ridge in _RIDGES:
        scores = np.zeros(len(y))
        for fold in range(_FOLDS):
            unseen = folds == fold
            if unseen.any() and not unseen.all():
                intercept, weights = _fit(x[~unseen], y[~unseen], ridge)
                scores[unseen] = intercept + x[unseen] @ weights
        tried.append((log_loss(y, scores), ridge, scores))
    _, ridge, scores = min(tried, key=lambda one: one[0])
    return ridge, scores


def _fit(x: Array, y: Array, ridge: float) -> tuple[float, Array]:
    """Return the intercept and the weights for features as they are, not standardized."""
    mean, scale = x.mean(axis=0), x.std(axis=0)
    # A feature that never varied says nothing.
    scale = np.where(scale > 1e-9, scale, np.inf)
    beta = fit_logistic((x - mean) / scale, y, np.ones(len(y)), ridge)
    weights = beta[1:] / scale
    return float(beta[0] - mean @ weights), weights


def _folds(groups: Iterable[str]) -> Array:
    return np.array([zlib.crc32(group.encode()) % _FOLDS for group in groups], dtype=float)


def _price(
    rows: Sequence[RouterRow], fits: Mapping[str, _Fit], budget: float
) -> tuple[float, float]:
    """Return the price whose choices are right most often for no more than the budget on average,
    and by how much more often than the best model that is always chosen and is within the budget,
    less one standard error: of several prices the best one is also the luckiest.

    Of equally good prices the highest, which costs least.
    """
    chances = np.array([fit.unseen for fit in fits.values()])
    complete = [int(number) for number in np.flatnonzero(~np.isnan(chances).any(axis=0))]
    if not complete:
        return DEFAULT_PRICE, 1.0
    right = np.array([[rows[number].right[name] for number in complete] for name in fits])
    costs = np.array([fit.weights.cost for fit in fits.values()])
    costs = costs / (costs.max() or 1.0)
    fixed = right[costs <= budget]
    reference = fixed[int(fixed.mean(axis=1).argmax())] if len(fixed) else np.zeros(len(complete))
    tried: list[tuple[float, float, float]] = []
    for price in _PRICES:
        chosen = np.argmax(chances[:, complete] - price * costs[:, None], axis=0)
        if float(costs[chosen].mean()) <= budget:
            gains = right[chosen, np.arange(len(complete))] - reference
            error = float(gains.std()) / len(complete) ** 0.5
            tried.append((float(gains.mean()), price, error))
    gain, price, error = max(tried, default=(0.0, _PRICES[-1], 0.0))
    return price, gain - error


def _without_features(fit: _Fit) -> _Fit:
    """Return a model's mean chance, whatever the hole."""
    mean = float(np.clip(np.nanmean(fit.unseen), 1e-3, 1 - 1e-3))
    intercept = round(float(np.log(mean / (1 - mean))), 5)
    weights = replace(fit.weights, intercept=intercept, weights={})
    return _Fit(weights, np.where(np.isnan(fit.unseen), np.nan, mean))


def _silence(rows: Sequence[RouterRow], fits: Mapping[str, _Fit], precision: float) -> float:
    """Return the highest threshold below which so many of the best chances came to nothing; 0
    where there is none, or too few requests are below it. It silences a limited part of all."""
    heard = [number for number, row in enumerate(rows) if any(n in row.right for n in fits)]
    best = np.array([_best_chance(fits, number) for number in heard])
    right = np.array([max(rows[number].right.values()) for number in heard])
    order = np.argsort(best)
    wrong = np.cumsum(1 - right[order]) / np.arange(1, len(order) + 1)
    most = int(_MOST_SILENCED * len(order))
    fitting = np.flatnonzero(wrong[:most] >= precision)
    if not fitting.size or fitting[-1] < _LEAST_SILENCED - 1:
        return 0.0
    return round(float(best[order][fitting[-1]]), 4)


def _best_chance(fits: Mapping[str, _Fit], number: int) -> float:
    known = [float(c) for fit in fits.values() if not np.isnan(c := fit.unseen[number])]
    return max(known)
