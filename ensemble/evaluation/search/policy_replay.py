"""Replaying policies on what was heard, as pure functions: the product's own vote and rules."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from ensemble.evaluation.search.ballots import TaskBallots
from ensemble.policy.policy import Policy, Route, Tier
from ensemble.reward.candidate_features import ElectionContext
from ensemble.reward.reranking import Reranked, objection_to_reward
from ensemble.reward.reward_model import Reward
from ensemble.routing.route import route
from ensemble.voting.deferral import Decision, Ruling, decide, objection_to_showing
from ensemble.voting.vote import TESTS, Ballot, Election, best_refused, elect
from ensemble.voting.vote_key import key_of


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a policy makes of one task.

    `text` is what it would show if it must show something, and `score` what its minimum is
    compared with: the share of the votes or, with a reward, the reward. `settled` says that no
    minimum stands between it and the user: visible tests passed it or, without a reward, a tier
    decided. `shown`: the policy shows it. `cost` is relative, `asked` the number of tiers.
    """

    text: str
    score: float
    settled: bool
    shown: bool
    right: bool
    cost: float
    asked: int


@dataclass(frozen=True, slots=True)
class Climb:
    """How far a policy went with one task: the last election, what it was ruled to mean, the
    relative cost, and the number of tiers asked."""

    heard: TaskBallots
    way: Route
    election: Election
    finding: Decision
    cost: float
    asked: int

    def weighed(self, reward: Reward | None) -> Reranked:
        """Return what the election's groups are worth."""
        return Reranked(self.election, ElectionContext(self.heard.hole, self.way.extent), reward)


class Replayer:
    """Replays policies on the same hearings; elections that several policies have in common are
    held once.

    The same policy gives the same outcome as the cascade does for a request without deadline: a
    test compares them. Its tiers must draw once, its selection must be by text, and no model may
    see or judge what others wrote, for that was not heard.
    """

    def __init__(self, hearings: Sequence[TaskBallots]) -> None:
        self.hearings = tuple(hearings)
        self._routes: dict[Hashable, Route] = {}
        self._elections: dict[Hashable, Election] = {}
        self._keys: dict[Hashable, Hashable] = {}

    def outcomes(self, policy: Policy, reward: Reward | None = None) -> list[Replayed]:
        """Return what the policy makes of each hearing, with this reward for its own."""
        return [_concluded(climb, policy, reward) for climb in self.climbs(policy)]

    def climbs(self, policy: Policy) -> Iterator[Climb]:
        """Yield how the policy asks and counts for each hearing; a reward changes none of it."""
        return (self._climb(index, policy) for index in range(len(self.hearings)))

    def _climb(self, index: int, policy: Policy) -> Climb:
        heard, way = self.hearings[index], self._route(index, policy)
        election, finding = elect(()), Decision(Ruling.ESCALATE, "")
        asked: list[int] = []
        spent = cost = 0.0
        for number, tier in enumerate(policy.tiers):
            if not policy.affords(tier, spent):
                continue
            asked.append(number)
            spent += tier.samples * tier.cost
            cost += len(heard.ballots[tier.model][: tier.samples]) * heard.cost[tier.model]
            election = self._election(index, policy, asked, way)
            finding = decide(election, way, number, policy)
            if finding.settles:
                break
        else:
            if election.winner is None and policy.last_resort:
                refused = best_refused(self._ballots(index, policy, asked, way), heard.passed)
                election = elect(refused, vote_chars=policy.vote_chars)
        return Climb(heard, way, election, finding, cost, len(asked))

    def _route(self, index: int, policy: Policy) -> Route:
        heard = self.hearings[index]
        known = (index, policy.gates, policy.tested_extents)
        if known not in self._routes:
            way = route(heard.request, policy)
            judged = TESTS in way.gates and heard.judged
            self._routes[known] = msgspec.structs.replace(way, judged=judged)
        return msgspec.structs.replace(self._routes[known], tiers=policy.tiers)

    def _election(self, index: int, policy: Policy, asked: Sequence[int], way: Route) -> Election:
        tiers = [policy.tiers[number] for number in asked]
        known = (
            index, TESTS in way.gates, policy.key, policy.vote_chars,
            tuple((n, t.model, t.samples) for n, t in zip(asked, tiers, strict=True)),
            tuple((policy.weight(t.model), policy.place(t.model)) for t in tiers),
        )  # fmt: skip
        if known not in self._elections:
            ballots = self._ballots(index, policy, asked, way)
            self._elections[known] = elect(ballots, vote_chars=policy.vote_chars)
        return self._elections[known]

    def _ballots(
        self, index: int, policy: Policy, asked: Iterable[int], way: Route
    ) -> tuple[Ballot, ...]:
        return tuple(
            ballot
            for number in asked
            for ballot in self._of_tier(index, policy, number, policy.tiers[number], way)
        )

    def _of_tier(
        self, index: int, policy: Policy, number: int, tier: Tier, way: Route
    ) -> Iterable[Ballot]:
        heard = self.hearings[index]
        for ballot in heard.ballots[tier.model][: tier.samples]:
            said = heard.tests.get(ballot.text) if TESTS in way.gates else None
            stands = said is not None and not ballot.failed and not ballot.silent
            yield replace(
                ballot,
                key=self._key(index, policy, ballot),
                verdicts=(*ballot.verdicts, said) if stands and said else ballot.verdicts,
                weight=policy.weight(tier.model),
                place=policy.place(tier.model),
                tier=number,
            )

    def _key(self, index: int, policy: Policy, ballot: Ballot) -> Hashable:
        if ballot.failed or ballot.silent:
            return None
        known = (index, policy.key, ballot.text)
        if known not in self._keys:
            self._keys[known] = key_of(policy.key)(self.hearings[index].hole, ballot.text)
        return self._keys[known]


def _concluded(climb: Climb, policy: Policy, reward: Reward | None) -> Replayed:
    """Say what is shown. A policy without a minimum must answer, if only with nothing."""
    finding, weighed = climb.finding, climb.weighed(reward)
    decided = finding.ruling is Ruling.DECIDED
    silent = finding.settles and not decided
    election = climb.election if decided else weighed.reordered
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
        right=climb.heard.right[text],
        cost=climb.cost,
        asked=climb.asked,
    )


def _score(weighed: Reranked, election: Election) -> float:
    """Return how sure one may be of the election's winner."""
    if election.winner is None or not weighed.judgments:
        return election.share
    return weighed.judgments[election.winner.text].reward
