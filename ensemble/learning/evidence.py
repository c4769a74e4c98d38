"""Learning from one's own outcomes: what the router and the reward make of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ensemble.learning.outcomes import SuggestionOutcome
from ensemble.learning.router_fitting import RouterObjective, fit_router
from ensemble.learning.router_rows import RouterRow
from ensemble.policy.router_weights import RouterWeights
from ensemble.reward.reward_rows import RewardRow

_SILENCE_PRECISION = 0.95
_RIGHT = 0.5
_STRETCH = 10
"""Outcomes in a row that were probably made in one document and are not independent."""


def evidence(outcomes: Iterable[SuggestionOutcome]) -> list[RouterRow]:
    """Return what the router may learn from: where a model's text was shown, how right it was."""
    return [
        RouterRow(outcome.features, {outcome.model: worth}, f"{number // _STRETCH}")
        for number, outcome in enumerate(outcomes)
        if outcome.features and (worth := outcome.worth) is not None
    ]


def reward_evidence(outcomes: Iterable[SuggestionOutcome]) -> list[RewardRow]:
    """Return what a reward may learn from: whether the text that was shown was right."""
    return [
        RewardRow(outcome.reward_features, worth >= _RIGHT, f"{number}", f"{number // _STRETCH}")
        for number, outcome in enumerate(outcomes)
        if outcome.reward_features and (worth := outcome.worth) is not None
    ]


def learn_router(
    outcomes: Sequence[SuggestionOutcome], costs: Mapping[str, float], identities: Mapping[str, str]
) -> RouterWeights | None:
    """Return a router for the models of `costs`; None if there is too little to learn from.

    It is known which model answered where, but not which other model would have been right there,
    so that cost keeps its default price.
    """
    rows = evidence(outcomes)
    objective = RouterObjective(silence_precision=_SILENCE_PRECISION, identities=identities)
    return fit_router(rows, costs, f"{len(rows)} local outcomes", objective)
