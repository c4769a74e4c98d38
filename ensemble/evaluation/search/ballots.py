"""Every model's ballots on every task, collected once, so that policies can be replayed.

A policy decides over ballots that are the same whatever the policy: which model wrote which text,
how it was trimmed, what the checks and the visible tests say of it. Here they are collected through
the product's own `TierRun`, `Checker` and `CandidateTests`; `policy_replay` then counts them for
one policy after the other without asking a model again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from code_checks.hole import Extent, Hole
from code_checks.verdict import Verdict
from ensemble.async_iterators import closing
from ensemble.cascade.candidate_tests import CandidateTests
from ensemble.cascade.checks import Checker
from ensemble.cascade.tier_run import TierRun
from ensemble.engines.engine import Engine
from ensemble.errors import EngineError, EvaluationError
from ensemble.evaluation.forecast import Forecast, OnForecast
from ensemble.evaluation.grading import Grader, OnStep
from ensemble.evaluation.members import Member, Members
from ensemble.evaluation.replay import request
from ensemble.evaluation.tasks import Task
from ensemble.policy.policy import Policy, Selection, Tier
from ensemble.request import CompletionRequest
from ensemble.routing import route as router
from ensemble.trace.trace import Journal
from ensemble.voting.vote import TESTS, Ballot

MOST_SAMPLES = 3
"""Candidates of one model that a fitted policy may ask for."""

_ALL_EXTENTS = tuple(Extent)
_STAGE = "asking every model"


@dataclass(frozen=True, slots=True)
class TaskBallots:
    """One task and every model's ballots on it."""

    task: Task
    """The task."""
    request: CompletionRequest
    """The task as an invoked request."""
    ballots: Mapping[str, tuple[Ballot, ...]]
    """By model, in the order in which it is asked for them: unweighted, and with the verdicts of
    every check but the visible tests."""
    tests: Mapping[str, Verdict]
    """The verdict of the visible tests, by text."""
    passed: Mapping[str, int]
    """How many of the visible tests a text passes, by text."""
    judged: bool
    """Whether there are visible tests, and they can be run."""
    cost: Mapping[str, float]
    """What one call of a model costs, by model."""
    right: Mapping[str, bool]
    """Whether a text is right, by text; for scoring only."""

    @property
    def hole(self) -> Hole:
        return self.task.hole


async def ask_all(
    tasks: Sequence[Task],
    members: Members,
    on_step: OnStep = lambda stage, done, total: None,
    scorer: Grader | None = None,
    on_forecast: OnForecast = lambda seconds: None,
) -> list[TaskBallots]:
    """Ask every model about every task, check what it says, and score it.

    Live models are opened once and asked for `MOST_SAMPLES` candidates each. `on_forecast` is
    told how long that will still take. Raises EvaluationError if a model cannot be used or tests
    cannot be run.
    """
    forecast = Forecast([_STAGE], len(tasks), members.tally, on_forecast)
    engines = members.engines(members.members)
    try:
        ballots = []
        for number, task in enumerate(tasks, start=1):
            with forecast.task(_STAGE):
                ballots.append(await _ballots_on(task, members, engines))
            on_step(_STAGE, number, len(tasks))
    finally:
        await asyncio.gather(*(engine.close() for engine in engines.values()))
    scorer = scorer or Grader()
    texts = ((of_task.task, text) for of_task in ballots for text in _texts(of_task))
    scorer.score_all(texts, on_step)
    return [_scored(of_task, scorer) for of_task in ballots]


async def _ballots_on(task: Task, members: Members, engines: Mapping[str, Engine]) -> TaskBallots:
    asked = request(task, members)
    policy = _all_models(list(members.members.values()))
    route, journal = router.route(asked, policy), Journal()
    gates = [gate for gate in route.gates if gate != TESTS]
    checker = Checker(asked.hole, route.extent, gates, journal)
    visible_tests = CandidateTests(asked, route, policy, journal)
    await visible_tests.prepare()
    ballots: dict[str, tuple[Ballot, ...]] = {}
    for number, tier in enumerate(route.tiers):
        tier_run = TierRun(asked, route, policy, number, journal)
        ballots[tier.model] = await _ballots_of(tier_run, engines[tier.model], checker)
    tested = await visible_tests.with_verdicts(
        [ballot for some in ballots.values() for ballot in some]
    )
    return TaskBallots(
        task=task,
        request=asked,
        ballots=ballots,
        tests={b.text: b.verdicts[-1] for b in tested if b.said_by(TESTS)},
        passed=dict(visible_tests.passed),
        judged=visible_tests.judges,
        cost={name: members.cost(name, task) for name in ballots},
        right={},
    )


async def _ballots_of(tier_run: TierRun, engine: Engine, checker: Checker) -> tuple[Ballot, ...]:
    ballots: list[Ballot] = []
    try:
        await engine.info()
    except EngineError as error:
        raise EvaluationError(str(error)) from error
    async with closing(tier_run.candidates(engine, time.monotonic() + 3600.0)) as batches:
        async for batch in batches:
            ballots.extend(await checker.ballots(batch, 0))
    return tuple(sorted(ballots, key=lambda ballot: ballot.candidate.branch))


def _all_models(members: Sequence[Member]) -> Policy:
    """Return the policy that asks every model for all that a fitted policy may ask it for."""
    tiers = tuple(Tier(member.name, min(member.samples, MOST_SAMPLES)) for member in members)
    return Policy(
        tiers, test_samples=0, selection=Selection.TEXT, tested_extents=_ALL_EXTENTS,
        )  # fmt: skip


def _texts(of_task: TaskBallots) -> set[str]:
    """Return the texts that some policy may show; the empty text is one of them."""
    return {"", *(ballot.text for ballots in of_task.ballots.values() for ballot in ballots)}


def _scored(of_task: TaskBallots, scorer: Grader) -> TaskBallots:
    right = {text: scorer.score(of_task.task, text).right for text in _texts(of_task)}
    return replace(of_task, right=right)
