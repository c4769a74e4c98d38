"""Fitting one policy to tasks, with a reward and a threshold where a risk is to be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf

import msgspec

from ensemble.errors import TooLittle
from ensemble.evaluation.members import Member
from ensemble.evaluation.search.ballots import TaskBallots
from ensemble.evaluation.search.best_policy import (
    WORTH_A_CHANGE,
    Goal,
    NothingFits,
    best_policy,
    shown_right,
    threshold,
)
from ensemble.evaluation.search.policy_replay import Replayer
from ensemble.evaluation.search.policy_reward import reward_for
from ensemble.evaluation.search.replayed import Replayed
from ensemble.evaluation.search.risk_control import NOTHING
from ensemble.linear.cross_validation import folds_of
from ensemble.policy.policy import Policy
from ensemble.reward.reward_model import Reward

FOLDS = 3

PolicyWithReward = tuple[Policy, Reward | None]
PolicyFitter = Callable[[Sequence[TaskBallots]], PolicyWithReward]
"""Fits a policy to tasks, and a reward for it or none. Raises NothingFits or TooLittle."""


def fitted_policy(
    ballots: Sequence[TaskBallots], members: Sequence[Member], goal: Goal
) -> PolicyWithReward:
    """Return the policy that is best on these tasks. Raises NothingFits.

    With a risk its minimum is one of agreement, or of a reward if so more right ones are shown by a
    difference that is not chance. To be sure by its share of the votes a policy must let few tiers
    decide; a reward weighs what that policy says which is most often right. Where it must always
    answer, a reward found nothing better in cross-validation.
    """
    if goal.risk is None:
        return best_policy(ballots, members, goal), None
    freely = replace(goal, risk=None)

    def by_share(some: Sequence[TaskBallots]) -> PolicyWithReward:
        return best_policy(some, members, goal), None

    def by_reward(some: Sequence[TaskBallots]) -> PolicyWithReward:
        policy = best_policy(some, members, freely)
        return policy, reward_for(policy, Replayer(some))

    share, reward = (_cross_fitted(fitter, ballots, goal) for fitter in (by_share, by_reward))
    gain = max(1.0, WORTH_A_CHANGE * len(ballots))
    chosen = reward if reward.shown_right > share.shown_right + gain else share
    policy, own_reward = chosen.fitter(ballots)
    # The folds' rewards are other rewards: what is enough of theirs must be enough of this one.
    own = threshold(Replayer(ballots).outcomes(policy, own_reward), ballots, goal)
    least = max(chosen.threshold, own) if own_reward is not None else chosen.threshold
    return with_threshold(policy, least, by_reward=own_reward is not None), own_reward


@dataclass(frozen=True, slots=True)
class _CrossFitted:
    """A way to fit policies, and what it comes to on problems that were held out."""

    fitter: PolicyFitter
    """The way to fit them."""
    shown_right: float
    """How many right ones are shown; minus infinity where none may be."""
    threshold: float
    """The score from which on they are shown."""


def _cross_fitted(fitter: PolicyFitter, ballots: Sequence[TaskBallots], goal: Goal) -> _CrossFitted:
    """Answer each fold by what is fitted to the others; all these answers together calibrate the
    threshold (cross-conformal prediction, Vovk 2015)."""
    outcomes: list[Replayed] = []
    answered: list[TaskBallots] = []
    try:
        for others, held_out in folds(ballots, FOLDS, goal.seed + 1):
            outcomes += Replayer(held_out).outcomes(*fitter(others))
            answered += held_out
    except (NothingFits, TooLittle):
        return _CrossFitted(fitter, -inf, NOTHING)
    least = threshold(outcomes, answered, goal)
    return _CrossFitted(fitter, shown_right(outcomes, least), least)


def with_threshold(policy: Policy, score: float, *, by_reward: bool = False) -> Policy:
    """Return the policy that shows what reaches this score. Raises NothingFits for `NOTHING`."""
    if score == NOTHING:
        raise NothingFits("even what the tiers decide is wrong too often for this risk")
    # Above 1 not even the surest score is enough. Scores are computed anew for every request, so
    # their last digits must not matter.
    minimum = 1.01 if score > 1 else max(0.001, round(score - 5e-4, 3))
    name = "minimum_reward" if by_reward else "minimum_agreement"
    return msgspec.structs.replace(policy, **{name: minimum})


def folds(
    ballots: Sequence[TaskBallots], count: int, seed: int
) -> Iterable[tuple[list[TaskBallots], list[TaskBallots]]]:
    """Yield the tasks without and of each fold. Holes of a problem stay together."""
    for fold in folds_of((of_task.task.cluster for of_task in ballots), count, seed):
        yield (
            [of_task for of_task in ballots if of_task.task.cluster not in fold],
            [of_task for of_task in ballots if of_task.task.cluster in fold],
        )
