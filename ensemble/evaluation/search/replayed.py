"""What a policy makes of one task: how far it goes, and what it then shows."""

from __future__ import annotations

from dataclasses import dataclass

from ensemble.evaluation.search.ballots import TaskBallots
from ensemble.policy.policy import Policy, Route
from ensemble.reward.candidate_features import ElectionContext
from ensemble.reward.reranking import Reranked, objection_to_reward
from ensemble.reward.reward_model import Reward
from ensemble.voting.deferral import Decision, Ruling, objection_to_showing
from ensemble.voting.vote import Election


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a policy makes of one task."""

    text: str
    """What it would show if it must show something."""
    score: float
    """What its minimum is compared with: the share of the votes or, with a reward, the reward."""
    settled: bool
    """Whether it is shown whatever the minimum: visible tests passed it or, without a reward, a
    tier decided."""
    shown: bool
    """Whether the policy shows it."""
    right: bool
    """Whether it is right."""
    cost: float
    """The relative compute of all calls."""
    asked: int
    """The number of tiers that were asked."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """How far a policy went with one task, tier by tier."""

    of_task: TaskBallots
    """The task and the ballots on it."""
    route: Route
    """What the request may spend."""
    election: Election
    """The election after the last tier that was asked."""
    decision: Decision
    """What that election means."""
    cost: float
    """The relative compute of all calls."""
    asked: int
    """The number of tiers that were asked."""

    def weighed(self, reward: Reward | None) -> Reranked:
        """Return what the election's groups are worth."""
        context = ElectionContext(self.of_task.hole, self.route.extent)
        return Reranked(self.election, context, reward)


def concluded_replay(found: Escalation, policy: Policy, reward: Reward | None) -> Replayed:
    """Say what is shown. A policy without a minimum must answer, if only with the empty text."""
    decision, weighed = found.decision, found.weighed(reward)
    decided = decision.ruling is Ruling.DECIDED
    silent = decision.settles and not decided
    election = found.election if decided else weighed.reordered
    winner = None if silent else election.winner
    objection = None if decided else objection_to_showing(election, policy)
    objection = objection or objection_to_reward(weighed, election, policy.minimum_reward)
    may_show = objection is None and not silent
    shown = may_show or max(policy.minimum_agreement, policy.minimum_reward) <= 0
    text = winner.text if winner is not None and (may_show or not shown) else ""
    return Replayed(
        text=text,
        score=_score(weighed, election) if winner is not None else 0.0,
        settled=winner is not None and (winner.tested or (decided and reward is None)),
        shown=shown,
        right=found.of_task.right[text],
        cost=found.cost,
        asked=found.asked,
    )


def _score(weighed: Reranked, election: Election) -> float:
    """Return how sure one may be of the election's winner."""
    if election.winner is None or not weighed.judgments:
        return election.share
    return weighed.judgments[election.winner.text].reward
