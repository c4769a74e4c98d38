"""From replies and scores to the figures that are published: the contract of `--json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from statistics import fmean

import msgspec

from ensemble.evaluation.bootstrap import bootstrap_interval
from ensemble.evaluation.grading import Grade, Grader
from ensemble.evaluation.plans import Plan
from ensemble.evaluation.replay import Reply
from ensemble.evaluation.tasks import Task

Replies = Sequence[Sequence[Reply]]
"""One sequence for each task: of a model with several samples, one reply for each of them."""


class Result(msgspec.Struct, frozen=True):
    """The quality and the cost of a policy on a set of tasks.

    For a single model with several samples everything is the mean over the samples; counts are
    rounded.
    """

    kind: str
    """`single`, `policy` or `bound`: the value of `PlanKind`."""
    fitted_on: str | None
    """What the policy was fitted on, in words; None if it was not fitted."""
    tasks: int
    """The number of tasks."""
    exact: float
    """The share of tasks, 0 to 1, whose text is the original."""
    parses: float
    """The share of tasks, 0 to 1, after whose text the file parses."""
    pass_at_1: float
    """The share of tasks, 0 to 1, whose text is right. A task for which nothing was shown counts as
    wrong; `shown` and `shown_right` tell how good that abstention was."""
    ci95: tuple[float, float]
    """The 95 % confidence interval of `pass_at_1`, bootstrapped by problem."""
    cost: float
    """The mean relative cost of a task."""
    calls: dict[str, int]
    """How many candidates each model was asked for, over all tasks."""
    shown: int
    """The number of tasks for which something was shown."""
    shown_right: int
    """The number of tasks for which a right text was shown."""
    prompt_tokens: int
    """The tokens of all prompts, over all tasks."""
    generated_tokens: int
    """The tokens of all candidates, over all tasks."""
    seconds: float
    """The time of all requests together, grading not included."""
    escalated: int
    """The number of tasks for which a second tier was asked."""


class Results(msgspec.Struct, frozen=True):
    """The document that `--json` prints, and the last line of every output."""

    policies: dict[str, Result]


def summarize(plan: Plan, tasks: Sequence[Task], replies: Replies, scorer: Grader) -> Result:
    """Return the figures of one plan."""
    right = pass_rates(tasks, replies, scorer)
    calls = Counter[str]()
    for several in replies:
        for reply in several:
            for model, count in reply.calls.items():
                calls[model] += count / len(several)  # type: ignore[assignment]
    return Result(
        kind=plan.kind.value,
        fitted_on=plan.fitted_on,
        tasks=len(tasks),
        exact=round(fmean(_rates(tasks, replies, scorer, lambda score: score.exact)), 6),
        parses=round(fmean(_rates(tasks, replies, scorer, lambda score: score.parses)), 6),
        pass_at_1=round(fmean(right), 6),
        ci95=_rounded(bootstrap_interval(right, [task.cluster for task in tasks])),
        cost=round(_total(replies, lambda reply: reply.cost) / len(tasks), 6),
        calls={model: round(count) for model, count in sorted(calls.items())},
        shown=round(_total(replies, lambda reply: bool(reply.texts))),
        shown_right=round(sum(right)),
        prompt_tokens=round(_total(replies, lambda reply: reply.prompt_tokens)),
        generated_tokens=round(_total(replies, lambda reply: reply.generated_tokens)),
        seconds=round(_total(replies, lambda reply: reply.seconds), 3),
        escalated=round(_total(replies, lambda reply: reply.escalated)),
    )


def pass_rates(tasks: Sequence[Task], replies: Replies, scorer: Grader) -> list[float]:
    """Return for each task the share of its replies that are right: 0 or 1, but for a single
    model with several samples."""
    return list(_rates(tasks, replies, scorer, lambda score: score.right))


def paired_gain(
    tasks: Sequence[Task], ours: Sequence[float], theirs: Sequence[float]
) -> tuple[float, tuple[float, float]]:
    """Return by how much the first pass rates are above the second on the same tasks, and the
    95 % interval of that, bootstrapped by problem."""
    gains = [one - other for one, other in zip(ours, theirs, strict=True)]
    return fmean(gains), bootstrap_interval(gains, [task.cluster for task in tasks])


def _rates(
    tasks: Sequence[Task], replies: Replies, scorer: Grader, holds: Callable[[Grade], bool]
) -> Iterator[float]:
    for task, several in zip(tasks, replies, strict=True):
        yield fmean(
            any(holds(scorer.score(task, text)) for text in reply.texts) for reply in several
        )


def _total(replies: Replies, of: Callable[[Reply], float]) -> float:
    return sum(fmean(map(of, several)) for several in replies)


def _rounded(interval: tuple[float, float]) -> tuple[float, float]:
    low, high = interval
    return round(low, 6), round(high, 6)
