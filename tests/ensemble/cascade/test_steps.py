"""Which steps follow the vote, and in which order, as a policy asks for them."""

from __future__ import annotations

from typing import Any

import pytest

from code_checks.hole import Extent
from ensemble.cascade.candidate_pool import CandidatePool
from ensemble.cascade.candidate_tests import CandidateTests
from ensemble.cascade.steps import steps_after_vote
from ensemble.policy.policy import Policy, Tier
from ensemble.request import CompletionRequest
from ensemble.reward.candidate_features import ElectionContext
from ensemble.reward.reranking import Reranker
from ensemble.routing.route import route
from ensemble.trace.trace import Journal
from tests.ensemble.cascade.cases import HOLE

STEPS = [
    ({}, ["BehaviorVote"]),
    ({"last_resort": True}, ["BehaviorVote", "LastResort"]),
    ({"ranked_by": "small"}, ["BehaviorVote", "ListwiseRanking"]),
    ({"opinions": True}, ["BehaviorVote", "CrossLikelihoods"]),
    (
        {"opinions": True, "ranked_by": "small", "last_resort": True},
        ["BehaviorVote", "LastResort", "ListwiseRanking", "CrossLikelihoods"],
    ),
]


@pytest.mark.parametrize(("fields", "names"), STEPS)
async def test_a_policys_steps(fields: dict[str, Any], names: list[str]) -> None:
    policy, request, journal = (
        Policy((Tier("small"),), **fields),
        CompletionRequest(HOLE, deadline=60.0),
        Journal(),
    )
    pool = CandidatePool(policy)
    tests = CandidateTests(request, route(request, policy), policy, journal)
    reranker = Reranker(policy, ElectionContext(HOLE, Extent.LINE))
    steps = steps_after_vote(policy, pool, tests, reranker, {}, 0.0, journal)
    assert [type(step).__name__ for step in steps] == names
    election = pool.election()
    for step in steps:
        assert await step(election) == election, "there is nothing to count or to order"
    assert journal.steps == ()
