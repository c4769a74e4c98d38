"""Fitting a policy to tasks: which models to ask, in which order, and when to believe them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from statistics import fmean

import msgspec

from ensemble.errors import TooLittle
from ensemble.evaluation.grading import OnStep
from ensemble.evaluation.members import Member
from ensemble.evaluation.search.ballots import TaskBallots
from ensemble.evaluation.search.best_policy import (
    WORTH_A_CHANGE,
    Goal,
    NothingFits,
    accuracies_of,
    best_policy,
    shown_right,
    threshold,
)
from ensemble.evaluation.search.policy_replay import Replayed, Replayer
from ensemble.evaluation.search.policy_reward import reward_for
from ensemble.evaluation.search.policy_space import ModelAccuracy
from ensemble.evaluation.search.risk_control import NOTHING
from ensemble.linear.cross_validation import folds_of
from ensemble.policy.policy import Policy
from ensemble.reward.reward_model import Reward

_FOLDS = 3

Made = tuple[Policy, Reward | None]
Maker = Callable[[Sequence[TaskBallots]], Made]
"""Makes a policy, and a reward for it or none, from hearings. Raises NothingFits or TooLittle."""


@dataclass(frozen=True, slots=True)
class FitFigures:
    """What a policy reaches: shares of `tasks` that are right and shown, of those shown that are
    right (1 where nothing is shown), and the mean relative compute."""

    tasks: int
    right: float
    shown: float
    right_of_shown: float
    cost: float


@dataclass(frozen=True, slots=True)
class FittedPolicy:
    """A fitted policy with its reward, if it has one, what it reaches on the tasks that it was
    fitted on, and what policies fitted in the same way reach on tasks of problems that were held
    back (cross-validation by problem); `standings` is what was measured of each model alone."""

    policy: Policy
    reward: Reward | None
    fitted: FitFigures
    validated: FitFigures
    standings: Mapping[str, ModelAccuracy]
    problems: int


def fit(
    hearings: Sequence[TaskBallots],
    members: Sequence[Member],
    goal: Goal,
    on_step: OnStep = lambda stage, done, total: None,
) -> FittedPolicy:
    """Return the policy that is most often right within the goal. Raises NothingFits.

    Deterministic: the same hearings and goal give the same policy.
    """
    policy, reward = made(hearings, members, goal)
    on_step("validating", 0, _FOLDS)
    outcomes: list[Replayed] = []
    for number, (others, held_back) in enumerate(folds(hearings, _FOLDS, goal.seed), start=1):
        try:
            outcomes += Replayer(held_back).outcomes(*made(others, members, goal))
        except NothingFits:
            continue
        finally:
            on_step("validating", number, _FOLDS)
    return FittedPolicy(
        policy=policy,
        reward=reward,
        fitted=figures(Replayer(hearings).outcomes(policy, reward)),
        validated=figures(outcomes),
        standings=accuracies_of(hearings, members),
        problems=len({heard.task.cluster for heard in hearings}),
    )


def folds(
    hearings: Sequence[TaskBallots], count: int, seed: int
) -> Iterable[tuple[list[TaskBallots], list[TaskBallots]]]:
    """Yield the hearings without and of each fold. Holes of a problem stay together."""
    for fold in folds_of((heard.task.cluster for heard in hearings), count, seed):
        yield (
            [heard for heard in hearings if heard.task.cluster not in fold],
            [heard for heard in hearings if heard.task.cluster in fold],
        )


def figures(outcomes: Sequence[Replayed]) -> FitFigures:
    """Return the figures of these outcomes."""
    if not outcomes:
        return FitFigures(0, 0.0, 0.0, 1.0, 0.0)
    shown = [outcome for outcome in outcomes if outcome.shown]
    return FitFigures(
        tasks=len(outcomes),
        right=sum(outcome.right for outcome in shown) / len(outcomes),
        shown=len(shown) / len(outcomes),
        right_of_shown=fmean(outcome.right for outcome in shown) if shown else 1.0,
        cost=fmean(outcome.cost for outcome in outcomes),
    )


def made(hearings: Sequence[TaskBallots], members: Sequence[Member], goal: Goal) -> Made:
    """Return the policy that is best on these hearings. Raises NothingFits.

    With a risk its minimum is one of agreement, or of a reward if so more right ones are shown by a
    difference that is not chance. To be sure by its share of the votes a policy must let few
    decide; a reward weighs what the policy says that is most often right. Where it must always
    answer, a reward found nothing better in cross-validation.
    """
    if goal.risk is None:
        return best_policy(hearings, members, goal), None
    freely = replace(goal, risk=None)

    def by_share(some: Sequence[TaskBallots]) -> Made:
        return best_policy(some, members, goal), None

    def by_reward(some: Sequence[TaskBallots]) -> Made:
        policy = best_policy(some, members, freely)
        return policy, reward_for(policy, Replayer(some))

    share, reward = (_tried(make, hearings, goal) for make in (by_share, by_reward))
    gain = max(1.0, WORTH_A_CHANGE * len(hearings))
    chosen = reward if reward.shown_right > share.shown_right + gain else share
    policy, weighing = chosen.make(hearings)
    # The folds' rewards are other rewards: what is enough of theirs must be enough of this one.
    own = threshold(Replayer(hearings).outcomes(policy, weighing), hearings, goal)
    least = max(chosen.least, own) if weighing is not None else chosen.least
    return with_threshold(policy, least, by_reward=weighing is not None), weighing


@dataclass(frozen=True, slots=True)
class _Tried:
    """A way to make policies, and what it comes to crosswise: how many right ones are shown, from
    which score on."""

    make: Maker
    shown_right: float
    least: float


def _tried(make: Maker, hearings: Sequence[TaskBallots], goal: Goal) -> _Tried:
    """Say what comes of it on problems that what answers them has not seen: each fold is answered
    by what is made of the others, and all these answers calibrate (cross-conformal, Vovk 2015)."""
    outcomes: list[Replayed] = []
    heard: list[TaskBallots] = []
    try:
        for others, held_back in folds(hearings, _FOLDS, goal.seed + 1):
            outcomes += Replayer(held_back).outcomes(*make(others))
            heard += held_back
    except (NothingFits, TooLittle):
        return _Tried(make, -inf, NOTHING)
    least = threshold(outcomes, heard, goal)
    return _Tried(make, shown_right(outcomes, least), least)


def with_threshold(policy: Policy, score: float, *, by_reward: bool = False) -> Policy:
    """Return the policy that shows what reaches this score. Raises NothingFits for `NOTHING`."""
    if score == NOTHING:
        raise NothingFits("even what the tiers decide is wrong too often for this risk")
    # Above 1 not even the surest score is enough. Scores are computed anew for every request, so
    # their last digits must not matter.
    minimum = 1.01 if score > 1 else max(0.001, round(score - 5e-4, 3))
    name = "minimum_reward" if by_reward else "minimum_agreement"
    return msgspec.structs.replace(policy, **{name: minimum})
