"""What a router's price of cost and its threshold of silence should be.

Both are chosen by chances that were predicted without the problem in question, so that they are
not taken in by how well the rows themselves are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ensemble.learning.router_rows import RouterRow
from ensemble.linear.logistic_regression import Array
from ensemble.policy.router_weights import ModelWeights

DEFAULT_PRICE = 0.1
_PRICES = (0.0, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
_LEAST_SILENCED = 20
_MOST_SILENCED = 0.3
"""Of all requests: a filter that hides more than the hopeless would look like a broken server. What
published filters reject is a fifth (Sun et al. 2022)."""


@dataclass(frozen=True, slots=True)
class ModelFit:
    """What was learned of one model."""

    weights: ModelWeights
    """Fitted to all of its answers."""
    held_out: Array
    """For each row the model's chance there, predicted without the row's problem; NaN where the
    model gave no answer."""


def best_price(
    rows: Sequence[RouterRow], fits: Mapping[str, ModelFit], budget: float
) -> tuple[float, float]:
    """Return the price whose choices are right most often for no more than the budget on average,
    and by how much more often than the best model that is always chosen and is within the budget,
    less one standard error: of several prices the best one is also the luckiest.

    `budget` is a part of the dearest model's cost. Of equally good prices the highest, which costs
    least.
    """
    chances = np.array([fit.held_out for fit in fits.values()])
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


def silence_threshold(
    rows: Sequence[RouterRow], fits: Mapping[str, ModelFit], precision: float
) -> float:
    """Return the highest best chance of a request below which at least the part `precision` of the
    requests came to nothing; 0 where there is none, or too few requests are below it.

    It silences a limited part of all requests.
    """
    answered = [number for number, row in enumerate(rows) if any(n in row.right for n in fits)]
    chances = np.array([fit.held_out[answered] for fit in fits.values()])
    best = np.nanmax(chances, axis=0)
    right = np.array([max(rows[number].right.values()) for number in answered])
    order = np.argsort(best)
    wrong = np.cumsum(1 - right[order]) / np.arange(1, len(order) + 1)
    most = int(_MOST_SILENCED * len(order))
    fitting = np.flatnonzero(wrong[:most] >= precision)
    if not fitting.size or fitting[-1] < _LEAST_SILENCED - 1:
        return 0.0
    return round(float(best[order][fitting[-1]]), 4)
