"""What one request's models were asked, and the ballots that came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ensemble.candidate import Usage
from ensemble.cascade.tier_run import TierRun
from ensemble.engines.engine import GenerationRequest
from ensemble.policy.policy import Policy
from ensemble.voting.vote import Ballot, Election, elect


class CandidatePool:
    """The runs of a request's tiers and all their ballots, in the order in which they came."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.runs: list[TierRun] = []
        self.ballots: list[Ballot] = []

    @property
    def usage(self) -> Usage:
        """What all runs together have cost so far."""
        return sum((run.usage for run in self.runs), Usage())

    @property
    def last_tier(self) -> int:
        """The index of the tier that was asked last; 0 if none was."""
        return self.runs[-1].number if self.runs else 0

    @property
    def generation_requests(self) -> Mapping[str, GenerationRequest]:
        """What each model was asked last, whose prompt its cache holds."""
        asked = ((run.tier.model, run.generation_request) for run in self.runs)
        return {model: request for model, request in asked if request is not None}

    def election(
        self, ballots: Iterable[Ballot] | None = None, outstanding: float = 0.0
    ) -> Election:
        """Return the count of these ballots, of all there are if none are given; `outstanding` is
        the weight of candidates that have not finished."""
        counted = self.ballots if ballots is None else ballots
        return elect(counted, outstanding, vote_chars=self._policy.vote_chars)

    def proposals(self, most: int) -> tuple[str, ...]:
        """Return the texts that a fusing model sees: one for each of so many groups, the strongest
        first."""
        groups = self.election().groups[:most] if most else ()
        return tuple(group.speaker.text for group in groups)
