"""Fitting the router: a logistic regression for each model, then the price of cost and silence.

Rows come from local outcomes, where one model's answer was accepted or not, or from an evaluation,
where it is known for every model whether it was right. numpy is needed here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from msgspec.structs import replace

from ensemble.learning.router_rows import RouterRow
from ensemble.learning.router_thresholds import (
    DEFAULT_PRICE,
    ModelFit,
    best_price,
    silence_threshold,
)
from ensemble.linear.cross_validation import best_ridge, held_out_scores
from ensemble.linear.feature_table import FeatureTable, varying
from ensemble.linear.logistic_regression import fit_logistic, sigmoid
from ensemble.policy.router_weights import ModelWeights, RouterWeights

LEAST_ROWS = 60
"""Answers of a model; with fewer it gets no weights."""
LEAST_OF_EACH = 10
"""Of right and of wrong ones."""
_RIDGES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
_LEAST_WEIGHT = 1e-5


@dataclass(frozen=True, slots=True)
class RouterObjective:
    """What a fitted router has to keep to."""

    budget: float | None = None
    """The mean cost that it may cause, as a part of that of always asking the dearest model; None
    leaves the price as it is."""
    silence_precision: float | None = None
    """The part, 0 to 1, of the requests that it leaves unanswered that must have been wrong; None
    never stays silent."""
    identities: Mapping[str, str] = field(default_factory=dict)
    """What tells models of one name apart, by name."""


def fit_router(
    rows: Sequence[RouterRow],
    costs: Mapping[str, float],
    fitted_on: str,
    objective: RouterObjective | None = None,
) -> RouterWeights | None:
    """Return weights for every model of `costs` with enough evidence; None if there is no such.

    Price and silence are chosen by cross-validation over problems. Where features gain nothing over
    always choosing one model, they are dropped.
    """
    objective = objective or RouterObjective()
    fits: dict[str, ModelFit] = {}
    for name, cost in costs.items():
        fit = _fit_model(rows, name, cost, objective.identities.get(name, ""))
        if fit is not None:
            fits[name] = fit
    if not fits:
        return None
    price = DEFAULT_PRICE
    if objective.budget is not None:
        price, gain = best_price(rows, fits, objective.budget)
        if gain <= 0:
            fits = {name: _without_features(fit) for name, fit in fits.items()}
    silence = 0.0
    if objective.silence_precision is not None:
        silence = silence_threshold(rows, fits, objective.silence_precision)
    models = {name: fit.weights for name, fit in fits.items()}
    return RouterWeights(models, price, silence, fitted_on)


def _fit_model(rows: Sequence[RouterRow], name: str, cost: float, identity: str) -> ModelFit | None:
    """Return what the rows tell of a model; None if they are too few."""
    answered = [number for number, row in enumerate(rows) if name in row.right]
    right = [rows[number].right[name] for number in answered]
    if len(right) < LEAST_ROWS or min(sum(right), len(right) - sum(right)) < LEAST_OF_EACH:
        return None
    features = [rows[number].features for number in answered]
    problems = [rows[number].problem or f"row {number}" for number in answered]
    names = varying(features, missing=0.0)
    table = FeatureTable.of(features, right, problems, names, missing=0.0)
    ridge, _ = best_ridge(table, names, _RIDGES)
    held_out = np.full(len(rows), np.nan)
    held_out[answered] = sigmoid(held_out_scores(table, table.values, ridge))
    intercept, weights = _fitted(table, ridge)
    return ModelFit(ModelWeights(intercept, weights, cost, len(right), identity), held_out)


def _fitted(table: FeatureTable, ridge: float) -> tuple[float, dict[str, float]]:
    """Return the intercept and the weights for features as they are, not standardized."""
    beta = fit_logistic(table.values, table.right, np.ones(len(table.right)), ridge)
    slopes = {
        column.name: float(weight) / column.scale
        for column, weight in zip(table.columns, beta[1:], strict=True)
    }
    intercept = float(beta[0]) - sum(column.mean * slopes[column.name] for column in table.columns)
    kept = {name: round(slope, 5) for name, slope in slopes.items() if abs(slope) > _LEAST_WEIGHT}
    return round(intercept, 5), kept


def _without_features(fit: ModelFit) -> ModelFit:
    """Return a model's mean chance, whatever the hole."""
    mean = float(np.clip(np.nanmean(fit.held_out), 1e-3, 1 - 1e-3))
    intercept = round(float(np.log(mean / (1 - mean))), 5)
    weights = replace(fit.weights, intercept=intercept, weights={})
    return ModelFit(weights, np.where(np.isnan(fit.held_out), np.nan, mean))
