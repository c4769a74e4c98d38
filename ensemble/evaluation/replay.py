"""Running a plan: each task's request goes through the product, as an editor's would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from ensemble.cascade.completer import Completer
from ensemble.engines.engine import Engine
from ensemble.errors import EngineError, EvaluationError
from ensemble.evaluation.members import Members
from ensemble.evaluation.metering import Calls, metered
from ensemble.evaluation.plans import Plan, PlanKind
from ensemble.evaluation.tasks import Task
from ensemble.request import CompletionRequest, Trigger
from ensemble.trace.candidate_events import Checked
from ensemble.trace.request_events import EngineFailed, Escalated
from ensemble.trace.trace import Answer

_NO_HURRY = 24 * 3600.0
"""Seconds: quality is measured without the editor's deadlines, and how long it took besides."""

_LONGEST_BLOCK = 48
"""Lines. Tasks ask for whole bodies, an editor for what fits the screen."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The outcome of one request: the texts that count, and their cost."""

    texts: tuple[str, ...]
    """What would be shown: one text or, after an abstention, none; of a bound, all candidates. A
    policy that must answer, one without a minimum of agreement or reward, as every default policy
    is, leaves the hole empty where it has nothing to show, and that is its answer: ""."""
    calls: Calls
    """How many candidates each model was asked for."""
    cost: float
    """The relative cost of all calls together."""
    prompt_tokens: int
    """The tokens of all prompts, those reused from the KV cache included."""
    generated_tokens: int
    """The tokens of all candidates."""
    seconds: float
    """The time that the request took; of answers that were kept, what they took when the model was
    asked."""
    escalated: bool
    """Whether a second tier was asked."""
    failures: tuple[str, ...] = ()
    """The messages of models that could not answer."""
    heard: tuple[tuple[str, Mapping[str, float]], ...] = ()
    """The candidates that could be shown, best first, each with the features that a reward is
    fitted on."""


async def replay(
    plan: Plan,
    tasks: Sequence[Task],
    members: Members,
    around: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> list[tuple[Reply, ...]]:
    """Answer every task; a task has as many replies as a single model recorded samples for it.

    Live models are opened for this plan alone, so none profits from what another has computed.
    `around` is entered for each task. Raises EvaluationError if a model cannot be used.
    """
    engines = members.engines(plan.policy.models)
    try:
        await _open(engines)
        replies = []
        for task in tasks:
            with around():
                replies.append(await _answer_all(plan, task, members, engines))
        return replies
    finally:
        await asyncio.gather(*(engine.close() for engine in engines.values()))


async def _open(engines: Mapping[str, Engine]) -> None:
    try:
        for engine in engines.values():
            await engine.info()
    except EngineError as error:
        raise EvaluationError(str(error)) from error


async def _answer_all(
    plan: Plan, task: Task, members: Members, engines: Mapping[str, Engine]
) -> tuple[Reply, ...]:
    draws = members.samples(plan.name, task) if plan.kind is PlanKind.SINGLE else 1
    return tuple([await _answer(plan, task, seed, members, engines) for seed in range(draws)])


async def _answer(
    plan: Plan, task: Task, seed: int, members: Members, engines: Mapping[str, Engine]
) -> Reply:
    calls: Calls = Calls()
    counted = {name: metered(engine, calls) for name, engine in engines.items()}
    credit = members.tally.credit
    answer = await Completer(counted, plan.policy).complete(request(task, members, seed))
    return Reply(
        texts=_texts(plan, answer),
        calls=calls,
        cost=sum(count * members.cost(name, task) for name, count in calls.items()),
        prompt_tokens=answer.usage.prompt,
        generated_tokens=answer.usage.generated,
        seconds=answer.elapsed_ms / 1000 + members.tally.credit - credit,
        escalated=any(isinstance(step.event, Escalated) for step in answer.trace),
        failures=_failures(answer),
        heard=tuple(
            (completion.text, features)
            for completion, features in zip(answer.completions, answer.features, strict=True)
        ),
    )


def request(task: Task, members: Members, seed: int = 0) -> CompletionRequest:
    """Return the task as somebody would ask it who pressed a key and has time.

    Recorded models know a task by its identifier; `seed` says with which sample they begin.
    """
    return CompletionRequest(
        task.hole,
        path=task.path,
        document=task.task_id,
        trigger=Trigger.INVOKED,
        extent=task.extent,
        deadline=_NO_HURRY,
        max_lines=_LONGEST_BLOCK,
        seed=seed,
        visible_tests=members.visible_tests(task),
        generated_tests=members.generated_tests(task),
    )


def _texts(plan: Plan, answer: Answer) -> tuple[str, ...]:
    shown = tuple(completion.text for completion in answer.completions)
    must_answer = plan.policy.minimum_agreement <= 0 and plan.policy.minimum_reward <= 0
    if plan.kind is not PlanKind.BOUND:
        return shown[:1] or (("",) if must_answer else ())
    checked = [step.event for step in answer.trace if isinstance(step.event, Checked)]
    silent = any(not candidate.text and not candidate.unfinished for candidate in checked)
    return (*shown, "") if silent or not shown else shown


def _failures(answer: Answer) -> tuple[str, ...]:
    return tuple(s.event.message for s in answer.trace if isinstance(s.event, EngineFailed))
