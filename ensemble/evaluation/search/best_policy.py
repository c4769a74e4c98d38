"""The choice of a policy: the best of a small space on tasks whose answers are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from statistics import fmean

import msgspec
import numpy as np

from code_checks.hole import Extent
from ensemble.evaluation.members import Member
from ensemble.evaluation.search.ballots import TaskBallots
from ensemble.evaluation.search.policy_replay import Replayer
from ensemble.evaluation.search.policy_space import ModelAccuracy, beginnings, neighbors
from ensemble.evaluation.search.replayed import Replayed
from ensemble.evaluation.search.risk_control import (
    NOTHING,
    certain_threshold,
    conformal_mean,
    conformal_threshold,
)
from ensemble.policy.policy import Policy

_DESCENTS = 4
"""How many of the best beginnings are refined, each with other models."""
_ROUNDS = 6
WORTH_A_CHANGE = 0.01
"""A difference of this share of the tasks is chance: a refinement must bring more, and of policies
that differ less the cheapest is taken. In cross-validation on recorded one-line holes, refining for
less, or for a saving at as many right ones, cost 2.5 points on problems held back."""
_SETTLED = 2.0
"""The score of what is shown whatever the minimum; agreement is at most 1."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a policy is to reach."""

    budget: float = inf
    """The most expected relative compute of a task."""
    risk: float | None = None
    """The most, 0 to 1, of what the policy shows that may be wrong: it stays silent where needed.
    None for a policy that always answers."""
    certainty: float | None = None
    """The probability with which the risk is kept; None keeps it in expectation."""
    as_target: bool = False
    """Whether tasks of a problem are taken for independent, which promises less and shows more."""
    tests: bool = True
    """Whether a function's visible tests may be run on lines and blocks, too."""
    seed: int = 0
    """Draws the splits."""


class NothingFits(Exception):
    """No policy reaches the goal; the message says what the nearest one would need."""


def threshold(outcomes: Sequence[Replayed], ballots: Sequence[TaskBallots], goal: Goal) -> float:
    """Return the lowest score from which on the goal's risk is kept, `NOTHING` if there is none."""
    scores = [_SETTLED if outcome.settled else outcome.score for outcome in outcomes]
    right = [outcome.right for outcome in outcomes]
    risk = goal.risk or 0.0
    problems = None if goal.as_target else [of_task.task.cluster for of_task in ballots]
    if goal.certainty is None:
        return conformal_threshold(scores, right, risk, problems)
    return certain_threshold(scores, right, risk, 1 - goal.certainty, problems)


class _Search:
    """One search on the ballots of some tasks."""

    def __init__(
        self, ballots: Sequence[TaskBallots], accuracies: Mapping[str, ModelAccuracy], goal: Goal
    ) -> None:
        self._replayer, self._accuracies, self._goal = Replayer(ballots), accuracies, goal
        self._chance = WORTH_A_CHANGE * len(ballots)

    def value(self, policy: Policy) -> tuple[float, float]:
        """Return how many are right, as far as the goal lets them be shown, and the cost below
        zero; minus infinity where the policy is no choice."""
        outcomes = self._replayer.outcomes(policy)
        costs = [outcome.cost for outcome in outcomes]
        dearest = sum(tier.samples * tier.cost for tier in policy.tiers)
        if conformal_mean(costs, dearest) > self._goal.budget:
            return -inf, -fmean(costs)
        if self._goal.risk is None:
            return float(sum(outcome.right for outcome in outcomes)), -fmean(costs)
        least = threshold(outcomes, self._replayer.ballots, self._goal)
        return shown_right(outcomes, least), -fmean(costs)

    def refined(self, policy: Policy) -> tuple[tuple[float, float], Policy]:
        """Return the policy that is reached by improving one thing at a time."""
        best = self.value(policy)
        for _ in range(_ROUNDS):
            around = [(self.value(other), other) for other in neighbors(policy, self._accuracies)]
            better = [pair for pair in around if pair[0][0] >= best[0] + max(1.0, self._chance)]
            if not better:
                break
            best, policy = max(better, key=lambda pair: pair[0])
        return best, policy

    def cheapest_of_the_best(
        self, valued: Iterable[tuple[tuple[float, float], Policy]]
    ) -> tuple[tuple[float, float], Policy]:
        """Return the cheapest policy that is as good as the best one but for what is chance."""
        valued = list(valued)
        enough = max(value for (value, _), _ in valued) - self._chance
        near = [pair for pair in valued if pair[0][0] >= enough]
        return max(near, key=lambda pair: (pair[0][1], pair[0][0]))


def shown_right(outcomes: Sequence[Replayed], least: float) -> float:
    """Return how many right ones are shown from this score on; minus infinity where even what is
    settled is wrong too often to be shown."""
    if least == NOTHING:
        return -inf
    return float(sum(o.right for o in outcomes if o.settled or o.score >= least - 1e-6))


def best_policy(ballots: Sequence[TaskBallots], members: Sequence[Member], goal: Goal) -> Policy:
    """Return the policy that is best on these tasks, always answering. Raises NothingFits."""
    accuracies = accuracies_of(ballots, members)
    search = _Search(ballots, accuracies, goal)
    extents = tuple(Extent) if goal.tests else ()
    cautious = goal.risk is not None
    begun = beginnings(accuracies, extents, cautious=cautious)
    valued = [(search.value(policy), policy) for policy in begun]
    valued.sort(key=lambda pair: pair[0], reverse=True)
    of_models: dict[frozenset[str], Policy] = {}
    for _, policy in valued:
        of_models.setdefault(frozenset(tier.model for tier in policy.tiers), policy)
    if not cautious:
        valued += [search.refined(policy) for policy in list(of_models.values())[:_DESCENTS]]
    value, policy = search.cheapest_of_the_best(valued)
    if value[0] == -inf:
        wanted = [f"a budget of {goal.budget:g}"] if goal.budget < inf else []
        wanted += [f"a risk of {goal.risk:g}"] if goal.risk is not None else []
        raise NothingFits(f"no policy keeps {' and '.join(wanted)} on {len(ballots)} tasks")
    return _tidied(policy)


def _tidied(policy: Policy) -> Policy:
    """Return the policy without preferences for models that it does not ask."""
    asked = [tier.model for tier in policy.tiers]
    prefer = tuple(name for name in policy.prefer if name in asked)
    return msgspec.structs.replace(policy, prefer=prefer)


def accuracies_of(
    ballots: Sequence[TaskBallots], members: Sequence[Member]
) -> dict[str, ModelAccuracy]:
    """Return how often each model is right alone, by name."""
    return {member.name: _accuracy(ballots, member) for member in members}


def _accuracy(ballots: Sequence[TaskBallots], member: Member) -> ModelAccuracy:
    firsts = [
        (of_task, ballot) for of_task in ballots for ballot in of_task.ballots[member.name][:1]
    ]
    right = sum(of_task.right[ballot.text] for of_task, ballot in firsts)
    logprobs = [
        ballot.candidate.mean_logprob
        for _, ballot in firsts
        if ballot.candidate.mean_logprob is not None
    ]
    quintiles = np.quantile(logprobs, [0.2, 0.4, 0.6, 0.8]).tolist() if logprobs else []
    return ModelAccuracy(
        member,
        accuracy=(right + 1) / (len(ballots) + 2),
        confidences=tuple(round(value, 3) for value in quintiles),
    )
