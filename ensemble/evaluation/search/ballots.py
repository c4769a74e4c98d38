"""What every model says to every task, heard and examined once, so that policies can be replayed.

A policy decides over ballots that are the same whatever the policy: who wrote what, how it was
trimmed, what the checks and the visible tests say of it. Here they are collected through the
product's own `TierRun`, `Checker` and `CandidateTests`; `policy_replay` then counts them for one
policy after the other without asking anybody again.
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
from ensemble.evaluation.grading import Grader, OnStep
from ensemble.evaluation.members import Member, Members
from ensemble.evaluation.replay import request
from ensemble.evaluation.tasks import Task
from ensemble.policy.policy import Policy, Selection, Tier
from ensemble.request import CompletionRequest
from ensemble.routing.route import route
from ensemble.trace import Journal
from ensemble.voting.vote import TESTS, Ballot

MOST_SAMPLES = 3
"""Candidates of one model that a fitted policy may ask for."""

_ALL_EXTENTS = tuple(Extent)


@dataclass(frozen=True, slots=True)
class TaskBallots:
    """One task and what each model says to it.

    The `ballots` of a model are in the order in which it is asked for them, unweighted, and hold
    the verdicts of every check but the visible tests; what these say of a text, and how many of
    them it passes, is in `tests` and `passed`. `judged`: there are visible tests, and they can be
    run. `cost` is what one call of each model costs, `right` whether a text is right: it is for
    scoring only.
    """

    task: Task
    request: CompletionRequest
    ballots: Mapping[str, tuple[Ballot, ...]]
    tests: Mapping[str, Verdict]
    passed: Mapping[str, int]
    judged: bool
    cost: Mapping[str, float]
    right: Mapping[str, bool]

    @property
    def hole(self) -> Hole:
        return self.task.hole


async def ask_all(
    tasks: Sequence[Task],
    members: Members,
    on_step: OnStep = lambda stage, done, total: None,
    scorer: Grader | None = None,
) -> list[TaskBallots]:
    """Ask every model about every task, check what it says, and score it.

    Live models are opened once and asked for `MOST_SAMPLES` candidates each. Raises EvaluationError
    if a model cannot be used or tests cannot be run.
    """
    engines = members.engines(members.members)
    try:
        heard = []
        for number, task in enumerate(tasks, start=1):
            heard.append(await _hear(task, members, engines))
            on_step("asking every model", number, len(tasks))
    finally:
        await asyncio.gather(*(engine.close() for engine in engines.values()))
    scorer = scorer or Grader()
    scorer.score_all(((one.task, text) for one in heard for text in _texts(one)), on_step)
    return [_scored(one, scorer) for one in heard]


async def _hear(task: Task, members: Members, engines: Mapping[str, Engine]) -> TaskBallots:
    asked = request(task, members)
    policy = _everybody(list(members.members.values()))
    way, journal = route(asked, policy), Journal()
    checker = Checker(
        asked.hole, way.extent, [gate for gate in way.gates if gate != TESTS], journal
    )
    tests = CandidateTests(asked, way, policy, journal)
    await tests.prepare()
    said: dict[str, tuple[Ballot, ...]] = {}
    for number, tier in enumerate(way.tiers):
        run = TierRun(asked, way, policy, number, journal)
        said[tier.model] = await _asked(run, engines[tier.model], checker)
    judged = await tests.with_verdicts([ballot for some in said.values() for ballot in some])
    return TaskBallots(
        task=task,
        request=asked,
        ballots=said,
        tests={b.text: b.verdicts[-1] for b in judged if b.said_by(TESTS)},
        passed=dict(tests.passed),
        judged=tests.judges,
        cost={name: members.cost(name, task) for name in said},
        right={},
    )


async def _asked(run: TierRun, engine: Engine, checker: Checker) -> tuple[Ballot, ...]:
    ballots: list[Ballot] = []
    try:
        await engine.info()
    except EngineError as error:
        raise EvaluationError(str(error)) from error
    async with closing(run.candidates(engine, time.monotonic() + 3600.0)) as batches:
        async for batch in batches:
            ballots.extend(await checker.ballots(batch, 0))
    return tuple(sorted(ballots, key=lambda ballot: ballot.candidate.branch))


def _everybody(members: Sequence[Member]) -> Policy:
    """Return the policy under which every model says all that a fitted policy may ask it for."""
    tiers = tuple(Tier(member.name, min(member.samples, MOST_SAMPLES)) for member in members)
    return Policy(
        tiers, test_samples=0, selection=Selection.TEXT, tested_extents=_ALL_EXTENTS,
        )  # fmt: skip


def _texts(heard: TaskBallots) -> set[str]:
    """Return the texts that some policy may show; nothing is one of them."""
    return {"", *(ballot.text for ballots in heard.ballots.values() for ballot in ballots)}


def _scored(heard: TaskBallots, scorer: Grader) -> TaskBallots:
    right = {text: scorer.score(heard.task, text).right for text in _texts(heard)}
    return replace(heard, right=right)
