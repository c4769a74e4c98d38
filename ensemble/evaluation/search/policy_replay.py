"""Replaying policies on ballots that were collected, as pure functions: the product's own vote and
rules."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace

import msgspec

from ensemble.evaluation.search.ballots import TaskBallots
from ensemble.evaluation.search.replayed import Escalation, Replayed, concluded_replay
from ensemble.policy.policy import Policy, Route, Tier
from ensemble.reward.reward_model import Reward
from ensemble.routing import route as router
from ensemble.voting.deferral import Decision, Ruling, decide
from ensemble.voting.vote import TESTS, Ballot, Election, best_refused, elect
from ensemble.voting.vote_key import key_of


class Replayer:
    """Replays policies on the same ballots; elections that several policies have in common are
    held once.

    The same policy gives the same outcome as the cascade does for a request without deadline: a
    test compares them. Its tiers must draw once, its selection must be by text, and no model may
    see or judge what others wrote, for such answers were not collected.
    """

    def __init__(self, ballots: Sequence[TaskBallots]) -> None:
        self.ballots = tuple(ballots)
        self._routes: dict[Hashable, Route] = {}
        self._elections: dict[Hashable, Election] = {}
        self._keys: dict[Hashable, Hashable] = {}

    def outcomes(self, policy: Policy, reward: Reward | None = None) -> list[Replayed]:
        """Return what the policy makes of each task, with this reward for its own."""
        return [concluded_replay(found, policy, reward) for found in self.escalations(policy)]

    def escalations(self, policy: Policy) -> Iterator[Escalation]:
        """Yield how the policy asks and counts for each task; a reward changes none of it."""
        return (self._escalation(index, policy) for index in range(len(self.ballots)))

    def _escalation(self, index: int, policy: Policy) -> Escalation:
        of_task, route = self.ballots[index], self._route(index, policy)
        election, decision = elect(()), Decision(Ruling.ESCALATE, "")
        asked: list[int] = []
        spent = cost = 0.0
        for number, tier in enumerate(policy.tiers):
            if not policy.affords(tier, spent):
                continue
            asked.append(number)
            spent += tier.samples * tier.cost
            cost += len(of_task.ballots[tier.model][: tier.samples]) * of_task.cost[tier.model]
            election = self._election(index, policy, asked, route)
            decision = decide(election, route, number, policy)
            if decision.settles:
                break
        else:
            if election.winner is None and policy.last_resort:
                cast = self._cast(index, policy, asked, route)
                refused = best_refused(cast, of_task.passed)
                election = elect(refused, vote_chars=policy.vote_chars)
        return Escalation(of_task, route, election, decision, cost, len(asked))

    def _route(self, index: int, policy: Policy) -> Route:
        of_task = self.ballots[index]
        known = (index, policy.gates, policy.tested_extents)
        if known not in self._routes:
            route = router.route(of_task.request, policy)
            judged = TESTS in route.gates and of_task.judged
            self._routes[known] = msgspec.structs.replace(route, judged=judged)
        return msgspec.structs.replace(self._routes[known], tiers=policy.tiers)

    def _election(self, index: int, policy: Policy, asked: Sequence[int], route: Route) -> Election:
        tiers = [policy.tiers[number] for number in asked]
        known = (
            index, TESTS in route.gates, policy.key, policy.vote_chars,
            tuple((n, t.model, t.samples) for n, t in zip(asked, tiers, strict=True)),
            tuple((policy.weight(t.model), policy.place(t.model)) for t in tiers),
        )  # fmt: skip
        if known not in self._elections:
            cast = self._cast(index, policy, asked, route)
            self._elections[known] = elect(cast, vote_chars=policy.vote_chars)
        return self._elections[known]

    def _cast(
        self, index: int, policy: Policy, asked: Iterable[int], route: Route
    ) -> tuple[Ballot, ...]:
        """Return the ballots of the tiers that were asked."""
        return tuple(
            ballot
            for number in asked
            for ballot in self._of_tier(index, policy, number, policy.tiers[number], route)
        )

    def _of_tier(
        self, index: int, policy: Policy, number: int, tier: Tier, route: Route
    ) -> Iterable[Ballot]:
        of_task = self.ballots[index]
        for ballot in of_task.ballots[tier.model][: tier.samples]:
            verdict = of_task.tests.get(ballot.text) if TESTS in route.gates else None
            counts = not ballot.failed and not ballot.silent
            yield replace(
                ballot,
                key=self._key(index, policy, ballot),
                verdicts=(*ballot.verdicts, verdict) if verdict and counts else ballot.verdicts,
                weight=policy.weight(tier.model),
                place=policy.place(tier.model),
                tier=number,
            )

    def _key(self, index: int, policy: Policy, ballot: Ballot) -> Hashable:
        if ballot.failed or ballot.silent:
            return None
        known = (index, policy.key, ballot.text)
        if known not in self._keys:
            self._keys[known] = key_of(policy.key)(self.ballots[index].hole, ballot.text)
        return self._keys[known]
