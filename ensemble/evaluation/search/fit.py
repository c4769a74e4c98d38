"""Fitting a policy to tasks: which models to ask, in which order, and when to believe them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from ensemble.evaluation.grading import OnStep
from ensemble.evaluation.members import Member
from ensemble.evaluation.search.ballots import TaskBallots
from ensemble.evaluation.search.best_policy import Goal, NothingFits, accuracies_of
from ensemble.evaluation.search.policy_fitting import FOLDS, fitted_policy, folds
from ensemble.evaluation.search.policy_replay import Replayer
from ensemble.evaluation.search.policy_space import ModelAccuracy
from ensemble.evaluation.search.replayed import Replayed
from ensemble.policy.policy import Policy
from ensemble.reward.reward_model import Reward


@dataclass(frozen=True, slots=True)
class FitFigures:
    """What a policy reaches on some tasks."""

    tasks: int
    """How many tasks."""
    right: float
    """The part of them, 0 to 1, for which what is shown is right."""
    shown: float
    """The part of them for which something is shown."""
    right_of_shown: float
    """The part of those shown that is right; 1 where nothing is shown."""
    cost: float
    """The mean relative compute of a task."""


@dataclass(frozen=True, slots=True)
class FittedPolicy:
    """A fitted policy, and what it reaches."""

    policy: Policy
    """The policy."""
    reward: Reward | None
    """Its reward, if it has one."""
    fitted: FitFigures
    """What it reaches on the tasks that it was fitted to."""
    validated: FitFigures
    """What policies fitted in the same way reach on tasks of problems that were held out
    (cross-validation by problem)."""
    accuracies: Mapping[str, ModelAccuracy]
    """What was measured of each model alone, by name."""
    problems: int
    """The number of problems that it was fitted to."""


def fit_policy(
    ballots: Sequence[TaskBallots],
    members: Sequence[Member],
    goal: Goal,
    on_step: OnStep = lambda stage, done, total: None,
) -> FittedPolicy:
    """Return the policy that is most often right within the goal. Raises NothingFits.

    Deterministic: the same ballots and goal give the same policy.
    """
    policy, reward = fitted_policy(ballots, members, goal)
    on_step("validating", 0, FOLDS)
    outcomes: list[Replayed] = []
    for number, (others, held_out) in enumerate(folds(ballots, FOLDS, goal.seed), start=1):
        try:
            outcomes += Replayer(held_out).outcomes(*fitted_policy(others, members, goal))
        except NothingFits:
            continue
        finally:
            on_step("validating", number, FOLDS)
    return FittedPolicy(
        policy=policy,
        reward=reward,
        fitted=figures(Replayer(ballots).outcomes(policy, reward)),
        validated=figures(outcomes),
        accuracies=accuracies_of(ballots, members),
        problems=len({of_task.task.cluster for of_task in ballots}),
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
