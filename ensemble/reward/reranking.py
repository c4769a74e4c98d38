"""The reward at work on one request: it puts an election's groups in order, and says which of them
is not worth showing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from ensemble.errors import RewardRefused
from ensemble.linear.linear_scorer import Features
from ensemble.policy.policy import Policy
from ensemble.reward.candidate_features import ElectionContext, candidate_features
from ensemble.reward.reward_files import load
from ensemble.reward.reward_model import Reward, RewardScore
from ensemble.voting.vote import Ballot, Election


@dataclass(frozen=True)
class Reranked:
    """An election and what its groups are worth, computed when it is asked for."""

    election: Election
    """The vote as it stands."""
    context: ElectionContext
    """What is known beside the ballots."""
    reward: Reward | None
    """What judges the groups; None leaves the vote as it is."""

    @cached_property
    def features(self) -> Mapping[str, Features]:
        """The features of each group, by the text of its speaker. Candidates that are still being
        written do not count as dissent."""
        closed = replace(self.election, outstanding=0.0)
        texts = [group.speaker.text for group in self.election.groups]
        return dict(zip(texts, candidate_features(closed, self.context), strict=True))

    @cached_property
    def judgments(self) -> Mapping[str, RewardScore]:
        """The score of each group, by the text of its speaker; none without a reward."""
        if self.reward is None:
            return {}
        return {text: self.reward.judge(found) for text, found in self.features.items()}

    @property
    def reordered(self) -> Election:
        """The election with its groups ordered by their rewards, as far as visible tests leave
        that open; as it was where there is no reward."""
        if not self.judgments:
            return self.election
        groups = sorted(self.election.groups, key=lambda group: self._rank(group.speaker))
        return replace(self.election, groups=tuple(groups))

    def _rank(self, speaker: Ballot) -> tuple[bool, float]:
        return not speaker.tested, -self.judgments[speaker.text].reward


class Reranker:
    """Reorders the elections of one request by the reward that its policy names.

    Without a reward, and with one that is refused (then `refusal` says why), the vote stands.
    """

    def __init__(self, policy: Policy, context: ElectionContext) -> None:
        self._context = context
        self._minimum = policy.minimum_reward
        self._reward: Reward | None = None
        self.refusal = ""
        if policy.reward:
            try:
                self._reward = load(policy.reward, (tier.model for tier in policy.tiers))
            except RewardRefused as refusal:
                self.refusal = str(refusal)

    def take_likelihoods(self, others: Mapping[str, float]) -> None:
        """Take into account from now on how likely other models find texts."""
        self._context = replace(self._context, others=others)

    def weighed(self, election: Election) -> Reranked:
        """Return the election with what its groups are worth."""
        return Reranked(election, self._context, self._reward)

    def objection(self, weighed: Reranked, election: Election) -> str | None:
        """Return why the winner of `election`, which holds the same groups, must not be shown, or
        None. What passed visible tests needs no reward."""
        return objection_to_reward(weighed, election, self._minimum)


def objection_to_reward(weighed: Reranked, election: Election, minimum: float) -> str | None:
    """Return why the winner of `election`, which holds the groups of `weighed`, is worth too little
    to be shown, or None."""
    winner = election.winner
    if winner is None or winner.tested or not weighed.judgments:
        return None
    reward = weighed.judgments[winner.text].reward
    if reward >= minimum:
        return None
    return f"reward {reward:.2f} is below {minimum:.2f}"
