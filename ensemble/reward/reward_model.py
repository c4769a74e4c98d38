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
from math import fsum, sqrt

import msgspec

from ensemble.linear.linear_scorer import (
    Column,
    Features,
    LinearScorer,
    Part,
    mean_scorer,
    probability,
)
from ensemble.reward.candidate_features import BY_MODEL


class Combination(StrEnum):
    """How the scorers' log-odds become one."""

    MEAN = "mean"
    MINIMUM = "minimum"
    CAUTIOUS = "mean-k-sigma"
    """The mean minus `k` times the standard deviation."""


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Platt's sigmoid (1999): the probability is that of `slope * score + offset`."""

    slope: float = 1.0
    offset: float = 0.0

    def probability(self, score: float) -> float:
        return probability(self.slope * score + self.offset)


class RewardScore(msgspec.Struct, frozen=True):
    """What a reward says of a group of candidates."""

    reward: float
    """The probability, 0 to 1, that the group is right."""
    spread: float
    """The standard deviation of the scorers' probabilities."""
    parts: tuple[Part, ...]
    """What the features add to the logarithm of the odds, the weightiest first."""


class Reward(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """Several scorers over the same features, and what they were fitted on.

    Raises ValueError if there are no scorers, or a scorer does not fit the columns.
    """

    fitted_on: str
    """On what it was fitted, in words."""
    rows: int
    """How many groups of candidates that was."""
    holes: int
    """How many holes, each with an election of some groups."""
    problems: int
    """How many problems, each with some holes."""
    combination: Combination
    """How the scorers' log-odds become one."""
    k: float
    """Standard deviations that a cautious combination subtracts."""
    ridge: float
    """The penalty with which it was fitted."""
    calibration: Calibration
    """Turns log-odds into a probability."""
    keeps: float
    """The least reward with which to show a group if 95 % of the right first ones of those fitted
    on shall be shown."""
    columns: tuple[Column, ...]
    """The features, as all scorers see them."""
    scorers: tuple[LinearScorer, ...]
    """Each fitted on another draw of the problems."""

    def __post_init__(self) -> None:
        if not self.scorers:
            raise ValueError("it has no scorers")
        if any(len(scorer.weights) != len(self.columns) for scorer in self.scorers):
            raise ValueError("a scorer has not one weight for each column")
        if self.rows < 0:
            raise ValueError("it claims fewer than no rows")

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The models that it knows by name; none, if it may judge any."""
        named = [c.name for c in self.columns if c.name.startswith(BY_MODEL)]
        return tuple(name.removeprefix(BY_MODEL) for name in named)

    def judge(self, features: Features) -> RewardScore:
        """Return what these features are worth."""
        values = [column.standardized(features) for column in self.columns]
        scores = [scorer.log_odds(values) for scorer in self.scorers]
        calibrated = [self.calibration.probability(score) for score in scores]
        return RewardScore(
            self.calibration.probability(combined(scores, self.combination, self.k)),
            _deviation(calibrated),
            self._mean_scorer.parts(
                [column.name for column in self.columns], values, self.calibration.slope
            ),
        )

    @cached_property
    def _mean_scorer(self) -> LinearScorer:
        count = len(self.scorers)
        return mean_scorer(self.scorers, [1 / count] * count)


def combined(scores: Sequence[float], combination: Combination, k: float) -> float:
    """Return what several log-odds for the same group come to."""
    mean = fsum(scores) / len(scores)
    if combination is Combination.MINIMUM:
        return min(scores)
    if combination is Combination.CAUTIOUS:
        return mean - k * _deviation(scores)
    return mean


def _deviation(values: Sequence[float]) -> float:
    mean = fsum(values) / len(values)
    return sqrt(fsum((value - mean) ** 2 for value in values) / len(values))
