"""What the router has learned: for each model a logistic regression over a hole's features."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

VERSION = 1
"""Of the features and of this shape. Weights of another version are not used."""


class ModelWeights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How likely one model's answer is right, or will be accepted.

    `cost` is what one call costs, relative to others; `rows` how many answers this was fitted on.
    `identity` tells models of one name apart, "" if only the name is known.
    """

    intercept: float
    weights: dict[str, float]
    cost: float = 1.0
    rows: int = 0
    identity: str = ""

    def chance(self, features: Mapping[str, float]) -> float:
        """Return the probability, 0 to 1. Features that were never seen weigh nothing."""
        weights = self.weights
        score = self.intercept + sum(
            value * weights.get(name, 0.0) for name, value in features.items()
        )
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


class RouterWeights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that a router needs to decide.

    `price` is the probability that the dearest model must have over another one to be asked first,
    per share of its cost that this saves. An automatic request whose best chance is below
    `silence` is not answered at all; 0 answers always. `fitted_on` says on what.
    """

    models: dict[str, ModelWeights]
    price: float = 0.1
    silence: float = 0.0
    fitted_on: str = ""
    version: int = VERSION

    @property
    def rows(self) -> int:
        """How many answers all of this was fitted on."""
        return sum(model.rows for model in self.models.values())
