"""An evaluation from beginning to end."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

import msgspec

from ensemble.errors import EvaluationError
from ensemble.evaluation.forecast import Forecast, OnForecast, first_look
from ensemble.evaluation.grading import Grader, OnStep
from ensemble.evaluation.members import Members
from ensemble.evaluation.plans import Plan
from ensemble.evaluation.replay import Reply, replay
from ensemble.evaluation.results import Results, pass_rates, summarize
from ensemble.evaluation.reward_crossfit import CrossFit, chosen_again, cross_fit, crossfit_rows
from ensemble.evaluation.task_programs import sandbox_problem
from ensemble.evaluation.tasks import Task


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation found."""

    tasks: tuple[Task, ...]
    """The tasks, in the order of the rates."""
    results: Results
    """The figures that are published."""
    rates: Mapping[str, Sequence[float]]
    """The pass rate of each task, 0 to 1, by policy, for paired comparisons."""
    failures: tuple[str, ...]
    """What models failed to do, one line for each policy."""
    crossfit: CrossFit | None = None
    """The rows that a reward is fitted on, with their cross-fitted scores; None if no reward was
    measured."""


async def evaluate(
    tasks: Sequence[Task],
    plans: Sequence[Plan],
    members: Members,
    on_step: OnStep = lambda stage, done, total: None,
    on_forecast: OnForecast = lambda seconds: None,
) -> Evaluation:
    """Run every plan on every task, then score what was said.

    `on_forecast` is told how long the models will still be asked. Raises EvaluationError if a
    model cannot be used at all, if tests cannot be run, or if two plans have one name.
    """
    if (reason := sandbox_problem()) and any(task.is_run for task in tasks):
        raise EvaluationError(reason)
    replies = await _asked(tasks, plans, members, on_step, on_forecast)
    scorer = Grader()
    scorer.score_all(_texts(tasks, plans, replies), on_step)
    crossfit = _crossfit(tasks, plans, replies, scorer)
    if crossfit is not None and crossfit.failure:
        plans = [replace(plan, fitted_on=None) if plan.crossfit else plan for plan in plans]
    summaries = {plan.name: summarize(plan, tasks, replies[plan.name], scorer) for plan in plans}
    return Evaluation(
        tasks=tuple(tasks),
        results=Results(summaries),
        rates={name: pass_rates(tasks, rows, scorer) for name, rows in replies.items()},
        failures=tuple(_failures(replies)),
        crossfit=crossfit,
    )


async def _asked(
    tasks: Sequence[Task],
    plans: Sequence[Plan],
    members: Members,
    on_step: OnStep,
    on_forecast: OnForecast,
) -> dict[str, Sequence[tuple[Reply, ...]]]:
    """Return what each plan says to each task; plans that ask alike are asked once."""
    alike = _alike(plans)
    asking = [plan for plan in plans if alike[plan.name] == plan.name]
    forecast = Forecast([plan.name for plan in asking], len(tasks), members.tally, on_forecast)
    is_live = any(members.members[model].live for plan in asking for model in plan.policy.models)
    first = first_look(tasks) if is_live and len(asking) > 1 else []
    known: dict[str, dict[str, tuple[Reply, ...]]] = {plan.name: {} for plan in asking}
    for some in (first, tasks):
        for plan in asking:
            replies = known[plan.name]
            left = [task for task in some if task.task_id not in replies]
            around = _timed(plan.name, len(replies), len(tasks), forecast, on_step)
            found = await replay(plan, left, members, around) if left else []
            replies |= {task.task_id: reply for task, reply in zip(left, found, strict=True)}
    ordered = {name: [of[task.task_id] for task in tasks] for name, of in known.items()}
    return {plan.name: ordered[alike[plan.name]] for plan in plans}


def _timed(
    plan: str, done: int, total: int, forecast: Forecast, on_step: OnStep
) -> Callable[[], AbstractContextManager[None]]:
    """Return what is to be entered for each task of a plan: it is timed, and progress told."""
    numbers = itertools.count(done + 1)

    @contextmanager
    def around() -> Iterator[None]:
        with forecast.task(plan):
            yield
        on_step(plan, next(numbers), total)

    return around


def _alike(plans: Sequence[Plan]) -> dict[str, str]:
    """Return for each plan's name the first plan that asks the same. Raises EvaluationError if two
    plans have one name."""
    alike: dict[str, str] = {}
    asking: list[Plan] = []
    for plan in plans:
        if plan.name in alike:
            raise EvaluationError(f"two policies are named {plan.name!r}")
        same = next((one for one in asking if _ask_alike(one, plan)), plan)
        alike[plan.name] = same.name
        asking += [plan] if same is plan else []
    return alike


def _ask_alike(one: Plan, other: Plan) -> bool:
    renamed = msgspec.structs.replace(one.policy, name=other.policy.name)
    return one.kind is other.kind and renamed == other.policy


def _texts(
    tasks: Sequence[Task], plans: Sequence[Plan], replies: Mapping[str, Sequence[tuple[Reply, ...]]]
) -> Iterator[tuple[Task, str]]:
    """Yield what has to be scored: what is shown, and all that a reward chooses from."""
    for plan in plans:
        for task, several in zip(tasks, replies[plan.name], strict=True):
            for reply in several:
                heard = (text for text, _ in reply.heard) if plan.crossfit else ()
                yield from ((task, text) for text in (*reply.texts, *heard))


def _crossfit(
    tasks: Sequence[Task],
    plans: Sequence[Plan],
    replies: dict[str, Sequence[tuple[Reply, ...]]],
    scorer: Grader,
) -> CrossFit | None:
    """Let the plans that a reward is fitted for choose again, by one fitted on other problems."""
    found = None
    for plan in plans:
        if plan.crossfit:
            found = cross_fit(crossfit_rows(tasks, replies[plan.name], scorer))
            replies[plan.name] = chosen_again(tasks, replies[plan.name], found)
    return found


def _failures(replies: Mapping[str, Sequence[Sequence[Reply]]]) -> list[str]:
    said = []
    for name, rows in replies.items():
        messages = [text for several in rows for reply in several for text in reply.failures]
        if messages:
            said.append(f"{name}: models failed {len(messages)} times: {messages[0]}")
    return said
