"""The tests of one request: found, written by a model, and run on its candidates.

Visible tests, which somebody vouches for, refuse what fails them. Tests that a model wrote may be
wrong, so they only say which candidates behave alike.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import msgspec

from code_checks.execution.environment import DEFAULT_LIMITS, RunEnvironment
from code_checks.execution.generated_tests import distinct_calls, generated_tests
from code_checks.execution.run_tests import RunReport, compare_results, run_tests, unrunnable
from code_checks.execution.unit_test import UnitTest
from code_checks.execution.visible_tests import Sources, visible_tests
from code_checks.hole import Hole
from code_checks.sandbox import JudgeLimits, Limits, cancellable
from code_checks.trees.functions import Function, function_around
from code_checks.verdict import Outcome, Verdict
from ensemble.cascade.event_builders import tested
from ensemble.cascade.generate_tests import written_tests
from ensemble.cascade.workspace_sources import sources_of
from ensemble.engines.engine import Engine
from ensemble.policy.policy import Policy, Route, Selection
from ensemble.request import CompletionRequest
from ensemble.trace.testing_events import (
    ResultsCompared,
    VisibleTestsFound,
)
from ensemble.trace.trace import Journal, shortened
from ensemble.voting.vote import TESTS, Ballot, Behavior

RunTests = Callable[[Hole, Sequence[str], Sequence[UnitTest], RunEnvironment], RunReport]

_VOTING_LIMITS = JudgeLimits(
    test_cpu_seconds=1,
    test_seconds=2.0,
    candidate_seconds=2.0,
    sandbox=Limits(wall_seconds=80.0, cpu_seconds=80),
)
"""Many candidates share a sandbox in a vote, and one that hangs must not take the others' time."""
_MOST_VOTING = 400
"""Tests that vote are the most agreed on of what was written, at most so many."""
_MOST_CALLS = 12
"""Inputs whose results are compared: few suffice, and each costs every candidate two runs."""


class CandidateTests:
    """Finds a request's tests and runs them. Good for one request.

    What it knows, it knows after `prepare`.
    """

    def __init__(
        self,
        request: CompletionRequest,
        route: Route,
        policy: Policy,
        journal: Journal,
        *,
        run: RunTests = run_tests,
    ) -> None:
        self._request = request
        self._policy = policy
        self._journal = journal
        self._run = run
        self._wanted = TESTS in route.gates
        self._function: Function | None = None
        self._sources = Sources()
        self._tests: tuple[UnitTest, ...] = ()
        self._refusal = ""
        self._verdicts: dict[str, Verdict] = {}
        self._passed: dict[str, int] = {}

    @property
    def judges(self) -> bool:
        """Whether there are visible tests that can be run, so that a candidate has to pass them;
        false for a route without the gate `tests`."""
        return bool(self._tests) and not self._refusal

    @property
    def may_vote(self) -> bool:
        """Whether tests that a model wrote can tell candidates apart; false for a route without the
        gate `tests`."""
        named = self._wanted and self._function is not None and not self._refusal
        writes = self._policy.test_samples > 0 or self._request.generated_tests
        return named and bool(writes) and self._policy.selection is not Selection.TEXT

    @property
    def passed(self) -> Mapping[str, int]:
        """How many visible tests each text passed that they were run on."""
        return self._passed

    async def prepare(self) -> None:
        """Look for the visible tests, and whether tests can be run here at all."""
        if not self._wanted:
            return
        await asyncio.to_thread(self._find_tests)
        labels = tuple(test.label for test in self._tests)
        self._journal.note(VisibleTestsFound(labels, self._refusal))

    def _find_tests(self) -> None:
        request = self._request
        self._function = function_around(request.hole)
        self._refusal = unrunnable(request.hole.language)
        if self._refusal:
            return
        if self._function is not None:
            self._sources = sources_of(request, self._function)
        given = tuple(UnitTest(code, code) for code in request.visible_tests)
        if given or self._function is None:
            self._tests = given
        else:
            self._tests = visible_tests(self._function, request.hole, self._sources)

    def amended(self, route: Route) -> Route:
        """Return the route that follows from the tests that there are.

        No tier decides by agreement where tests are still to vote: of whole functions, the text
        that most samples agree on is not the better one.
        """
        if self.judges or not self.may_vote:
            return msgspec.structs.replace(route, judged=self.judges)
        tiers = tuple(msgspec.structs.replace(tier, decides=False) for tier in route.tiers)
        return msgspec.structs.replace(route, tiers=tiers)

    async def with_verdicts(self, ballots: Sequence[Ballot]) -> tuple[Ballot, ...]:
        """Return the ballots with what visible tests say of those that passed everything else."""
        if not self._wanted:
            return tuple(ballots)
        passing = dict.fromkeys(b.text for b in ballots if not (b.failed or b.silent))
        await self._run_visible_tests([text for text in passing if text not in self._verdicts])
        return tuple(
            replace(ballot, verdicts=(*ballot.verdicts, self._verdicts[ballot.text]))
            if ballot.text in passing
            else ballot
            for ballot in ballots
        )

    async def with_behaviors(
        self, ballots: Sequence[Ballot], engine: Engine | None, deadline: float
    ) -> tuple[Ballot, ...]:
        """Return the ballots with their behavior in tests that nobody vouches for."""
        texts = dict.fromkeys(b.text for b in ballots if not (b.failed or b.silent))
        if not self.may_vote or len(texts) < 2:
            return tuple(ballots)
        behaviors = await self._behaviors(list(texts), engine, deadline)
        return tuple(replace(ballot, behavior=behaviors.get(ballot.text)) for ballot in ballots)

    async def _run_visible_tests(self, texts: Sequence[str]) -> None:
        if not texts:
            return
        if not self.judges:
            reason = self._refusal or "no tests were found"
            skipped = Verdict(TESTS, Outcome.SKIP, reason)
            self._verdicts.update(dict.fromkeys(texts, skipped))
            return
        report = await self._report(texts, self._tests)
        self._verdicts.update({text: report.verdict(i) for i, text in enumerate(texts)})
        self._passed.update({text: len(report.passed(i)) for i, text in enumerate(texts)})

    async def _behaviors(
        self, texts: Sequence[str], engine: Engine | None, deadline: float
    ) -> Mapping[str, Behavior]:
        """Say how each text behaves in tests that a model wrote; empty if that tells nothing.

        `engine` is asked for the tests if the request brings none; `deadline` is on
        `time.monotonic`'s clock.
        """
        assert self._function is not None, "asked only where `may_vote`"
        written = self._request.generated_tests
        if not written and engine is not None:
            written = await written_tests(
                engine, self._request, self._function, self._policy, deadline, self._journal
            )
        language, name = self._function.language, self._function.name
        tests = generated_tests(language, name, written)[:_MOST_VOTING]
        if not tests:
            return {}
        if self._policy.selection is Selection.RESULTS:
            return await self._by_results(texts, tests)
        report = await self._report(texts, tests, _VOTING_LIMITS)
        return {text: _by_tests(report.passed(index)) for index, text in enumerate(texts)}

    async def _by_results(
        self, texts: Sequence[str], tests: Sequence[UnitTest]
    ) -> Mapping[str, Behavior]:
        calls = distinct_calls(tests)[:_MOST_CALLS]
        rows = await cancellable(
            lambda cancel: compare_results(
                self._request.hole, texts, calls, self._bench(cancel, _VOTING_LIMITS)
            )
        )
        self._journal.note(ResultsCompared(len(calls), len(set(rows))))
        return {
            text: Behavior(row, float(any(result.startswith("=") for result in row)))
            for text, row in zip(texts, rows, strict=False)
        }

    def _bench(self, cancel: threading.Event, limits: JudgeLimits) -> RunEnvironment:
        return replace(self._sources.environment(cancel), limits=limits)

    async def _report(
        self,
        texts: Sequence[str],
        tests: Sequence[UnitTest],
        limits: JudgeLimits = DEFAULT_LIMITS,
    ) -> RunReport:
        report = await cancellable(
            lambda cancel: self._run(self._request.hole, texts, tests, self._bench(cancel, limits))
        )
        for index, text in enumerate(texts):
            self._journal.note(tested(shortened(text), report, index))
        return report


def _by_tests(passed: frozenset[UnitTest]) -> Behavior:
    return Behavior(frozenset(t.code for t in passed), sum(test.weight for test in passed))
