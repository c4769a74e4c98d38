"""An evaluation from beginning to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ensemble.evaluation.failure import EvaluationError
from ensemble.evaluation.members import Members
from ensemble.evaluation.plans import Plan
from ensemble.evaluation.replay import Reply, replay
from ensemble.evaluation.results import Results, pass_rates, summarize
from ensemble.evaluation.running import refusal
from ensemble.evaluation.scoring import OnStep, Scorer
from ensemble.evaluation.tasks import Task


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation found: the published figures, each task's pass rate for every policy (for
    paired comparisons), and what models failed to do, one line for each model."""

    tasks: tuple[Task, ...]
    results: Results
    rates: Mapping[str, Sequence[float]]
    failures: tuple[str, ...]


async def evaluate(
    tasks: Sequence[Task],
    plans: Sequence[Plan],
    members: Members,
    on_step: OnStep = lambda stage, done, total: None,
) -> Evaluation:
    """Run every plan on every task, then score what was said.

    Raises EvaluationError if a model cannot be used at all, if tests cannot be run, or if two plans
    have one name.
    """
    if (reason := refusal()) and any(task.is_run for task in tasks):
        raise EvaluationError(reason)
    replies: dict[str, list[tuple[Reply, ...]]] = {}
    for plan in plans:
        if plan.name in replies:
            raise EvaluationError(f"two policies are named {plan.name!r}")
        replies[plan.name] = await replay(plan, tasks, members, on_step)
    scorer = Scorer()
    scorer.score_all(
        (
            (task, text)
            for rows in replies.values()
            for task, several in zip(tasks, rows, strict=True)
            for reply in several
            for text in reply.texts
        ),
        on_step,
    )
    summaries = {plan.name: summarize(plan, tasks, replies[plan.name], scorer) for plan in plans}
    return Evaluation(
        tasks=tuple(tasks),
        results=Results(summaries),
        rates={name: pass_rates(tasks, rows, scorer) for name, rows in replies.items()},
        failures=tuple(_failures(replies)),
    )


def _failures(replies: Mapping[str, Sequence[Sequence[Reply]]]) -> list[str]:
    said = []
    for name, rows in replies.items():
        messages = [text for several in rows for reply in several for text in reply.failures]
        if messages:
            said.append(f"{name}: models failed {len(messages)} times: {messages[0]}")
    return said
