"""A linear scorer: the logarithm of the odds of something as a weighted sum of features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import exp
from operator import mul

import msgspec

Features = dict[str, float]
"""Features by name. One with a colon in its name (`kind:return`) is an indicator: it is 1, or it is
missing."""

_SMALLEST_PART = 0.05


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a feature is standardized before it is weighted. Raises ValueError for a scale that is
    not above 0."""

    name: str
    """The feature's name."""
    mean: float
    """Its mean where it was fitted; what it is taken to be where it is unknown."""
    scale: float
    """Its standard deviation where it was fitted."""

    def __post_init__(self) -> None:
        if not self.scale > 0:
            raise ValueError(f"the column {self.name} has no scale above 0")

    def standardized(self, features: Mapping[str, float]) -> float:
        """Return `(value - mean) / scale`: 0 for a numeric feature that is unknown."""
        value = features.get(self.name)
        if value is None:
            if not is_indicator(self.name):
                return 0.0
            value = 0.0
        return (value - self.mean) / self.scale


class Part(msgspec.Struct, frozen=True):
    """What one feature adds to the logarithm of the odds."""

    feature: str
    """The feature's name."""
    amount: float
    """In nats, compared with the feature's mean."""


class LinearScorer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One logistic regression. The names and the order of its features are kept beside it."""

    intercept: float
    """The logarithm of the odds where every feature is 0, which is its mean if standardized."""
    weights: tuple[float, ...]
    """What is added for each feature, per unit of it."""

    def log_odds(self, values: Iterable[float]) -> float:
        """Return the logarithm of the odds for one value of each feature."""
        weighted: float = sum(map(mul, self.weights, values))
        return self.intercept + weighted

    def parts(
        self, names: Iterable[str], values: Iterable[float], slope: float = 1.0
    ) -> tuple[Part, ...]:
        """Return what each feature adds to `slope` times the logarithm of the odds, the weightiest
        first. What adds next to nothing is left out."""
        named = zip(names, self.weights, values, strict=True)
        parts = [Part(name, slope * weight * value) for name, weight, value in named]
        large = [part for part in parts if abs(part.amount) >= _SMALLEST_PART]
        return tuple(sorted(large, key=lambda part: -abs(part.amount)))


def is_indicator(name: str) -> bool:
    """Tell whether a feature is 0, rather than unknown, where it is missing."""
    return ":" in name


def mean_scorer(scorers: Sequence[LinearScorer], shares: Sequence[float]) -> LinearScorer:
    """Return the scorer whose log-odds are the mean of those of scorers over the same features;
    `shares` add up to 1."""
    by_feature = zip(*(scorer.weights for scorer in scorers), strict=True)
    return LinearScorer(
        weighted_mean([scorer.intercept for scorer in scorers], shares),
        tuple(weighted_mean(weights, shares) for weights in by_feature),
    )


def weighted_mean(values: Iterable[float], shares: Iterable[float]) -> float:
    """Return the mean of values; `shares` add up to 1."""
    mean: float = sum(map(mul, shares, values))
    return mean


def probability(log_odds: float) -> float:
    """Return the probability, 0 to 1, that has this logarithm of its odds."""
    if log_odds >= 0:
        return 1 / (1 + exp(-min(log_odds, 700)))
    return (odds := exp(max(log_odds, -700))) / (1 + odds)
