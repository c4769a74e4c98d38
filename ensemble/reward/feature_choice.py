"""Which features a reward looks at: those with which held-out problems are predicted best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log
from statistics import fmean

from ensemble.errors import TooLittle
from ensemble.linear.cross_validation import best_ridge, held_out_loss
from ensemble.linear.feature_table import FeatureTable, varying
from ensemble.reward.candidate_features import BY_MODEL, family_of
from ensemble.reward.reward_rows import RewardRow

_RIDGES = (1.0, 3.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class FeatureChoice:
    """The penalty and the features with which held-out problems are predicted best."""

    ridge: float
    """The penalty on squared weights."""
    names: tuple[str, ...]
    """The features that stay."""
    loss: float
    """The mean loss of these predictions, in nats."""
    removed: tuple[str, ...] = ()
    """The families of features that were removed, the least useful first."""


def choose_features(rows: Sequence[RewardRow], *, by_model: bool = True) -> FeatureChoice:
    """Return the penalty and the features that predict held-out problems best.

    One family of features after the other leaves, always the one without which the prediction is
    best, as long as that is no worse than with it (backward elimination: Guyon and Elisseeff 2003,
    section 4). Raises TooLittle if knowing the features is no better than knowing only how many
    rows are right.
    """
    names = varying([row.features for row in rows])
    names = [name for name in names if by_model or not name.startswith(BY_MODEL)]
    table = table_of(rows, names)
    choice = _with_best_ridge(table, FeatureChoice(0.0, tuple(names), 0.0))
    while len(families := {family_of(name) for name in choice.names}) > 1:
        removals = [_without(table, choice, family) for family in sorted(families)]
        best = min(removals, key=lambda removal: removal.loss)
        if best.loss > choice.loss:
            break
        choice = best
    choice = _with_best_ridge(table, choice)
    right = fmean(row.right for row in rows)
    if choice.loss >= -right * log(right) - (1 - right) * log(1 - right):
        raise TooLittle("nothing that is known of these candidates tells the right from the wrong")
    return choice


def table_of(rows: Sequence[RewardRow], names: Sequence[str]) -> FeatureTable:
    """Return rows as a table of the features with these names."""
    return FeatureTable.of(
        [row.features for row in rows],
        [row.right for row in rows],
        [row.problem for row in rows],
        names,
    )


def _with_best_ridge(table: FeatureTable, choice: FeatureChoice) -> FeatureChoice:
    ridge, loss = best_ridge(table, choice.names, _RIDGES)
    return replace(choice, ridge=ridge, loss=loss)


def _without(table: FeatureTable, choice: FeatureChoice, family: str) -> FeatureChoice:
    names = tuple(name for name in choice.names if family_of(name) != family)
    loss = held_out_loss(table, names, choice.ridge)
    return FeatureChoice(choice.ridge, names, loss, (*choice.removed, family))
