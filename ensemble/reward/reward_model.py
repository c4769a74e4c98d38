"""The reward: how likely a group of candidates is right, from its features, and why.

It is an ensemble of logistic regressions that were fitted on different draws of the same problems.
Where they differ, the data say little; Coste et al. 2023, "Reward Model Ensembles Help Mitigate
Overoptimization" (section 3), compare combining such scorers by their mean, by the lowest, and by
the mean minus a measure of their disagreement. Judging needs no numpy and takes microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property
from math import exp, fsum, sqrt
from operator import mul

import msgspec

from ensemble.reward.candidate_features import BY_MODEL, Features

_SAYS_LITTLE = 0.05


class Combination(StrEnum):
    """How the scorers' verdicts become one."""

    MEAN = "mean"
    MINIMUM = "minimum"
    CAUTIOUS = "mean-k-sigma"
    """The mean minus `k` times the standard deviation."""


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A feature as the scorers see it: `(value - mean) / scale`, and 0 where it is unknown."""

    name: str
    mean: float
    scale: float

    def standardized(self, features: Features) -> float:
        default = 0.0 if ":" in self.name else self.mean
        return (features.get(self.name, default) - self.mean) / self.scale


class Scorer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One logistic regression: the logarithm of the odds that a group is right is `intercept` plus
    the sum of `weights` times the columns."""

    intercept: float
    weights: tuple[float, ...]

    def score(self, columns: Sequence[float]) -> float:
        weighted: float = sum(map(mul, self.weights, columns))
        return self.intercept + weighted


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Platt's sigmoid (1999): the probability is that of `slope * score + offset`."""

    slope: float = 1.0
    offset: float = 0.0

    def probability(self, score: float) -> float:
        return _sigmoid(self.slope * score + self.offset)


class Part(msgspec.Struct, frozen=True):
    """What a feature adds to the logarithm of the odds, compared with its mean."""

    feature: str
    amount: float


class RewardScore(msgspec.Struct, frozen=True):
    """The probability that a group is right, how far the scorers spread around it, and the parts
    that it comes from, the weightiest first."""

    reward: float
    spread: float
    parts: tuple[Part, ...]


class Reward(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """Several scorers over the same features, and what they were fitted on.

    `fitted_on` says on what, in words; `rows` groups in elections for `holes` holes of `problems`
    problems. A group whose reward is at least `keeps` is shown if 95 % of the right first ones of
    those fitted on shall be.
    """

    fitted_on: str
    rows: int
    holes: int
    problems: int
    combination: Combination
    k: float
    ridge: float
    calibration: Calibration
    keeps: float
    columns: tuple[Column, ...]
    scorers: tuple[Scorer, ...]

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The models that it knows by name; none, if it may judge any."""
        named = [c.name for c in self.columns if c.name.startswith(BY_MODEL)]
        return tuple(name.removeprefix(BY_MODEL) for name in named)

    def judge(self, features: Features) -> RewardScore:
        """Return what these features are worth."""
        columns = [column.standardized(features) for column in self.columns]
        scores = [scorer.score(columns) for scorer in self.scorers]
        calibrated = [self.calibration.probability(score) for score in scores]
        return RewardScore(
            self.calibration.probability(combined(scores, self.combination, self.k)),
            _deviation(calibrated),
            self._parts(columns),
        )

    def _parts(self, columns: Sequence[float]) -> tuple[Part, ...]:
        slope = self.calibration.slope
        parts = [
            Part(column.name, slope * weight * value)
            for column, weight, value in zip(self.columns, self._mean_weights, columns, strict=True)
        ]
        said = [part for part in parts if abs(part.amount) >= _SAYS_LITTLE]
        return tuple(sorted(said, key=lambda part: -abs(part.amount)))

    @cached_property
    def _mean_weights(self) -> tuple[float, ...]:
        count = len(self.scorers)
        return tuple(
            fsum(weights) / count
            for weights in zip(*(scorer.weights for scorer in self.scorers), strict=True)
        )


def combined(scores: Sequence[float], combination: Combination, k: float) -> float:
    """Return what several scores for the same group come to."""
    mean = fsum(scores) / len(scores)
    if combination is Combination.MINIMUM:
        return min(scores)
    if combination is Combination.CAUTIOUS:
        return mean - k * _deviation(scores)
    return mean


def _deviation(values: Sequence[float]) -> float:
    mean = fsum(values) / len(values)
    return sqrt(fsum((value - mean) ** 2 for value in values) / len(values))


def _sigmoid(score: float) -> float:
    if score >= 0:
        return 1 / (1 + exp(-min(score, 700)))
    return (odds := exp(max(score, -700))) / (1 + odds)
