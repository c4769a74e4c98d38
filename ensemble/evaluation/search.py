"""Fitting a policy to tasks: which models to ask, in which order, and when to believe them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import msgspec

from ensemble.evaluation.members import Member
from ensemble.evaluation.risk_control import NOTHING
from ensemble.evaluation.scoring import OnStep
from ensemble.evaluation.search_choice import (
    Goal,
    NothingFits,
    best_policy,
    standings_of,
    threshold,
)
from ensemble.evaluation.search_hearing import Hearing
from ensemble.evaluation.search_replay import Outcome, Replayer
from ensemble.evaluation.search_space import Standing
from ensemble.policy import Policy

_FOLDS = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """What a policy reaches: shares of `tasks` that are right and shown, of those shown that are
    right (1 where nothing is shown), and the mean relative compute."""

    tasks: int
    right: float
    shown: float
    right_of_shown: float
    cost: float


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted policy, what it reaches on the tasks that it was fitted on, and what policies fitted
    in the same way reach on tasks of problems that were held back (cross-validation by problem);
    `standings` is what was measured of each model alone."""

    policy: Policy
    fitted: Figures
    validated: Figures
    standings: Mapping[str, Standing]
    problems: int


def fit(
    hearings: Sequence[Hearing],
    members: Sequence[Member],
    goal: Goal,
    on_step: OnStep = lambda stage, done, total: None,
) -> Fit:
    """Return the policy that is most often right within the goal. Raises NothingFits.

    Deterministic: the same hearings and goal give the same policy.
    """
    policy = _fitted(hearings, members, goal)
    on_step("validating", 0, _FOLDS)
    outcomes: list[Outcome] = []
    for number, (others, held_back) in enumerate(folds(hearings, _FOLDS, goal.seed), start=1):
        try:
            outcomes += Replayer(held_back).outcomes(_fitted(others, members, goal))
        except NothingFits:
            continue
        finally:
            on_step("validating", number, _FOLDS)
    return Fit(
        policy=policy,
        fitted=figures(Replayer(hearings).outcomes(policy)),
        validated=figures(outcomes),
        standings=standings_of(hearings, members),
        problems=len({heard.task.cluster for heard in hearings}),
    )


def folds(
    hearings: Sequence[Hearing], count: int, seed: int
) -> Iterable[tuple[list[Hearing], list[Hearing]]]:
    """Yield the hearings without and of each fold. Holes of a problem stay together."""
    problems = sorted({heard.task.cluster for heard in hearings})
    random.Random(seed).shuffle(problems)
    for number in range(count):
        held_back = set(problems[number::count])
        yield (
            [heard for heard in hearings if heard.task.cluster not in held_back],
            [heard for heard in hearings if heard.task.cluster in held_back],
        )


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """Return the figures of these outcomes."""
    if not outcomes:
        return Figures(0, 0.0, 0.0, 1.0, 0.0)
    shown = [outcome for outcome in outcomes if outcome.shown]
    return Figures(
        tasks=len(outcomes),
        right=sum(outcome.right for outcome in shown) / len(outcomes),
        shown=len(shown) / len(outcomes),
        right_of_shown=fmean(outcome.right for outcome in shown) if shown else 1.0,
        cost=fmean(outcome.cost for outcome in outcomes),
    )


def _fitted(hearings: Sequence[Hearing], members: Sequence[Member], goal: Goal) -> Policy:
    """Return the best policy; with a risk, its threshold comes from problems that the choice of the
    policies which answer them has not seen: each fold is answered by the policy that is best on the
    others, and all these answers calibrate (cross-conformal, Vovk 2015)."""
    policy = best_policy(hearings, members, goal)
    if goal.risk is None:
        return policy
    outcomes: list[Outcome] = []
    heard: list[Hearing] = []
    for others, held_back in folds(hearings, _FOLDS, goal.seed + 1):
        outcomes += Replayer(held_back).outcomes(best_policy(others, members, goal))
        heard += held_back
    return with_threshold(policy, threshold(outcomes, heard, goal))


def with_threshold(policy: Policy, score: float) -> Policy:
    """Return the policy that shows what reaches this score. Raises NothingFits for `NOTHING`."""
    if score == NOTHING:
        raise NothingFits("even what the tiers decide is wrong too often for this risk")
    # Above 1 not even unanimous votes are enough. A share is computed anew for every request, so
    # its last digits must not matter.
    minimum = 1.01 if score > 1 else max(0.001, round(score - 5e-4, 3))
    return msgspec.structs.replace(policy, minimum_agreement=minimum)
