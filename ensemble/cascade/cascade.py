"""The cascade: ask a tier, check and count what it says, decide or climb to the next."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping

from code_checks.execution.run_tests import run_tests
from ensemble.async_iterators import closing, supplemented
from ensemble.candidate import Candidate
from ensemble.cascade.answer_builder import AnswerBuilder
from ensemble.cascade.candidate_pool import CandidatePool
from ensemble.cascade.candidate_tests import CandidateTests, RunTests
from ensemble.cascade.checks import CHECKS, Check, Checker
from ensemble.cascade.event_builders import routed, voted
from ensemble.cascade.steps import steps_after_vote
from ensemble.cascade.tier_run import TierRun
from ensemble.engines.engine import Engine
from ensemble.policy.policy import Policy, Route
from ensemble.request import CompletionRequest
from ensemble.reward.candidate_features import ElectionContext
from ensemble.reward.reranking import Reranker
from ensemble.trace.request_events import DrawnAgain, Escalated, TooDear
from ensemble.trace.trace import Answer, Journal, Step
from ensemble.voting.deferral import Decision, Ruling, decide
from ensemble.voting.vote import TESTS
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
        on_text: Callable[[str], None] | None = None,
    ) -> None:
        self._request, self._route, self._policy, self._engines = request, route, policy, engines
        self._deadline = time.monotonic() + route.deadline
        self._journal = Journal(listener=listener)
        self._on_text = on_text
        self._pool = CandidatePool(policy)
        self._checker = Checker(
            request.hole, route.extent, [gate for gate in route.gates if gate != TESTS],
            self._journal, weight=policy.weight, place=policy.place, key=key_of(policy.key),
            checks=checks,
        )  # fmt: skip
        self._candidate_tests = CandidateTests(request, route, policy, self._journal, run=run)
        self._reranker = Reranker(policy, ElectionContext(request.hole, route.extent))
        self._answer_builder = AnswerBuilder(policy, self._journal, self._reranker)
        self._steps = steps_after_vote(
            policy, self._pool, self._candidate_tests, self._reranker, engines, self._deadline,
            self._journal,
        )  # fmt: skip
        self._election = self._pool.election()
        self._decision = Decision(Ruling.ESCALATE, "there is no tier to ask")

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
        await self._prepare()
        for run in self._runs():
            async with closing(self._ask(run)) as answers:
                async for answer in answers:
                    yield answer
        yield await self._conclusion()

    async def _prepare(self) -> None:
        self._checker.prepare()
        await self._candidate_tests.prepare()
        self._route = self._candidate_tests.amended(self._route)

    def _runs(self) -> Iterator[TierRun]:
        """Yield whom to ask, tier by tier, until one has settled the request: a tier again only
        while visible tests refuse everything, and none that the policy's budget does not allow."""
        spent, written = 0.0, Counter[str]()
        for number, tier in enumerate(self._route.tiers):
            for draw in range(tier.draws if self._candidate_tests.judges else 1):
                if not self._policy.affords(tier, spent):
                    self._journal.note(TooDear(number, tier.model))
                    break
                spent += tier.samples * tier.cost
                yield self._run(number, draw, written[tier.model])
                written[tier.model] += tier.samples
                if self._decision.settles:
                    return
                if self._election.winner is not None:
                    break

    def _run(self, number: int, draw: int, written: int) -> TierRun:
        proposals = self._pool.proposals(self._route.tiers[number].sees)
        return TierRun(
            self._request, self._route, self._policy, number, self._journal, draw, proposals,
            self._progress, written,
        )  # fmt: skip

    def _progress(self, run: TierRun) -> None:
        """Tell of the first tier's greedy text while it is being written."""
        if self._on_text is not None and run.number == 0 and run.draw == 0:
            self._on_text(run.written)

    async def _ask(self, run: TierRun) -> AsyncIterator[Answer]:
        """Yield an answer whenever a run's candidates improve what is shown, until they decide."""
        self._pool.runs.append(run)
        engine = self._engines.get(run.tier.model)
        async with closing(run.candidates(engine, self._deadline)) as batches:
            async for batch in batches:
                await self._count(batch, run)
                if not self._decision.open:
                    break
                if self._answer_builder.improves(self._election):
                    yield self._answer_builder.open_answer(self._election, self._pool.usage)
        self._close(run)

    async def _count(self, candidates: Iterable[Candidate], run: TierRun) -> None:
        """Check candidates, add their votes, and say what that decides."""
        ballots = await self._checker.ballots(candidates, run.number)
        self._pool.ballots.extend(await self._candidate_tests.with_verdicts(ballots))
        waiting = run.outstanding * self._policy.weight(run.tier.model)
        self._election = self._pool.election(outstanding=waiting)
        self._decision = decide(self._election, self._route, run.number, self._policy)

    def _close(self, run: TierRun) -> None:
        """Note what a run has decided, or who is asked next, and why."""
        self._journal.note(voted(run.number, self._election))
        if self._decision.settles:
            return
        if run.failure:
            self._decision = Decision(Ruling.ESCALATE, run.failure)
        reason, following = self._decision.reason, self._route.tiers[run.number + 1 :]
        again = self._candidate_tests.judges and run.draw + 1 < run.tier.draws
        if again and self._election.winner is None:
            self._journal.note(DrawnAgain(run.number, run.draw + 1, reason))
        elif following:
            self._journal.note(Escalated(run.number, following[0].model, reason))

    async def _conclusion(self) -> Answer:
        """Return the last answer; if no tier has decided, after the steps that follow the vote."""
        if not self._decision.settles:
            self._election = self._pool.election()
            for step in self._steps:
                self._election = await step(self._election)
        return self._answer_builder.conclude(
            self._election, self._decision, self._pool.last_tier, self._pool.usage
        )

    async def _at_deadline(self) -> Answer:
        """Return the answer that there is at the deadline: where no tests judge, what is half
        written counts as far as its statements are complete."""
        ballots, waiting = list(self._pool.ballots), 0.0
        if self._pool.runs and not self._candidate_tests.judges:
            run = self._pool.runs[-1]
            unfinished = await self._checker.ballots(run.unfinished, run.number, unfinished=True)
            votes = [ballot for ballot in unfinished if not ballot.silent]
            ballots.extend(votes)
            waiting = (run.outstanding - len(votes)) * self._policy.weight(run.tier.model)
        election = self._pool.election(ballots, max(0.0, waiting))
        return self._answer_builder.at_deadline(election, self._pool.usage)
