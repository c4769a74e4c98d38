"""The steps that follow the vote where no tier has decided.

Each may count the ballots anew, or put the election's groups in another order. Which of them a
policy asks for is read here, once; the cascade only takes them one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ensemble.cascade.candidate_pool import CandidatePool
from ensemble.cascade.candidate_tests import CandidateTests
from ensemble.cascade.event_builders import voted
from ensemble.cascade.listwise_ranking import ranked_by_model
from ensemble.engines.engine import Engine
from ensemble.policy.policy import Policy
from ensemble.reward.cross_likelihood import likelihoods_of_others
from ensemble.reward.reranking import Reranker
from ensemble.trace.trace import Journal
from ensemble.voting.vote import Ballot, Election, best_refused


class ElectionStep(Protocol):
    """A step after the vote."""

    async def __call__(self, election: Election) -> Election:
        """Return the election as it stands after this step."""


@dataclass(frozen=True, slots=True)
class BehaviorVote:
    """Counts anew, by what the candidates do in tests that nobody vouches for, where that can be
    told. The model that was asked last writes the tests, if the request brings none."""

    pool: CandidatePool
    """The ballots of the request, and what its models were asked."""
    tests: CandidateTests
    """The tests of the request."""
    engines: Mapping[str, Engine]
    """The models by name."""
    deadline: float
    """On `time.monotonic`'s clock."""
    journal: Journal

    async def __call__(self, election: Election) -> Election:
        writer = self.engines.get(self.pool.runs[-1].tier.model) if self.pool.runs else None
        ballots = await self.tests.with_behaviors(self.pool.ballots, writer, self.deadline)
        return _recounted(election, self.pool, ballots, self.journal)


@dataclass(frozen=True, slots=True)
class LastResort:
    """Where no candidate passed all visible tests, takes those that passed most, unverified."""

    pool: CandidatePool
    """The ballots of the request, and what its models were asked."""
    tests: CandidateTests
    """The tests of the request."""
    journal: Journal

    async def __call__(self, election: Election) -> Election:
        if election.winner is not None:
            return election
        ballots = best_refused(self.pool.ballots, self.tests.passed)
        return _recounted(election, self.pool, ballots, self.journal)


@dataclass(frozen=True, slots=True)
class ListwiseRanking:
    """Has a model put the groups in the order in which it finds them likely."""

    model: str
    """The model that ranks."""
    pool: CandidatePool
    """The ballots of the request, and what its models were asked."""
    engines: Mapping[str, Engine]
    """The models by name."""
    journal: Journal

    async def __call__(self, election: Election) -> Election:
        engine = self.engines.get(self.model)
        request = self.pool.generation_requests.get(self.model)
        return await ranked_by_model(election, engine, request, self.journal)


@dataclass(frozen=True, slots=True)
class CrossLikelihoods:
    """Tells the reward how likely models find what others wrote; leaves the election as it is."""

    pool: CandidatePool
    """The ballots of the request, and what its models were asked."""
    engines: Mapping[str, Engine]
    """The models by name."""
    reranker: Reranker
    journal: Journal

    async def __call__(self, election: Election) -> Election:
        requests = self.pool.generation_requests
        likelihoods = await likelihoods_of_others(election, requests, self.engines, self.journal)
        self.reranker.take_likelihoods(likelihoods)
        return election


def steps_after_vote(
    policy: Policy,
    pool: CandidatePool,
    tests: CandidateTests,
    reranker: Reranker,
    engines: Mapping[str, Engine],
    deadline: float,
    journal: Journal,
) -> tuple[ElectionStep, ...]:
    """Return the steps that a policy asks for, in their order."""
    steps: list[ElectionStep] = [BehaviorVote(pool, tests, engines, deadline, journal)]
    if policy.last_resort:
        steps.append(LastResort(pool, tests, journal))
    if policy.ranked_by:
        steps.append(ListwiseRanking(policy.ranked_by, pool, engines, journal))
    if policy.opinions:
        steps.append(CrossLikelihoods(pool, engines, reranker, journal))
    return tuple(steps)


def _recounted(
    election: Election, pool: CandidatePool, ballots: tuple[Ballot, ...], journal: Journal
) -> Election:
    """Return the count of ballots that a step has changed, and note it; as it was otherwise."""
    if ballots == tuple(pool.ballots):
        return election
    counted = pool.election(ballots)
    journal.note(voted(pool.last_tier, counted))
    return counted
