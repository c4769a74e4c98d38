"""What the router has learned: for each model a logistic regression over a hole's features."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import msgspec

from ensemble.linear.linear_scorer import LinearScorer

VERSION = 1
"""Of the features and of this shape. Weights of another version are not used."""

_MOST_LOG_ODDS = 30.0


class ModelWeights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How likely one model's answer is right, or will be accepted."""

    intercept: float
    """The logarithm of the odds for a hole without any feature."""
    weights: dict[str, float]
    """What each feature adds to it."""
    cost: float = 1.0
    """What one call of the model costs, relative to others."""
    rows: int = 0
    """How many answers of the model this was fitted on."""
    identity: str = ""
    """What tells models of one name apart, "" if only the name is known."""

    def over(self, names: Iterable[str]) -> LinearScorer:
        """Return the scorer over these features. Features that were never seen weigh nothing."""
        return LinearScorer(self.intercept, tuple(self.weights.get(name, 0.0) for name in names))

    def chance(self, features: Mapping[str, float]) -> float:
        """Return the probability that the model is right for a hole with these features, which is
        never quite 0 or 1."""
        log_odds = self.over(features).log_odds(features.values())
        return 1 / (1 + math.exp(-max(-_MOST_LOG_ODDS, min(_MOST_LOG_ODDS, log_odds))))


class RouterWeights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that a router needs to decide."""

    models: dict[str, ModelWeights]
    """The models that it knows, by name."""
    price: float = 0.1
    """The probability that the dearest model must have over another one to be asked first, per
    share of its cost that the other one saves."""
    silence: float = 0.0
    """An automatic request whose best chance is below this is not answered; 0 answers always."""
    fitted_on: str = ""
    """On what it was fitted, in words."""
    version: int = VERSION
    """Of the features and of this shape."""

    @property
    def rows(self) -> int:
        """How many answers all of this was fitted on."""
        return sum(model.rows for model in self.models.values())
