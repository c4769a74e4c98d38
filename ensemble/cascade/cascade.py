"""The cascade: ask a tier, check and count what it says, decide or climb to the next."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping

from code_checks.execution.run_tests import run_tests
from ensemble.async_iterators import closing, supplemented
from ensemble.candidate import Usage
from ensemble.cascade.answer_builder import AnswerBuilder
from ensemble.cascade.candidate_tests import CandidateTests, RunTests
from ensemble.cascade.checks import CHECKS, Check, Checker
from ensemble.cascade.event_builders import routed, voted
from ensemble.cascade.listwise_ranking import ranked_by_model
from ensemble.cascade.tier_run import TierRun
from ensemble.engines.engine import Engine
from ensemble.policy.policy import Policy, Route
from ensemble.request import CompletionRequest
from ensemble.reward.candidate_features import ElectionContext
from ensemble.reward.cross_likelihood import likelihoods_of_others
from ensemble.reward.reranking import Reranker
from ensemble.trace import Answer, Journal, Step
from ensemble.trace_events import DrawnAgain, Escalated, TooDear
from ensemble.voting.deferral import Decision, Ruling, decide
from ensemble.voting.vote import TESTS, Ballot, Election, best_refused, elect
from ensemble.voting.vote_key import key_of


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
        run: RunTests = run_tests,
        listener: Callable[[Step], None] | None = None,
    ) -> None:
        self._request, self._route, self._policy, self._engines = request, route, policy, engines
        self._deadline = time.monotonic() + route.deadline
        self._journal = Journal(listener=listener)
        self._judge = Checker(
            request.hole, route.extent, [gate for gate in route.gates if gate != TESTS],
            self._journal, weight=policy.weight, place=policy.place, key=key_of(policy.key),
            checks=checks,
        )  # fmt: skip
        self._examiner = CandidateTests(request, route, policy, self._journal, run=run)
        self._weigher = Reranker(policy, ElectionContext(request.hole, route.extent))
        self._announcer = AnswerBuilder(policy, self._journal, self._weigher)
        self._ballots: list[Ballot] = []
        self._polls: list[TierRun] = []
        self._spent = 0.0

    async def answers(self) -> AsyncIterator[Answer]:
        """Yield answers, each of which supersedes the one before; the last one is `final`.

        Until the deadline an answer comes whenever a better one can be given, at the deadline in
        any case unless the request was decided before, and after it whenever it improves. Closing
        the iterator cancels whatever a model or a test is doing for it. Engines that fail are steps
        of the trace, never errors.
        """
        self._journal.note(routed(self._route))
        improving = supplemented(self._climb(), self._route.deadline, self._at_deadline)
        async with closing(improving) as answers:
            async for answer in answers:
                yield answer

    async def _climb(self) -> AsyncIterator[Answer]:
        self._judge.prepare()
        await self._examiner.prepare()
        self._route = self._examiner.amended(self._route)
        election, finding = elect(()), Decision(Ruling.ESCALATE, "there is no tier to ask")
        for number, draw in self._rounds():
            async with closing(self._ask(number, draw)) as elections:
                async for election in elections:
                    finding = decide(election, self._route, number, self._policy)
                    if not finding.open:
                        break
                    if self._announcer.improves(election):
                        yield self._announcer.open_answer(election, self._usage)
            finding = self._close(number, draw, election, finding)
            if finding.settles:
                break
        else:
            election = await self._try_out()
            if self._policy.ranked_by:
                election = await self._ranked(election, self._policy.ranked_by)
            if self._policy.opinions:
                await self._hear_opinions(election)
        asked = self._polls[-1].number if self._polls else 0
        yield self._announcer.conclude(election, finding, asked, self._usage)

    def _rounds(self) -> Iterator[tuple[int, int]]:
        """Yield which tier to ask for the how many-th time: again only while visible tests refuse
        everything that was said, and nothing that the policy's budget does not allow."""
        for number, tier in enumerate(self._route.tiers):
            for draw in range(tier.draws if self._examiner.judges else 1):
                if not self._policy.affords(tier, self._spent):
                    self._journal.note(TooDear(number, tier.model))
                    break
                self._spent += tier.samples * tier.cost
                yield number, draw
                if self._elect(self._ballots).winner is not None:
                    break

    async def _ask(self, number: int, draw: int) -> AsyncIterator[Election]:
        sees = self._route.tiers[number].sees
        seen = seen_texts(self._elect(self._ballots), sees) if sees else ()
        poll = TierRun(self._request, self._route, self._policy, number, self._journal, draw, seen)
        self._polls.append(poll)
        weight = self._policy.weight(poll.tier.model)
        engine = self._engines.get(poll.tier.model)
        async with closing(poll.candidates(engine, self._deadline)) as batches:
            async for batch in batches:
                ballots = await self._judge.ballots(batch, number)
                self._ballots.extend(await self._examiner.examined(ballots))
                yield self._elect(self._ballots, poll.outstanding * weight)

    def _close(self, number: int, draw: int, election: Election, finding: Decision) -> Decision:
        poll = self._polls[-1]
        self._journal.note(voted(number, election))
        if finding.settles:
            return finding
        if poll.failure:
            finding = Decision(Ruling.ESCALATE, poll.failure)
        again = self._examiner.judges and draw + 1 < poll.tier.draws and election.winner is None
        if again:
            self._journal.note(DrawnAgain(number, draw + 1, finding.reason))
        elif number + 1 < len(self._route.tiers):
            following = self._route.tiers[number + 1].model
            self._journal.note(Escalated(number, following, finding.reason))
        return finding

    async def _try_out(self) -> Election:
        """Return the vote when every tier has spoken: by behavior, where that can be told."""
        last = self._engines.get(self._polls[-1].tier.model) if self._polls else None
        counted = await self._examiner.clustered(self._ballots, last, self._deadline)
        election = self._elect(counted)
        if election.winner is None and self._policy.last_resort:
            counted = best_refused(self._ballots, self._examiner.passed)
            election = self._elect(counted)
        if counted != tuple(self._ballots):
            self._journal.note(voted(self._polls[-1].number, election))
        return election

    async def _ranked(self, election: Election, model: str) -> Election:
        asked = [poll.question for poll in self._polls if poll.tier.model == model]
        question = asked[-1] if asked else None
        return await ranked_by_model(election, self._engines.get(model), question, self._journal)

    async def _hear_opinions(self, election: Election) -> None:
        questions = {p.tier.model: p.question for p in self._polls if p.question is not None}
        self._weigher.hear(
            await likelihoods_of_others(election, questions, self._engines, self._journal)
        )

    async def _at_deadline(self) -> Answer:
        ballots, waiting = list(self._ballots), 0.0
        if self._polls and not self._examiner.judges:
            poll = self._polls[-1]
            begun = await self._judge.ballots(poll.unfinished, poll.number, unfinished=True)
            spoken = [ballot for ballot in begun if not ballot.silent]
            ballots.extend(spoken)
            waiting = (poll.outstanding - len(spoken)) * self._policy.weight(poll.tier.model)
        return self._announcer.at_deadline(self._elect(ballots, max(0.0, waiting)), self._usage)

    def _elect(self, ballots: Iterable[Ballot], outstanding: float = 0.0) -> Election:
        return elect(ballots, outstanding, vote_chars=self._policy.vote_chars)

    @property
    def _usage(self) -> Usage:
        return sum((poll.usage for poll in self._polls), Usage())


def seen_texts(election: Election, most: int) -> tuple[str, ...]:
    """Return the texts that a fusing model sees: one for each of the strongest groups, the
    strongest first."""
    return tuple(group.speaker.text for group in election.groups[:most])
