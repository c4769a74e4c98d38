"""The cascade: ask a tier, check and count what it says, decide or climb to the next."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping

from ensemble.candidate import Usage
from ensemble.deadline import closing, supplemented
from ensemble.decision import (
    Finding,
    Ruling,
    completions,
    objection_to_showing,
    objection_to_showing_early,
    rule,
)
from ensemble.engine import Engine
from ensemble.facts import election_facts, route_facts
from ensemble.judging import CHECKS, Check, Judge
from ensemble.policy import Policy, Route
from ensemble.poll import Poll
from ensemble.request import CompletionRequest
from ensemble.trace import Answer, Journal, Step
from ensemble.vote import Ballot, Election, elect


class Cascade:
    """One request's way through the tiers of its route. Good for one iteration of `answers`."""

    def __init__(
        self,
        request: CompletionRequest,
        route: Route,
        policy: Policy,
        engines: Mapping[str, Engine],
        *,
        checks: Mapping[str, Check] = CHECKS,
        listener: Callable[[Step], None] | None = None,
    ) -> None:
        self._request, self._route, self._policy, self._engines = request, route, policy, engines
        self._deadline = time.monotonic() + route.deadline
        self._journal = Journal(listener=listener)
        self._judge = Judge(
            request.hole, route.extent, route.gates, self._journal,
            weight=policy.weight, checks=checks,
        )  # fmt: skip
        self._ballots: list[Ballot] = []
        self._polls: list[Poll] = []
        self._on_display: tuple[str, ...] = ()

    async def answers(self) -> AsyncIterator[Answer]:
        """Yield answers, each of which supersedes the one before; the last one is `final`.

        Until the deadline an answer comes whenever a better one can be given, at the deadline in
        any case unless the request was decided before, and after it whenever it improves. Closing
        the iterator cancels whatever a model is doing for it. Engines that fail are steps of the
        trace, never errors.
        """
        self._journal.note("route", **route_facts(self._route))
        improving = supplemented(self._climb(), self._route.deadline, self._at_deadline)
        async with closing(improving) as answers:
            async for answer in answers:
                yield answer

    async def _climb(self) -> AsyncIterator[Answer]:
        self._judge.prepare()
        election, finding = elect(()), Finding(Ruling.ESCALATE, "there is no tier to ask")
        for number in range(len(self._route.tiers)):
            async with closing(self._ask(number)) as elections:
                async for election in elections:
                    finding = rule(election, self._route, number, self._policy)
                    if not finding.open:
                        break
                    if self._improves(election):
                        yield self._answer(election)
            finding = self._close(number, election, finding)
            if finding.settles:
                break
        yield self._conclude(election, finding)

    async def _ask(self, number: int) -> AsyncIterator[Election]:
        poll = Poll(self._request, self._route, self._policy, number, self._journal)
        self._polls.append(poll)
        weight = self._policy.weight(poll.tier.model)
        engine = self._engines.get(poll.tier.model)
        async with closing(poll.candidates(engine, self._deadline)) as batches:
            async for batch in batches:
                self._ballots.extend(await self._judge.ballots(batch, number))
                yield elect(self._ballots, poll.outstanding * weight)

    def _close(self, number: int, election: Election, finding: Finding) -> Finding:
        poll = self._polls[-1]
        self._journal.note("voted", tier=number, **election_facts(election))
        if finding.settles:
            return finding
        if poll.failure:
            finding = Finding(Ruling.ESCALATE, poll.failure)
        if number + 1 < len(self._route.tiers):
            following = self._route.tiers[number + 1].model
            self._journal.note("escalated", tier=number, to=following, reason=finding.reason)
        return finding

    def _improves(self, election: Election) -> bool:
        if objection_to_showing_early(election, self._policy) is not None:
            return False
        texts = tuple(completion.text for completion in completions(election, self._policy))
        return texts != self._on_display

    async def _at_deadline(self) -> Answer:
        ballots, waiting = list(self._ballots), 0.0
        if self._polls:
            poll = self._polls[-1]
            begun = await self._judge.ballots(poll.unfinished, poll.number)
            spoken = [ballot for ballot in begun if not ballot.silent]
            ballots.extend(spoken)
            waiting = (poll.outstanding - len(spoken)) * self._policy.weight(poll.tier.model)
        election = elect(ballots, max(0.0, waiting))
        objection = objection_to_showing_early(election, self._policy)
        self._journal.note("deadline", reason=objection or "", **election_facts(election))
        return self._answer(election if objection is None else None)

    def _conclude(self, election: Election, finding: Finding) -> Answer:
        if finding.ruling is Ruling.DECIDED:
            self._journal.note("decided", tier=len(self._polls) - 1, reason=finding.reason)
            return self._answer(election, decided=True, final=True)
        election = elect(self._ballots)
        objection = objection_to_showing(election, self._policy)
        if finding.ruling is Ruling.SILENT or objection is not None:
            reason = finding.reason if finding.settles else objection
            self._journal.note("abstained", reason=reason)
            return self._answer(None, decided=finding.settles, final=True)
        return self._answer(election, final=True)

    def _answer(
        self, election: Election | None, *, decided: bool = False, final: bool = False
    ) -> Answer:
        show = completions(election, self._policy) if election else ()
        self._on_display = tuple(completion.text for completion in show)
        if final:
            self._journal.note("finished", shown=len(show), decided=decided)
        return Answer(
            completions=show,
            trace=self._journal.steps,
            usage=sum((poll.usage for poll in self._polls), Usage()),
            elapsed_ms=self._journal.elapsed_ms,
            decided=decided,
            final=final,
        )
