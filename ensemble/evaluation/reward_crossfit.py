"""Fitting a reward from an evaluation, and measuring it on problems that it was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ensemble.errors import TooLittle
from ensemble.evaluation.grading import Grader
from ensemble.evaluation.replay import Reply
from ensemble.evaluation.tasks import Task
from ensemble.linear.cross_validation import folds_of
from ensemble.reward.calibration import area_under_curve, calibration_error
from ensemble.reward.reward_fitting import fit_reward
from ensemble.reward.reward_rows import RewardRow, elections, first_ones, problems_of

_MOST_CANDIDATES = 8
"""Candidates of one task that a reward is fitted on; those behind them have next to no votes."""

Replies = Sequence[tuple[Reply, ...]]


@dataclass(frozen=True, slots=True)
class CrossFit:
    """What rewards predict for rows whose problems they were not fitted on."""

    rows: tuple[RewardRow, ...]
    """The rows."""
    scores: tuple[float, ...] = ()
    """The reward of each row; none at all where there was too little to fit."""
    failure: str = ""
    """Why there are no scores."""

    def summary(self) -> str:
        """Return in a line how good the scores of those that would be shown are."""
        firsts = first_ones(self.rows, self.scores)
        scores = [self.scores[index] for index in firsts]
        right = [self.rows[index].right for index in firsts]
        return (
            f"held out, {sum(right) / len(right):.1%} of the first ones are right; area under the "
            f"curve {area_under_curve(scores, right):.3f}, calibration error "
            f"{calibration_error(scores, right):.3f}"
        )


def crossfit_rows(tasks: Sequence[Task], replies: Replies, scorer: Grader) -> list[RewardRow]:
    """Return a row for each of the strongest candidates of a task's vote, in its order."""
    return [
        RewardRow(dict(features), scorer.score(task, text).right, task.task_id, task.cluster)
        for task, several in zip(tasks, replies, strict=True)
        for reply in several
        for text, features in reply.heard[:_MOST_CANDIDATES]
    ]


def cross_fit(rows: Sequence[RewardRow]) -> CrossFit:
    """Score each part of the problems by a reward that was fitted on the other parts."""
    scores = [0.0] * len(rows)
    try:
        for fold in folds_of(problems_of(rows)):
            reward = fit_reward([row for row in rows if row.problem not in fold], "the other parts")
            for index, row in enumerate(rows):
                if row.problem in fold:
                    scores[index] = reward.judge(row.features).reward
    except TooLittle as reason:
        return CrossFit(tuple(rows), failure=f"no reward can be fitted, the vote stands: {reason}")
    return CrossFit(tuple(rows), tuple(scores))


def chosen_again(
    tasks: Sequence[Task], replies: Replies, found: CrossFit
) -> list[tuple[Reply, ...]]:
    """Return the replies with the text that the scores put first; as they were without scores."""
    if not found.scores:
        return list(replies)
    firsts = set(first_ones(found.rows, found.scores))
    ranks = {
        hole: next(rank for rank, index in enumerate(indices) if index in firsts)
        for hole, indices in elections(found.rows).items()
    }
    return [
        tuple(replace(r, texts=(r.heard[ranks[task.task_id]][0],)) if r.heard else r for r in rs)
        for task, rs in zip(tasks, replies, strict=True)
    ]
